"""Marked cells as notebook cells: texts from the exercises' records, and nbgrader's metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nbformat

from selfattn_check import Exercise, WrittenTask
from selfattn_grade.marks import MarkedCell
from selfattn_grade.section_link import SectionLinks

__all__ = ["check_source", "notebook_cell", "overview", "statement", "with_rubric"]

_SCHEMA = 3  # of nbgrader's metadata


def notebook_cell(
    cell: MarkedCell, exercises: Sequence[Exercise], links: SectionLinks, written: Sequence[WrittenTask] = ()
) -> nbformat.NotebookNode:
    """The cell as it stands in the solved notebook.

    Args:
        cell: a cell of the source.
        exercises: all records of the notebook, in its order.
        links: finds the section of the book that explains an exercise.
        written: all written tasks of the notebook, which follow its exercises.
    """
    source = cell.source
    task = next((each for each in written if each.id == cell.exercise), None)
    exercise = next((each for each in exercises if each.id == cell.exercise), None)
    if cell.kind == "overview":
        source = overview([*exercises, *written])
    elif task is not None and cell.kind == "statement":
        source = statement(task, len(exercises) + written.index(task) + 1, links)
    elif task is not None:
        source = with_rubric(cell.source, task)
    elif exercise is not None and cell.kind == "statement":
        source = statement(exercise, exercises.index(exercise) + 1, links)
    elif exercise is not None and cell.kind == "hint":
        source = f'hint("{exercise.id}")'
    elif exercise is not None and cell.kind == "check":
        source = check_source(exercise, cell.part)
    make = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else nbformat.v4.new_code_cell
    made = make(source, id=cell.id)
    grading = _nbgrader_metadata(cell, exercise or task)
    if grading:
        made.metadata["nbgrader"] = grading
    return made


def statement(exercise: Exercise | WrittenTask, number: int, links: SectionLinks) -> str:
    """Markdown of an exercise: its title, what it is worth, where it is explained, what to write."""
    asked = "In words, graded by a person" if isinstance(exercise, WrittenTask) else f"Write `{exercise.id}`"
    points = f"{exercise.points} point{'s' if exercise.points != 1 else ''}"
    explained = links.markdown(exercise.section, exercise.anchor)
    return (
        f"### Exercise {number}: {exercise.title} {exercise.stars}\n\n"
        f"{asked} · {points} · about {exercise.minutes} minutes · book: {explained}\n\n"
        f"{exercise.statement.strip()}"
    )


def with_rubric(answer: str, task: WrittenTask) -> str:
    """The model answer with the rubric under it, both in the region that the release cuts out."""
    rows = [f"| {points} | {criterion} |" for criterion, points in task.rubric.items()]
    table = "\n".join(["**Rubric**", "", "| points | for |", "|---|---|", *rows])
    head, end, tail = answer.rpartition("### END SOLUTION")
    return f"{head}\n{table}\n{end}{tail}"


def overview(exercises: Sequence[Exercise | WrittenTask]) -> str:
    """Markdown table of a notebook's exercises, with their sums."""
    rows = [
        f"| {number} | {each.title} | {each.stars} | {each.minutes} | {each.points} |"
        for number, each in enumerate(exercises, 1)
    ]
    minutes, points = sum(each.minutes for each in exercises), sum(each.points for each in exercises)
    head = ["| No. | exercise | difficulty | minutes | points |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, f"| | **all together** | | **{minutes}** | **{points}** |"])


def check_source(exercise: Exercise, part: str) -> str:
    """The one line of a check cell; the part is named where there are several.

    >>> from selfattn_check import EXERCISES
    >>> check_source(EXERCISES["attention_scores"], "values")
    'check("attention_scores", attention_scores)'
    """
    named = f', part="{part}"' if len(exercise.parts) > 1 else ""
    return f'check("{exercise.id}", {exercise.id}{named})'


def _nbgrader_metadata(cell: MarkedCell, exercise: Exercise | WrittenTask | None) -> dict[str, Any]:
    """Answers are replaced in the release; checks give points; statements and the set-up are put back if changed.

    A written answer is both: a solution that is replaced, and a cell with points. nbgrader leaves those to a person.
    """
    if cell.kind in ("", "hint"):
        return {}
    metadata: dict[str, Any] = {
        "grade": cell.kind in ("check", "written"),
        "grade_id": cell.id,
        "locked": cell.kind not in ("answer", "written"),
        "schema_version": _SCHEMA,
        "solution": cell.kind in ("answer", "written"),
        "task": False,
    }
    if cell.kind == "check" and isinstance(exercise, Exercise):
        metadata["points"] = exercise.parts[cell.part]
    if cell.kind == "written" and exercise is not None:
        metadata["points"] = exercise.points
    return metadata
