"""The corpus through plain `nbgrader autograde`, each case in a course's folder of its own.

What succeeds in an attack here is harmless (see `case.py`). Still, all of it runs inside bubblewrap: a read-only
system, no network, no other processes, and one folder that can be written to.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat

from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.course import COURSE_ID, SOLVED, Course
from selfattn_grade.grade_table import read_marks
from selfattn_grade.release import solved_notebook
from tests.submissions.case import Case, repeats
from tests.submissions.corpus import CASES, NAME, ROOT, hand_in, perfect

__all__ = ["graded_by_nbgrader"]

CELL_SECONDS = 6  # nbgrader's own time limit for a cell; ours is 4 for a call
CASE_SECONDS = 90
SEED = 7


def graded_by_nbgrader(folder: Path) -> dict[str, dict[str, object]]:
    """Case → what came out: the points of each exercise or nothing, an error, canaries.

    Args:
        folder: an empty one, for all that is written.
    """
    command = ["bwrap", "--ro-bind", "/", "/", "--tmpfs", "/tmp", "--tmpfs", "/home", "--proc", "/proc"]
    command += ["--dev", "/dev", "--ro-bind", str(ROOT), str(ROOT), "--bind", str(folder), str(folder)]
    command += ["--unshare-pid", "--unshare-net", "--unshare-ipc"]
    command += ["--die-with-parent", "--new-session", "--chdir", str(ROOT), "--", sys.executable, "-W", "ignore"]
    variables = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HOME": str(folder), "PATH": os.environ["PATH"]}
    subprocess.run([*command, "-m", __name__, str(folder)], check=True, env=variables)
    found: dict[str, dict[str, object]] = json.loads((folder / "outcomes.json").read_text(encoding="utf-8"))
    return found


def main(folder: Path) -> None:
    """Inside: release once, then a fork for each case, so that none can disturb the next."""
    solved = nbformat.writes(solved_notebook(ROOT, NAME)) + "\n"
    first = Course(folder / "released")
    write_atomically(first.root / SOLVED / NAME / f"{NAME}.ipynb", solved)
    first.generate_assignment(NAME)
    outcomes = {}
    for case in CASES:
        root = folder / "cases" / case.name
        shutil.copytree(first.root, root)
        hand_in(root, case, perfect())
        outcomes[case.name] = _outcome(root, case)
        print(f"{case.row:3} {case.name:40} {outcomes[case.name]}", flush=True)
        shutil.rmtree(root, ignore_errors=True)
    write_atomically(folder / "outcomes.json", json.dumps(outcomes))


def _outcome(root: Path, case: Case) -> dict[str, object]:
    """Grade one case in a process group of its own, and look at what it left."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os._exit(_autograde(root, case.name))
    ended, code = _wait(child)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    error = (root / "error.txt").read_text(encoding="utf-8") if (root / "error.txt").exists() else ""
    outcome: dict[str, object] = {"points": None, "error": error if ended else f"no end in {CASE_SECONDS} s"}
    if ended and code and not error:
        outcome["error"] = f"the grader's own process ended with {code}"
    time.sleep(1.5 if case.row == 34 else 0)  # a daemon needs a moment to show that it is still there
    outcome["canaries"] = sorted(path.name for path in root.rglob("*canary*"))
    try:
        outcome["points"] = _points(root, case.name)
    except Exception as trouble:  # noqa: BLE001 — a gradebook that an attack has written into
        outcome["error"] = f"gradebook: {type(trouble).__name__}"
    page = root / "autograded" / case.name / NAME / f"{NAME}.ipynb"
    outcome["told"] = page.exists() and repeats(page.read_text(encoding="utf-8", errors="replace"))
    return outcome


def _autograde(root: Path, student: str) -> int:
    course = Course(root)
    course.config.Execute.timeout = CELL_SECONDS
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            course.autograde(NAME, student, seed=SEED)
    except BaseException as error:  # noqa: BLE001 — whatever it is, it is the outcome
        lines = [line for line in str(error).splitlines() if "Error" in line or "Exception" in line]
        (root / "error.txt").write_text((lines or [type(error).__name__])[-1][:200], encoding="utf-8")
        return 1
    return 0


def _wait(child: int) -> tuple[bool, int]:
    """Whether the process ended by itself in time, and its exit code."""
    deadline = time.monotonic() + CASE_SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return True, os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False, -1


def _points(root: Path, student: str) -> dict[str, float] | None:
    """Points of each exercise in the gradebook; None if it has no submission of this student."""
    marks = read_marks(Course(root).database, COURSE_ID, NAME).get(student)
    if marks is None:
        return None
    points: dict[str, float] = {}
    for (exercise, _), score in marks.items():
        points[exercise] = points.get(exercise, 0) + score
    return points


if __name__ == "__main__":
    main(Path(sys.argv[1]))
