"""The file between `make bench`, which writes it, and the book's page of benchmarks, which reads it."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections import Counter
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

RECORD = Path(__file__).parents[2] / "book" / "benchmarks" / "attention.json"
FORMS = ("blockwise", "plain", "torch", "window", "linear")
LENGTHS = tuple(2**power for power in range(10, 15))
HEAD_DIM, DTYPE, BLOCK_SIZE, WINDOW, THREADS = 64, "float32", 256, 256, 1


@dataclass(frozen=True)
class Machine:
    """What was measured on, and when; no name and no path."""

    date: str
    system: str
    cpus: int
    python: str
    numpy: str
    torch: str


def machine() -> Machine:
    """What this is measured on."""
    return Machine(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        system=f"{platform.system()}, {platform.machine()}",
        cpus=os.cpu_count() or 1,
        python=platform.python_version(),
        numpy=version("numpy"),
        torch=version("torch"),
    )


@dataclass(frozen=True)
class Settings:
    """The sizes that are the same in every case."""

    head_dim: int
    dtype: str
    block_size: int
    window: int
    threads: int


@dataclass(frozen=True)
class Case:
    """One form at one length. Where it would not fit into memory: bytes needed, and nothing measured."""

    n: int
    form: str
    peak_bytes: int | None
    seconds: float | None  # median
    ratio: float | None  # median over the repetitions of: seconds of blockwise / seconds of this form
    needed_bytes: int | None


@dataclass(frozen=True)
class CheckTime:
    """Seconds of a check: of a right attempt, of the slowest known mistake, of a result that nothing explains."""

    exercise: str
    right: float
    known: float
    unknown: float


@dataclass(frozen=True)
class Record:
    """Everything that one run of `make bench` found."""

    machine: Machine
    settings: Settings
    cases: tuple[Case, ...]
    checks: tuple[CheckTime, ...]

    @property
    def lengths(self) -> list[int]:
        return sorted({case.n for case in self.cases})

    def column(self, form: str) -> list[Case]:
        """The cases of one form, by length."""
        return sorted((case for case in self.cases if case.form == form), key=lambda case: case.n)


def as_text(record: Record) -> str:
    """The record as it stands in the file."""
    return json.dumps(asdict(record), indent=1) + "\n"


def read(path: Path = RECORD) -> Record:
    """Read a record; a ValueError says what is missing or wrong, and where."""
    try:
        return _record(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ValueError(f"{path.name} does not exist; measure with: make bench") from None
    except ValueError as error:
        raise ValueError(f"{path.name} is damaged: {error}; measure again with: make bench") from error


def _record(data: Any) -> Record:
    parts = _fields_of(Record, data, "record")
    record = Record(
        _made(Machine, parts["machine"], "machine"),
        _made(Settings, parts["settings"], "settings"),
        tuple(_made(Case, item, f"cases[{i}]") for i, item in enumerate(_listed(parts["cases"], "cases"))),
        tuple(_made(CheckTime, item, f"checks[{i}]") for i, item in enumerate(_listed(parts["checks"], "checks"))),
    )
    found = Counter((case.n, case.form) for case in record.cases)
    wanted = Counter((n, form) for n in record.lengths for form in FORMS)
    _require(found == wanted, "cases", f"hold each of {', '.join(FORMS)} once at every n")
    for i, case in enumerate(record.cases):
        measured = [value is not None for value in (case.peak_bytes, case.seconds, case.ratio)]
        fits = case.needed_bytes is None
        _require(all(measured) if fits else not any(measured), f"cases[{i}]", "be either measured or too large", case)
        _require(fits or case.form != "blockwise", f"cases[{i}]", "be measured: all ratios are to blockwise", case)
    return record


def _made(kind: Any, data: Any, place: str) -> Any:
    values = _fields_of(kind, data, place)
    for name, hint in get_type_hints(kind).items():
        types = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        kinds = " or ".join(one.__name__ for one in types)
        _require(type(values[name]) in types, f"{place}.{name}", f"be {kinds}", repr(values[name]))
        number = isinstance(values[name], int | float)
        _require(not number or 0 < values[name] < float("inf"), f"{place}.{name}", "be positive", values[name])
    return kind(**values)


def _fields_of(kind: Any, data: Any, place: str) -> dict[str, Any]:
    names = [field.name for field in fields(kind)]
    _require(isinstance(data, dict), place, f"be an object with {names}", type(data).__name__)
    _require(set(data) == set(names), place, f"have exactly {names}", sorted(data))
    return data


def _listed(data: Any, place: str) -> list[Any]:
    _require(isinstance(data, list) and bool(data), place, "be a list with at least one entry", type(data).__name__)
    return data


def _require(condition: bool, place: str, rule: str, actual: object = "another selection") -> None:
    if not condition:
        raise ValueError(f"{place} must {rule}, got {actual}")
