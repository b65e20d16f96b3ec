"""From results to nbgrader's gradebook and to the notebooks that its form grader and its feedback show.

Called by one process alone, after the grading: nbgrader's tables see each score once.
"""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Container, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import SaveCells
from sqlalchemy.exc import SAWarning

from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.course import open_gradebook
from selfattn_grade.result import ExerciseResult, PartResult, Result

__all__ = ["as_feedback", "enter", "graded_answers", "graded_notebook", "prepare", "withdraw", "write_graded"]

_UNSAFE = "\n  UNSAFE: this was graded in no sandbox"


def prepare(database: str, assignment: str, released: nbformat.NotebookNode) -> None:
    """Let the gradebook know the assignment's cells and what they are worth.

    Raises:
        ValueError: submissions were entered when the notebook had other cells.
    """
    with open_gradebook(database) as gradebook:
        try:
            gradebook.find_assignment(assignment)
        except MissingEntry:
            gradebook.add_assignment(assignment)
    about = {"notebook": assignment, "assignment": assignment, "db_url": database}
    try:
        SaveCells().preprocess(released.copy(), {"nbgrader": about})
    except RuntimeError as error:
        raise ValueError(
            f"{assignment} must have the cells that it had when submissions were entered into the gradebook: put its "
            f"notebook back, or take the assignment out, with the marks given by hand in it "
            f"(nbgrader db assignment remove {assignment} --force), and run again"
        ) from error


def enter(
    gradebook: Gradebook,
    result: Result,
    written: Mapping[str, bool] = MappingProxyType({}),
    changed: Container[str] = (),
    handed_in_at: datetime | None = None,
) -> None:
    """Put the points of a graded submission into the gradebook; marks that were given by hand stay.

    Such a mark is flagged for another look if the answer or its automatic points are not what they were; entering the
    same once more changes nothing.

    Args:
        gradebook: open.
        result: of a submission with the status `graded`; others have no points to enter.
        written: id of a task that is marked by hand → whether anything was written.
        changed: ids of the answer cells whose text is not the one that was entered before.
        handed_in_at: time in UTC; None leaves what the gradebook knows.
    """
    if result.status != "graded":
        raise ValueError(f"a result must be graded to be entered, got {result.status}")
    name = result.assignment
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Object of type <Submitted", SAWarning)  # nbgrader's own queries
        gradebook.update_or_create_student(result.student)
        when = {} if handed_in_at is None else {"timestamp": handed_in_at}
        gradebook.update_or_create_submission(name, result.student, **when)
    for exercise in result.exercises:
        anew = f"{exercise.exercise}-answer" in changed
        for part in exercise.parts:
            grade = gradebook.find_grade(f"{exercise.exercise}-check-{part.part}", name, name, result.student)
            look = grade.needs_manual_grade or anew or grade.auto_score != part.points
            grade.auto_score = part.points
            grade.needs_manual_grade = grade.manual_score is not None and look
    for cell, filled in written.items():
        grade = gradebook.find_grade(cell, name, name, result.student)
        look = grade.needs_manual_grade or cell in changed
        grade.auto_score = None if filled else 0
        grade.needs_manual_grade = filled if grade.manual_score is None else look
    gradebook.db.commit()


def withdraw(gradebook: Gradebook, assignment: str, student: str) -> None:
    """Take the automatic points of a submission back that can no longer be graded; it then needs a look."""
    with contextlib.suppress(MissingEntry):
        for notebook in gradebook.find_submission(assignment, student).notebooks:
            for grade in notebook.grades:
                grade.auto_score = None
                grade.needs_manual_grade = True
        gradebook.db.commit()


def graded_answers(path: Path) -> dict[str, str]:
    """Id of a cell → its source in a notebook that `write_graded` wrote; empty if there is none."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return {cell["id"]: "".join(cell["source"]) for cell in cells}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def graded_notebook(notebook: nbformat.NotebookNode, result: Result) -> nbformat.NotebookNode:
    """The learner's answers in the released notebook, with the verdict under each check."""
    verdicts = {f"{each.exercise}-check-{part.part}": (each, part) for each in result.exercises for part in each.parts}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            if cell.id in verdicts:
                text = as_feedback(*verdicts[cell.id]) + (_UNSAFE if result.sandbox == "none" else "")
                cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"{text}\n")]
    return notebook


def as_feedback(exercise: ExerciseResult, part: PartResult) -> str:
    """The verdict on a part as the learner reads it.

    >>> print(as_feedback(ExerciseResult("causal_mask", "passed", ()), PartResult("values", 2, 2)))
    causal_mask, values: 2 of 2 points
    """
    lines = [f"{exercise.exercise}, {part.part}: {part.points:g} of {part.of} points"]
    if part.points < part.of:
        for finding in exercise.findings:
            lines.append(f"  {finding.text}   [{finding.code}]")
            lines += [f"  help: {finding.help}"] if finding.help else []
        lines += [f"  wrong on the hidden probe {kind}" for kind in part.failed_on]
    return "\n".join(lines)


def write_graded(path: Path, notebook: nbformat.NotebookNode, result: Result) -> None:
    """Write the graded notebook where nbgrader's form grader and feedback look for it."""
    write_atomically(path, nbformat.writes(graded_notebook(notebook, result)) + "\n")
