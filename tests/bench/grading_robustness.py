"""Is nothing lost when the grader is killed, and do 1,000 submissions fit? `python -m tests.bench.grading_robustness`.

Writes the file that the instructor's guide reads. The assignment is the smallest, so that the time goes to what is
tried here: store, workers and gradebook.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import COURSE_ID, Course
from selfattn_grade.grade_table import Marks, read_marks
from selfattn_grade.gradebook_entry import prepare
from selfattn_grade.job_store import JobStore
from tests.bench.record import machine
from tests.selfattn_grade.a_small_class import RIGHT, ROOT, START, WRONG, small_class

__all__ = ["RECORD", "Kills", "Thousand", "Whole", "kills", "many", "whole_run"]

RECORD = ROOT / "book" / "benchmarks" / "grading_robustness.json"
SEED = 20261123
CRASHES = "import os\ndef double(x):\n    os._exit(0)"
SAMPLE_SECONDS = 0.5
POLL_SECONDS = 0.002
JUST_AFTER = 0.05  # seconds
SHARES = {"time": 0.35, "progress": 0.35, "entry": 0.3}


@dataclass(frozen=True)
class Kills:
    """Batches that were killed at random moments and run again.

    Only what was ended by the signal counts: a run that was done before the killer came is none of the times.

    Attributes:
        by: how the moments are drawn. `time`: after a time that is drawn, counted from the first new result;
            `progress`: just after a number of results that is drawn; `entry`: just after a number of submissions that
            is drawn has been entered into the gradebook.
        times: how often a batch was killed.
        batches: how many there were; each was killed and started again some times, and then left to end.
        submissions: of a batch.
        kept: for each kill, how many submissions were graded, and how many were entered, when the killer came.
        different: batches that did not end, or in which a grade, a report hash, a mark or the number of gradings is not
            as without kills.
    """

    by: str
    times: int
    batches: int
    submissions: int
    kept: list[tuple[int, int]]
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


Outcome = tuple[dict[str, list[str]], Marks]


def outcome(root: Path) -> Outcome:
    """Hashes of all gradings of each submission, and the marks in the gradebook."""
    run = ClassRun(root, START)
    hashes = {name: [result.hash for result in run.store.history(name)] for name in run.students()}
    return hashes, read_marks(Course(root).database, COURSE_ID, START)


def kills(times: int, by: str, whole: Whole, *, each: int = 12, seconds: float = 3_600.0) -> Kills:
    """Kill runs at random moments, let them end, and compare with the run that was not killed.

    Args:
        times: kills altogether.
        by: `time`, `progress` or `entry`.
        whole: what came of the run that was not killed.
        each: kills of a batch, before it is left to end.
        seconds: after which no further batch begins.
    """
    rng = np.random.default_rng([SEED, *by.encode()])
    kept: list[tuple[int, int]] = []
    batches = different = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, tqdm(total=times, unit="kill", desc=by) as bar:
        while len(kept) < times and time.monotonic() - began < seconds:
            root = Path(folder) / f"killed-{batches}"
            shutil.copytree(whole.before, root)
            count = min(each, times - len(kept))
            for goal, share in zip(_goals(rng, whole.size, count), rng.uniform(0, 1, count), strict=True):
                process = start(root, whole.workers)
                _wait_for_moment(by, root, process, whole, goal, share)
                process.send_signal(signal.SIGKILL)
                if process.wait() != -signal.SIGKILL:
                    break  # it had ended by itself
                kept.append(done(root))
                bar.update()
            code = start(root, whole.workers).wait()
            batches += 1
            different += code != 0 or outcome(root) != whole.outcome
    return Kills(by, len(kept), batches, whole.size, kept, different)


def _goals(rng: np.random.Generator, size: int, count: int) -> list[int]:
    """How much is done at each kill of a batch: at random, each more than the one before, never all."""
    return [int(goal) for goal in np.sort(rng.choice(np.arange(1, size), size=count, replace=count >= size))]


def _wait_for_moment(
    by: str, root: Path, process: subprocess.Popen[bytes], whole: Whole, goal: int, share: float
) -> None:
    """Wait until the process is to be killed, or has ended; `goal` and `share` are drawn."""
    graded, _ = done(root)
    if by == "entry":
        _wait_for(lambda: done(root)[1] >= goal, process)
        delay = JUST_AFTER * share
    elif by == "progress":
        _wait_for(lambda: done(root)[0] >= max(goal, graded + 1), process)
        delay = JUST_AFTER * share
    else:
        _wait_for(lambda: done(root)[0] > graded, process)
        left = max(0, goal - graded - 1)  # so that a batch's kills do not all come when little is left
        delay = 2 * whole.seconds_each * left * share
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay)


def _wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not ready() and process.poll() is None:
        time.sleep(POLL_SECONDS)


def done(root: Path) -> tuple[int, int]:
    """How many submissions are graded, and how many graded notebooks have been written, which follows the entering."""
    store = JobStore(root, START).folder
    return len(list(store.glob("*.jsonl"))), len(list((root / "autograded").glob(f"*/{START}/*.ipynb")))


@dataclass(frozen=True)
class Whole:
    """A class before it is graded, and what came of a run over it that was not killed."""

    before: Path
    size: int
    workers: int
    seconds_each: float
    outcome: Outcome


def whole_run(folder: Path, size: int = 30, workers: int = 2) -> Whole:
    """Grade a class without killing anything.

    Args:
        folder: an empty one.
        size: submissions.
        workers: how many at a time.
    """
    before = make_class(folder / "before", size)
    run = ClassRun(before, START)
    prepare(run.course.database, START, run.released)  # a new gradebook takes seconds, and nothing is tried by that
    root = folder / "whole"
    shutil.copytree(before, root)
    process = start(root, workers)
    _wait_for(lambda: done(root)[0] > 0, process)
    first, began = done(root)[0], time.perf_counter()
    _wait_for(lambda: done(root)[0] == size, process)
    seconds = (time.perf_counter() - began) / max(1, size - first)
    if process.wait():
        raise RuntimeError(f"the run that nobody kills must end with 0, got {process.returncode}")
    return Whole(before, size, workers, seconds, outcome(root))


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


def all_kills(times: int, each: int, minutes: float) -> list[Kills]:
    """Kills of all three ways."""
    with tempfile.TemporaryDirectory() as folder:
        whole = whole_run(Path(folder))
        return [
            kills(round(times * share), by, whole, each=each, seconds=60 * minutes * share)
            for by, share in SHARES.items()
        ]


def main() -> None:
    """Run both, print them, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="0 keeps what the record has")
    parser.add_argument("--submissions", type=int, default=1_000, help="0 keeps what the record has")
    parser.add_argument("--each", type=int, default=12, help="kills of a batch before it is left to end")
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="after which no batch is begun that is to be killed"
    )
    chosen = parser.parse_args()
    found = json.loads(RECORD.read_text(encoding="utf-8"))
    if chosen.kills:
        found["kills"] = [asdict(each) for each in all_kills(chosen.kills, chosen.each, chosen.minutes)]
    if chosen.submissions:
        found["many"] = asdict(many(chosen.submissions))
    write_atomically(RECORD, json.dumps(found | {"machine": asdict(machine())}) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
