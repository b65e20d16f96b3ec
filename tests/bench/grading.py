"""How many submissions a minute: this grader in its sandbox, and plain `nbgrader autograde`, on the same submissions.

`make bench-grade` measures, prints, and writes the file that the instructor's guide shows. Both take turns, so that
what else the machine does weighs on both. nbgrader's time is that of its converter, without the four seconds that the
command needs to start; ours is that of the whole command, its start included.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat

from selfattn_grade import class_run, grading, process_room
from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import RELEASED, SOLVED, Course
from selfattn_grade.demo_submissions import Learner, submission
from selfattn_grade.release import solved_notebook
from selfattn_grade.zygote import Zygote
from tests.bench.record import machine

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "book" / "benchmarks" / "grading.json"
WORKERS = 2


@dataclass(frozen=True)
class Setting:
    """What is measured."""

    assignment: str
    library: str
    wanted: float  # times as many submissions
    plain: int  # submissions for plain nbgrader, a round
    ours: int
    rounds: int = 3


SETTINGS = (Setting("03a-attention", "NumPy", 8.0, 5, 100), Setting("05a-pytorch", "torch", 16.0, 3, 100))


@dataclass(frozen=True)
class Throughput:
    """Seconds a submission in each round, and the ratio of the two in the same round."""

    setting: Setting
    plain: list[float]
    ours: list[float]
    where: dict[str, float]  # of one of ours: stage → seconds

    @property
    def ratio(self) -> float:
        return statistics.median(plain / ours for plain, ours in zip(self.plain, self.ours, strict=True))


def make_class(root: Path, assignment: str, size: int) -> list[str]:
    """A course's folder, the assignment released, with so many submissions: every fourth perfect, in the others a
    quarter of the exercises not touched.
    """
    course = Course(root)
    solved = solved_notebook(ROOT, assignment)
    write_atomically(course.root / SOLVED / assignment / f"{assignment}.ipynb", nbformat.writes(solved) + "\n")
    source = Path("solutions", assignment, f"{assignment}.py")
    write_atomically(course.root / source, (ROOT / source).read_text(encoding="utf-8"))
    course.generate_assignment(assignment)
    released = (root / RELEASED / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8")
    answers = {cell.id.removesuffix("-answer"): cell.source for cell in solved.cells if cell.id.endswith("-answer")}
    names = [f"learner-{number:03d}" for number in range(size)]
    for number, name in enumerate(names):
        done = {each: text for place, (each, text) in enumerate(answers.items()) if number % 4 in (0, 1 + place % 3)}
        handed_in = submission(released, Learner(name, "", done, frozenset()))
        write_atomically(root / "submitted" / name / assignment / f"{assignment}.ipynb", handed_in)
    return names


def plain_seconds(root: Path, assignment: str, names: list[str]) -> float:
    """A submission with nbgrader's own Autograde, one after the other."""
    course = Course(root)
    started = time.perf_counter()
    for name in names:
        course.autograde(assignment, name, seed=1)
    return (time.perf_counter() - started) / len(names)


def our_seconds(root: Path, assignment: str, size: int) -> float:
    """A submission with our command, sandbox on."""
    command = [sys.executable, "-m", "selfattn_grade", "--course", str(root), "run", assignment]
    started = time.perf_counter()
    subprocess.run(
        [*command, "--workers", str(WORKERS)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    return (time.perf_counter() - started) / size


STAGES: tuple[tuple[str, object, str], ...] = (
    ("read the submission", class_run, "take_in"),
    ("fork its room", Zygote, "fork"),
    ("wait for the room", process_room.ProcessRoom, "ask"),
    ("end its room", process_room.ProcessRoom, "close"),
    ("gradebook and feedback notebook", class_run, "enter"),
    ("gradebook and feedback notebook", class_run, "write_graded"),
)


def where_time_goes(root: Path, assignment: str, names: list[str]) -> dict[str, float]:
    """Seconds of one submission, by stage, in one process that is warm."""
    this = ClassRun(root, assignment)
    grading.grade(this.job(this.take_in(names[0])))
    spent = dict.fromkeys((*(name for name, _, _ in STAGES), "check: reference, comparison, diagnosis"), 0.0)
    with ExitStack() as timed:
        for name, owner, function in STAGES:
            timed.enter_context(mock.patch.object(owner, function, _timed(getattr(owner, function), name, spent)))
        started = time.perf_counter()
        results = [grading.grade(this.job(this.take_in(name))) for name in names]
        graded = time.perf_counter() - started
        spent["check: reference, comparison, diagnosis"] = graded - sum(spent.values())
        this.enter(results)
    return {name: seconds / len(names) for name, seconds in spent.items()}


def _timed(function: Callable[..., Any], name: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            spent[name] += time.perf_counter() - started

    return timed


def measure(setting: Setting) -> Throughput:
    """Rounds of both, in turns."""
    plain, ours = [], []
    for _ in range(setting.rounds):
        with tempfile.TemporaryDirectory() as folder:
            names = make_class(Path(folder), setting.assignment, setting.ours)
            ours.append(our_seconds(Path(folder), setting.assignment, setting.ours))
            plain.append(plain_seconds(Path(folder), setting.assignment, names[: setting.plain]))
        print(f"{setting.assignment}: plain {plain[-1]:.2f} s, ours {ours[-1]:.3f} s, {plain[-1] / ours[-1]:.1f} times")
    with tempfile.TemporaryDirectory() as folder:
        where = where_time_goes(Path(folder), setting.assignment, make_class(Path(folder), setting.assignment, 8))
    return Throughput(setting, plain, ours, where)


def table(measured: list[Throughput]) -> str:
    """What was measured, and where the time of one of our submissions goes."""
    lines = [f"{'assignment':16}{'plain, s':>10}{'ours, s':>10}{'times':>8}{'wanted':>8}"]
    for one in measured:
        medians = [f"{statistics.median(seconds):10.3f}" for seconds in (one.plain, one.ours)]
        lines.append(f"{one.setting.assignment:16}{''.join(medians)}{one.ratio:8.1f}{one.setting.wanted:8.0f}")
    for one in measured:
        lines += ["", f"one of ours in a process by itself, {one.setting.assignment}:"]
        lines += [f"  {name:44}{1000 * seconds:8.1f} ms" for name, seconds in one.where.items()]
    return "\n".join(lines)


def main() -> int:
    """Write the file last; 1 if a ratio is below what is wanted."""
    measured = [measure(setting) for setting in SETTINGS]
    print(table(measured))
    record = {
        "machine": asdict(machine()),
        "workers": WORKERS,
        "sandbox": "bubblewrap",
        "assignments": [asdict(one) | {"ratio": one.ratio} for one in measured],
    }
    write_atomically(RECORD, json.dumps(record, indent=1) + "\n")
    print(f"\nwritten to {os.path.relpath(RECORD)}")
    return 0 if all(one.ratio >= one.setting.wanted for one in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
