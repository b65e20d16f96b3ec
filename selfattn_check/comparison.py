"""Two calls side by side: the ladder type → shape → dtype → NaN → inf → values.

The same ladder answers both questions of a check: does the attempt agree with the reference (`compare`, which
explains), and does it agree with a replayed mistake (`agree`, which only says yes or no).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from selfattn_check.call import Call
from selfattn_check.tensors import as_array, has_numbers, is_tensor
from selfattn_check.tolerance import tolerance
from selfattn_check.trial import Trial, difference_of_parameters
from selfattn_check.wording import keys_said, kind_of, told_apart

__all__ = ["Comparison", "Fault", "agree", "alike", "compare", "shown_of"]

Rung = Literal[
    "ending", "parameters", "type", "shape", "dtype", "precision", "nan", "inf", "values", "mutated", "ready-made"
]
_ORDER = ("parameters", "type", "shape", "dtype", "precision", "nan", "inf", "values")


@dataclass(frozen=True)
class Fault:
    """One disagreement.

    Attributes:
        rung: which step of the ladder noticed it.
        where: name of the result, such as `weights`; empty where it is not about a result.
        fact: what differs, one line.
        index: first entry that differs, for NaN, inf and values.
        yours: the array as returned, for a picture; expected likewise.
        followed: whether it is about what a trial saw beside a result that is right.
    """

    rung: Rung
    where: str
    fact: str
    index: tuple[int, ...] | None = None
    yours: np.ndarray | None = None
    expected: np.ndarray | None = None
    followed: bool = False


@dataclass(frozen=True)
class Comparison:
    """An attempt's call and the expected one on the same probe, with the faults in the order of the ladder."""

    call: Call
    expected: Call
    faults: tuple[Fault, ...]

    @property
    def passed(self) -> bool:
        """Whether the two agree."""
        return not self.faults

    @property
    def same_numbers(self) -> bool:
        """Whether the results agree up to the precision in which they are stored."""
        return all(fault.rung in ("precision", "mutated", "ready-made") for fault in self.faults)

    @property
    def stopped_by_read_only(self) -> bool:
        """Whether the call ended because it tried to write to an argument."""
        return bool(self.call.error and self.call.mutated)

    @property
    def wrong_numbers(self) -> bool:
        """Whether the attempt computes something else here: a mistake must explain it."""
        return not (self.same_numbers or self.stopped_by_read_only)


def shown_of(comparisons: Iterable[Comparison]) -> Comparison | None:
    """The failure that a report shows, and speaks of first: the first with wrong numbers, else the first."""
    failed = [each for each in comparisons if not each.passed]
    return next((each for each in failed if each.wrong_numbers), next(iter(failed), None))


def compare(call: Call, expected: Call, names: Sequence[str]) -> Comparison:
    """Climb the ladder.

    Args:
        call: of the attempt.
        expected: of the reference, on the same probe and seed.
        names: of the results.
    """
    faults: list[Fault] = []
    if not _ended_alike(call, expected):
        if not _raises_as_asked(call, expected):
            faults = [Fault("ending", "", _ending(call, expected))]
    elif call.ending == "returned":
        faults = sorted(_results(call.value, expected.value, names), key=lambda fault: _ORDER.index(fault.rung))
    return Comparison(call, expected, (*faults, *_side_effects(call)))


def agree(call: Call, replayed: Call, names: Sequence[str]) -> bool:
    """Whether two calls gave the same numbers, up to the precision in which they are stored.

    The short way through the same ladder: thousands of replays are refuted by their first fault.
    """
    if not _ended_alike(call, replayed):
        return False
    return call.ending != "returned" or all(
        fault.rung == "precision" for fault in _results(call.value, replayed.value, names, explain=False)
    )


def alike(yours: Any, replayed: Any) -> bool:
    """Whether one result is the same as another, up to the precision in which they are stored."""
    return all(fault.rung == "precision" for fault in _leaf("", yours, replayed, explain=False))


def _ended_alike(call: Call, expected: Call) -> bool:
    return call.ending == expected.ending and type(call.error) is type(expected.error)


