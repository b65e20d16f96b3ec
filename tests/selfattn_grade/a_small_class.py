"""A class with any assignment in it; without a sandbox, results can be made up and entered."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat

from selfattn_check import EXERCISES
from selfattn_grade.class_run import ClassRun
from selfattn_grade.grading import code_hash
from selfattn_grade.intake import transplant
from selfattn_grade.result import ExerciseResult, PartResult, Result

ROOT = Path(__file__).resolve().parents[2]
START = "00-start"  # one exercise: double, one point
RIGHT = "import numpy as np\ndef double(x):\n    return 2 * np.asarray(x)"
WRONG = "def double(x):\n    return x"


def small_class(root: Path, answers: Mapping[str, Mapping[str, str] | None], assignment: str = START) -> Path:
    """A course's folder with the released notebook, the configuration, and a submission for each student.

    Args:
        root: the folder.
        answers: student → id of an answer cell → source; None for a folder with nothing in it.
        assignment: name.
    """
    for file in (f"notebooks/{assignment}/{assignment}.ipynb", f"solutions/{assignment}/{assignment}.py"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes((ROOT / file).read_bytes())
    (root / "nbgrader_config.py").write_bytes((ROOT / "nbgrader_config.py").read_bytes())
    released = nbformat.read(root / "notebooks" / assignment / f"{assignment}.ipynb", as_version=4)
    for student, mine in answers.items():
        folder = root / "submitted" / student / assignment
        folder.mkdir(parents=True)
        if mine is not None:
            nbformat.write(transplant(released, mine), folder / f"{assignment}.ipynb")
    return root


def made_up(run: ClassRun, student: str, wrong: Iterable[str] = (), **changes: object) -> Result:
    """A result as the grader would give it for what is handed in, with no points for some exercises."""
    exercises = [each for each in EXERCISES.values() if each.assignment == run.assignment]
    results = tuple(
        ExerciseResult(
            each.id,
            "failed" if each.id in wrong else "passed",
            tuple(PartResult(part, 0 if each.id in wrong else of, of) for part, of in each.parts.items()),
        )
        for each in exercises
    )
    code = code_hash(run.take_in(student).answers)
    about = {"exercises": results, "code_hash": code, "test_hash": run.test_hash, "sandbox": "bubblewrap"} | changes
    return Result(student, run.assignment, "graded", **about)  # type: ignore[arg-type]
