"""A course's folder with a small class in it, for tests."""

from pathlib import Path

from selfattn_check import EXERCISES
from selfattn_grade.demo_submissions import Learner, learners, submission
from selfattn_grade.given import Given
from selfattn_grade.grading import Job
from selfattn_grade.release import solved_notebook

ROOT = Path(__file__).resolve().parents[2]
NAME = "03a-attention"
MINE = {name: each for name, each in EXERCISES.items() if each.assignment == NAME}
PROMISED = {"perfect": 21, "half-done": 6, "two-mistakes": 11, "crashes": 17, "empty": 0}
RELEASED = ROOT / "notebooks" / NAME / f"{NAME}.ipynb"


def people() -> list[Learner]:
    """The invented learners of the demo."""
    return learners(solved_notebook(ROOT, NAME), MINE)


def hand_in(root: Path, learner: Learner, name: str = "") -> Path:
    """Put a submission into the class."""
    path = root / "submitted" / (name or learner.name) / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(submission(RELEASED.read_text(encoding="utf-8"), learner), encoding="utf-8")
    return path


def make_class(root: Path, copies: int = 1) -> Path:
    """A course's folder with the released notebook, what the command line asks for, and the five learners."""
    for file in (RELEASED, ROOT / "solutions" / NAME / f"{NAME}.py"):
        place = root / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
    for number in range(copies):
        for learner in people():
            hand_in(root, learner, learner.name if copies == 1 else f"{learner.name}-{number}")
    return root


def job(learner: Learner, **changes: object) -> Job:
    """The grading of one learner's answers."""
    answers = {f"{exercise}-answer": source for exercise, source in learner.answers.items()}
    about = {
        "student": learner.name,
        "assignment": NAME,
        "answers": answers,
        "flags": (),
        "given": Given("import numpy as np"),
        "libraries": ("numpy",),
        "seed": 7,
        "test_hash": "tests",
    }
    return Job(**(about | changes))  # type: ignore[arg-type]