def _side_effects(call: Call) -> Iterator[Fault]:
    if call.ready_made:
        yield Fault("ready-made", "", f"calls {', '.join(call.ready_made)}")
    if call.mutated:
        names = (" or " if call.error else " and ").join(call.mutated)
        verb = "tries to change" if call.error else "changes"
        yield Fault("mutated", "", f"{verb} its argument {names}")


def _raises_as_asked(call: Call, expected: Call) -> bool:
    asked = call.probe.raises
    return asked is not None and isinstance(call.error, asked) and isinstance(expected.error, asked)


def _ending(call: Call, expected: Call) -> str:
    match call.ending:
        case "returned":
            return f"returns a value, expected {type(expected.error).__name__}"
        case "raised":
            text = str(call.error).strip().split("\n")[0]
            asked = f", expected {type(expected.error).__name__}" if expected.error else ""
            return f"raised {type(call.error).__name__}" + (f": {text}" if text else "") + asked
        case "exited":
            return "tries to end the whole session"
        case _:
            return f"had not returned after {call.seconds:.0f} s"


def _results(yours: Any, expected: Any, names: Sequence[str], *, explain: bool = True) -> Iterator[Fault]:
    """Faults of all results, one after the other; without `explain` a difference has no details."""
    pairs: Iterable[tuple[str, Any, Any]]
    if isinstance(expected, Trial):
        yield from _trial(yours, expected, names, explain)
        return
    if isinstance(expected, tuple):
        if not isinstance(yours, tuple) or len(yours) != len(expected):
            yield Fault("type", "", f"returned {kind_of(yours)}, expected a tuple ({', '.join(names)})")
            return
        labels = names if len(names) == len(expected) else [f"result {i}" for i in range(len(expected))]
        pairs = zip(labels, yours, expected, strict=True)
    else:
        pairs = [("" if isinstance(expected, dict) else names[0], yours, expected)]
    for name, mine, right in pairs:
        yield from _leaf(name, mine, right, explain)


def _trial(yours: Trial, expected: Trial, names: Sequence[str], explain: bool) -> Iterator[Fault]:
    """Faults of a module: its parameters, then its result, then what followed; each only where all before agreed."""
    if yours.parameters != expected.parameters:
        yield Fault("parameters", "parameters", difference_of_parameters(yours.parameters, expected.parameters))
        return
    agreed = True
    for fault in _results(yours.returned, expected.returned, names, explain=explain):
        agreed = agreed and fault.rung == "precision"
        yield fault
    if agreed:
        for name, right in expected.then.items():
            for fault in _leaf(name, yours.then.get(name), right, explain):
                yield replace(fault, followed=True)


def _entries(name: str, yours: Any, expected: dict[Any, Any], explain: bool) -> Iterator[Fault]:
    """Faults of a dict, alone or among several results, entry by entry."""
    if not isinstance(yours, dict) or yours.keys() != expected.keys():
        yield Fault("type", name, keys_said(name, yours, expected))
        return
    for key, right in expected.items():
        place = f'["{key}"]' if isinstance(key, str) else f"[{key}]"
        yield from _leaf(f"{name}{place}" if name else str(key), yours[key], right, explain)


