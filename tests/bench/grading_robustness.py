"""Is nothing lost when the grader is killed, and do 1,000 submissions fit? `python -m tests.bench.grading_robustness`.

Writes the file that the instructor's guide reads. The assignment is the smallest, so that the time goes to what is
tried here: store, workers and gradebook.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import COURSE_ID, Course
from selfattn_grade.grade_table import read_marks
from selfattn_grade.job_store import JobStore
from tests.bench.record import machine
from tests.selfattn_grade.a_small_class import RIGHT, ROOT, START, WRONG, small_class

__all__ = ["RECORD", "Kills", "Thousand", "kills", "many"]

RECORD = ROOT / "book" / "benchmarks" / "grading_robustness.json"
SEED = 20261123
CRASHES = "import os\ndef double(x):\n    os._exit(0)"
SAMPLE_SECONDS = 0.5


@dataclass(frozen=True)
class Kills:
    """Batches that were killed at random moments and run again.

    Attributes:
        by: `time`, moments drawn from the time that a whole run takes, or `progress`, a moment after a number of
            results that is drawn, which hits the short time of the grading itself.
        times: how often a batch was killed.
        batches: how many there were; each was killed and started again some times, and then left to end.
        submissions: of a batch.
        seconds: that the uninterrupted run took.
        kept: how many results were there when the killer came, a number for each kill.
        different: batches in which a grade, a report hash, a mark or the number of gradings is not as without kills.
    """

    by: str
    times: int
    batches: int
    submissions: int
    seconds: float
    kept: list[int]
    different: int


@dataclass(frozen=True)
class Thousand:
    """One large run.

    Attributes:
        submissions: how many; faulty: of them, files that are no notebooks, and answers that end their process.
        states: status → how many.
        seconds: of the whole command.
        memory_early: bytes of the coordinator when a tenth was graded.
        memory_late: bytes of the coordinator when the last was graded.
        memory_end: the most that it had while it wrote the gradebook.
    """

    submissions: int
    faulty: int
    states: dict[str, int]
    seconds: float
    memory_early: int
    memory_late: int
    memory_end: int


def make_class(root: Path, size: int) -> Path:
    """Right and wrong answers by turns; every twentieth is faulty."""
    sources = (RIGHT, WRONG, RIGHT, f"{RIGHT}  # another")
    answers = {f"learner-{number:04d}": {"double-answer": sources[number % 4]} for number in range(size)}
    for number in range(10, size, 40):
        answers[f"learner-{number:04d}"] = {"double-answer": CRASHES}
    small_class(root, answers)
    for number in range(30, size, 40):
        (root / "submitted" / f"learner-{number:04d}" / START / f"{START}.ipynb").write_text("{", encoding="utf-8")
    (root / "gradebook.db.seed").write_text("77\n", encoding="utf-8")
    return root


def start(root: Path, workers: int) -> subprocess.Popen[bytes]:
    """The grader's command on a class."""
    command = [sys.executable, "-m", "selfattn_grade", "--course", str(root), "run", START, "--workers", str(workers)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


def outcome(root: Path) -> tuple[dict[str, list[str]], object]:
    """Hashes of all gradings of each submission, and the marks in the gradebook."""
    run = ClassRun(root, START)
    hashes = {name: [result.hash for result in run.store.history(name)] for name in run.students()}
    return hashes, read_marks(Course(root).database, COURSE_ID, START)


def kills(
    times: int, by: str = "time", each: int = 4, minutes: float = 60.0, size: int = 30, workers: int = 2
) -> Kills:
    """Kill runs at random moments, let them end, and compare with a run that was not killed.

    Args:
        times: kills altogether.
        by: `time` or `progress`.
        each: of a batch, before it is left to end.
        minutes: after which no further batch begins.
        size: of a batch.
        workers: how many at a time.
    """
    rng = np.random.default_rng(SEED)
    kept: list[int] = []
    batches = different = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, tqdm(total=times, unit="kill") as bar:
        whole = make_class(Path(folder) / "whole", size)
        seconds = _seconds(start(whole, workers))
        expected = outcome(whole)
        while len(kept) < times and time.monotonic() - began < 60 * minutes:
            root = make_class(Path(folder) / f"killed-{batches}", size)
            goals = sorted(rng.integers(0, size, size=each))
            for goal in goals:
                process = start(root, workers)
                if by == "progress":
                    _wait_for(root, goal, process)
                timer = threading.Timer(
                    rng.uniform(0, seconds if by == "time" else 0.1), process.send_signal, [signal.SIGKILL]
                )
                timer.start()
                process.wait()
                timer.cancel()
                kept.append(_results(root))
                bar.update()
            start(root, workers).wait()
            batches += 1
            different += outcome(root) != expected
    return Kills(by, len(kept), batches, size, seconds, kept, different)


def _results(root: Path) -> int:
    return len(list(JobStore(root, START).folder.glob("*.jsonl")))


def _wait_for(root: Path, results: int, process: subprocess.Popen[bytes]) -> None:
    while _results(root) < results and process.poll() is None:
        time.sleep(0.001)


def _seconds(process: subprocess.Popen[bytes]) -> float:
    started = time.perf_counter()
    process.wait()
    return time.perf_counter() - started


def many(size: int = 1_000, workers: int = 2) -> Thousand:
    """Grade a large class, and look at the coordinator's memory on the way."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_class(Path(folder), size)
        store, early, late, end = JobStore(root, START).folder, 0, 0, 0
        started = time.perf_counter()
        process = start(root, workers)
        while True:
            try:
                process.wait(SAMPLE_SECONDS)
                break
            except subprocess.TimeoutExpired:
                done, now = len(list(store.glob("*.jsonl"))), _resident(process.pid)
                early = now if done >= size // 10 and not early else early
                late = now if done < size else late
                end = max(end, now)
        seconds = time.perf_counter() - started
        states = Counter(result.status for result in ClassRun(root, START).latest())
    faulty = len(range(10, size, 40)) + len(range(30, size, 40))
    return Thousand(size, faulty, dict(sorted(states.items())), seconds, early, late, end)


def _resident(process: int) -> int:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="utf-8").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Run both, print them, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--submissions", type=int, default=1_000)
    parser.add_argument("--each", type=int, default=4, help="kills of a batch before it is left to end")
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="after which no batch is begun that is to be killed"
    )
    chosen = parser.parse_args()
    ways = [kills(chosen.kills // 2, by, chosen.each, chosen.minutes / 2) for by in ("time", "progress")]
    found = {"many": asdict(many(chosen.submissions)), "kills": [asdict(each) for each in ways]}
    write_atomically(RECORD, json.dumps({"machine": asdict(machine()), **found}) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
