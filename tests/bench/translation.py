"""Train the Transformer of chapter 5 on dates, thrice as it should be and once with each of three mistakes.

`python -m tests.bench.translation`, a part of `make bench`, prints the results and writes the file that the page
book/05-code/transformer.md reads.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from selfattn_grade.atomic_write import write_atomically
from selfattn_ref.date_translation import SETTING, Learned, Setting, learn
from selfattn_ref.translation import translation_loss
from tests.bench.record import Machine, machine

RECORD = Path(__file__).parents[2] / "book" / "benchmarks" / "translation.json"
SEEDS = (0, 1, 2)
SHORT = 300  # steps, with a mistake and beside it without
FIXED_LEN = 40  # targets of dates are 12 tokens long; so most of these are padding
EVERY = 50


@dataclass(frozen=True)
class Run:
    """One training. Losses and curve are those after every 50 steps; a loss is the mean of the 50 before."""

    seed: int
    exact_match: float
    cpu_seconds: float
    losses: list[float]
    curve: list[float]


@dataclass(frozen=True)
class Record:
    """What one run of the command found."""

    machine: Machine
    setting: Setting
    every: int
    held_out: int
    runs: list[Run]
    mistakes: dict[str, Run]


def measured(seed: int, **how: Any) -> Run:
    """Train, and say how it went."""
    started = time.process_time()
    learned = learn(seed, every=EVERY, progress=lambda losses: tqdm(losses, leave=False, unit="step"), **how)
    return Run(
        seed,
        learned.exact_match,
        round(time.process_time() - started, 1),
        [round(sum(learned.losses[i : i + EVERY]) / EVERY, 4) for i in range(0, len(learned.losses), EVERY)],
        _curve(learned),
    )


def _curve(learned: Learned) -> list[float]:
    return [round(share, 4) for share in learned.curve.values()]


def _not_shifted(target: Tensor) -> tuple[Tensor, Tensor]:
    return target[:, :-1], target[:, :-1]


def _of_probabilities(logits: Tensor, labels: Tensor) -> Tensor:
    return translation_loss(logits.softmax(dim=-1), labels)


def _padding_counts(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


MISTAKES: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "targets not shifted": {"shift": _not_shifted},
    "softmax before cross-entropy": {"loss": _of_probabilities},
    "padded to 40": {"target_len": FIXED_LEN},
    "padded to 40, padding in the loss": {"target_len": FIXED_LEN, "loss": _padding_counts},
}


def as_text(record: Record) -> str:
    """The record as it stands in the file."""
    return json.dumps(asdict(record), indent=1) + "\n"


def read(path: Path = RECORD) -> Record:
    """Read the record; a KeyError or TypeError says that it is not one."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Record(
        Machine(**data["machine"]),
        Setting(**data["setting"]),
        data["every"],
        data["held_out"],
        [Run(**run) for run in data["runs"]],
        {name: Run(**run) for name, run in data["mistakes"].items()},
    )


def main(report: Callable[[str], None] = print) -> None:
    """Write the file last, so that an interrupted run leaves the old one."""
    held_out = 2000
    runs = []
    for seed in SEEDS:
        runs.append(measured(seed, held_out=held_out))
        report(f"seed {seed}: exact match {runs[-1].exact_match:.4f}, {runs[-1].cpu_seconds} s of processor time")
    mistakes = {}
    for name, how in MISTAKES.items():
        mistakes[name] = measured(0, setting=replace(SETTING, steps=SHORT), held_out=500, **how)
        report(f"{name}: loss {mistakes[name].losses[-1]:.3f}, exact match {mistakes[name].exact_match:.3f}")
    write_atomically(RECORD, as_text(Record(machine(), SETTING, EVERY, held_out, runs, mistakes)))
    report(f"written to {os.path.relpath(RECORD)}; the page book/05-code/transformer.md shows it")


if __name__ == "__main__":
    main()