def _leaf(name: str, yours: Any, expected: Any, explain: bool) -> Iterator[Fault]:
    """Faults of one result: the first rung that fails, and beside it perhaps the precision."""
    if isinstance(expected, dict):
        yield from _entries(name, yours, expected, explain)
        return
    if expected is None or isinstance(expected, str | bool | tuple | list):
        yield from _literal(name, yours, expected)
        return
    tensor = is_tensor(expected)
    scalar = not tensor and np.ndim(expected) == 0
    too_long = scalar and type(yours) is int and yours.bit_length() > _bits(expected)
    if too_long or not (is_tensor(yours) and has_numbers(yours) if tensor else _right_type(yours, scalar)):
        wanted = "a tensor" if tensor else "a number" if scalar else "a NumPy array"
        kind = "a far too large integer" if too_long else kind_of(yours)
        yield Fault("type", name, f"{name} is {kind}, expected {wanted}")
        return
    mine, right = (as_array(each) if tensor else np.asarray(each) for each in (yours, expected))
    if type(expected) is int and mine.dtype.kind == "f" and not mine.ndim:
        yield Fault("type", name, f"{name} is a float, expected an integer")
        return
    if mine.shape != right.shape:
        yield Fault("shape", name, f"{name} has shape {mine.shape}, expected {right.shape}")
        return
    if mine.dtype != right.dtype and not scalar:
        same_kind = mine.dtype.kind == right.dtype.kind
        fact = f"{name} has dtype {mine.dtype}, expected {right.dtype}"
        yield Fault("precision" if same_kind else "dtype", name, fact)
        if not same_kind:
            return
    wrong = _differing(mine, right)
    if wrong.any():
        yield _number_fault(name, mine, right, wrong) if explain else Fault("values", name, "")


def _literal(name: str, yours: Any, expected: str | bool | tuple[int, ...] | list[Any] | None) -> Iterator[Fault]:
    """Faults of an answer that is a word, a yes or no, a shape, a list, or None."""
    if type(yours) is not type(expected):
        yield Fault("type", name, f"{name} is {kind_of(yours)}, expected {kind_of(expected)}")
    elif isinstance(yours, tuple | list) and _integers(expected) and not _integers(yours):
        yield Fault("type", name, f"{name} is a {type(yours).__name__} with something else than integers in it")
    elif yours != expected:
        yield Fault("values", name, f"{name}: yours {yours!r}, expected {expected!r}")


def _integers(values: Any) -> bool:
    return all(type(each) is int or isinstance(each, np.integer) for each in values)


def _differing(yours: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Where two arrays of one shape differ by more than the tolerance; NaN equals NaN, and inf itself."""
    relative, absolute = tolerance(yours.dtype, expected.dtype)
    if not absolute:
        return yours != expected
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(yours - expected)
        wrong: np.ndarray = ~((gap <= absolute + relative * np.abs(expected)) & np.isfinite(gap))  # not ∞ ≤ ∞
    if wrong.any():
        wrong &= ~((yours == expected) | (np.isnan(yours) & np.isnan(expected)))
    return wrong


def _number_fault(name: str, yours: np.ndarray, expected: np.ndarray, wrong: np.ndarray) -> Fault:
    """The fault of numbers that differ: NaN before infinity before values."""
    if yours.dtype.kind != "f":
        return _at("values", name, wrong, yours, expected, f"{int(wrong.sum())} of {wrong.size} differ")
    for rung, label, odd in (("nan", "NaN", np.isnan(yours)), ("inf", "infinity", np.isinf(yours))):
        if (wrong & odd).any():
            summary = f"{int((wrong & odd).sum())} of {wrong.size} are {label}"
            return _at(rung, name, wrong & odd, yours, expected, summary)  # type: ignore[arg-type]
    gap = np.abs(yours[wrong] - expected[wrong])
    allowed = tolerance(yours.dtype, expected.dtype).absolute
    summary = f"{int(wrong.sum())} of {wrong.size} differ, largest {gap.max():.3g}, allowed {allowed:g}"
    return _at("values", name, wrong, yours, expected, summary)


def _at(rung: Rung, name: str, odd: np.ndarray, yours: np.ndarray, expected: np.ndarray, summary: str) -> Fault:
    index = tuple(int(i) for i in np.argwhere(odd)[0])
    place = f"{name}[{', '.join(map(str, index))}]" if index else name
    mine, right = told_apart(yours[index], expected[index])
    fact = f"{place}: yours {mine}, expected {right}   ({summary})"
    return Fault(rung, name, fact, index, yours, expected)


def _bits(expected: Any) -> int:
    """Of an integer that can be compared: what an array holds, unless a count is expected that is itself larger."""
    return max(63, 2 * expected.bit_length()) if isinstance(expected, int) else 63


def _right_type(value: Any, scalar: bool) -> bool:
    if scalar and isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return True
    return type(value) is np.ndarray and value.dtype.kind in "fiub"
