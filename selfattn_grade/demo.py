"""A class of five, graded with plain nbgrader: release, autograde, feedback, export, table."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from selfattn_check import EXERCISES
from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.course import COURSE_ID, RELEASED, SOLVED, Course
from selfattn_grade.demo_submissions import Learner, learners, submission
from selfattn_grade.grade_table import Marks, as_text, read_marks
from selfattn_grade.release import solved_notebook

__all__ = ["demo", "surprises"]

ASSIGNMENT = "03a-attention"
SEED = 20261123  # any but 0, whose numbers learners see; fixed, so that the demo is the same each time


def demo(root: Path, folder: Path | None = None) -> int:
    """Grade the invented class and print its table.

    Args:
        root: the course's folder.
        folder: where the class is put, emptied first; None for `_build/grade-demo`.

    Returns:
        0 if every learner got the marks that the records promise, else 1.
    """
    place = root / "_build" / "grade-demo" if folder is None else folder
    shutil.rmtree(place, ignore_errors=True)
    course = Course(place)
    exercises = {name: each for name, each in EXERCISES.items() if each.assignment == ASSIGNMENT}
    solved = solved_notebook(root, ASSIGNMENT)
    people = learners(solved, exercises)
    progress = _Progress(len(people) * 2 + 2)

    progress.say(f"release {ASSIGNMENT}")
    write_atomically(course.root / SOLVED / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", nbformat.writes(solved) + "\n")
    course.generate_assignment(ASSIGNMENT)
    released = (course.root / RELEASED / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    for learner in people:
        handed_in = course.root / "submitted" / learner.name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        write_atomically(handed_in, submission(released, learner))

    for learner in people:
        progress.say(f"autograde {learner.name}: {learner.about}")
        course.autograde(ASSIGNMENT, learner.name, seed=SEED)
    for learner in people:
        progress.say(f"feedback {learner.name}")
        course.generate_feedback(ASSIGNMENT, learner.name)
    progress.say("export")
    _export(course, place / "grades.csv")

    marks = read_marks(course.database, COURSE_ID, ASSIGNMENT)
    print(f"\n{as_text(marks, exercises, [learner.name for learner in people])}\n")
    _say_where(place, root)
    wrong = surprises(marks, people)
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


def surprises(marks: Marks, people: Iterable[Learner]) -> list[str]:
    """Marks that are not what the records promise: all points of a part, or none where the learner is wrong."""
    found = []
    for learner in people:
        for exercise in EXERCISES.values():
            if exercise.assignment != ASSIGNMENT:
                continue
            for part, points in exercise.parts.items():
                expected = 0 if exercise.id in learner.wrong else points
                got = marks.get(learner.name, {}).get((exercise.id, part))
                if got != expected:
                    found.append(f"{learner.name} must have {expected} for {exercise.id} ({part}), got {got}")
    return found


class _Progress:
    """Numbered lines with the time since the start."""

    def __init__(self, steps: int) -> None:
        self._steps, self._done, self._start = steps, 0, time.perf_counter()

    def say(self, what: str) -> None:
        self._done += 1
        print(f"[{self._done:2}/{self._steps}] {time.perf_counter() - self._start:5.1f} s  {what}", flush=True)


def _export(course: Course, to: Path) -> None:
    exporter = CsvExportPlugin(to=str(to), assignment=[ASSIGNMENT])
    with Gradebook(course.database, COURSE_ID) as gradebook:
        exporter.export(gradebook)


def _say_where(place: Path, root: Path) -> None:
    here = place.relative_to(root) if place.is_relative_to(root) else place
    print(f"feedback   {here}/feedback/<student>/{ASSIGNMENT}/{ASSIGNMENT}.html")
    print(f"gradebook  {here}/gradebook.db")
    print(f"CSV        {here}/grades.csv")
    print("Plain nbgrader ran these notebooks with your rights, in no sandbox. Do so only with submissions you trust.")
