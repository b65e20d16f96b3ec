"""Marked cells as notebook cells: texts from the exercises' records, and nbgrader's metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nbformat

from selfattn_check import Exercise
from selfattn_grade.marks import MarkedCell
from selfattn_grade.section_link import SectionLinks

__all__ = ["check_source", "notebook_cell", "overview", "statement"]

_SCHEMA = 3  # of nbgrader's metadata


def notebook_cell(cell: MarkedCell, exercises: Sequence[Exercise], links: SectionLinks) -> nbformat.NotebookNode:
    """The cell as it stands in the solved notebook.

    Args:
        cell: a cell of the source.
        exercises: all records of the notebook, in its order.
        links: finds the section of the book that explains an exercise.
    """
    source = cell.source
    exercise = next((each for each in exercises if each.id == cell.exercise), None)
    if cell.kind == "overview":
        source = overview(exercises)
    elif exercise is not None and cell.kind == "statement":
        source = statement(exercise, exercises.index(exercise) + 1, links)
    elif exercise is not None and cell.kind == "hint":
        source = f'hint("{exercise.id}")'
    elif exercise is not None and cell.kind == "check":
        source = check_source(exercise, cell.part)
    make = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else nbformat.v4.new_code_cell
    made = make(source, id=cell.id)
    grading = _nbgrader_metadata(cell, exercise)
    if grading:
        made.metadata["nbgrader"] = grading
    return made


def statement(exercise: Exercise, number: int, links: SectionLinks) -> str:
    """Markdown of an exercise: its title, what it is worth, where it is explained, what to write."""
    points = f"{exercise.points} point{'s' if exercise.points != 1 else ''}"
    explained = links.markdown(exercise.section, exercise.anchor)
    return (
        f"### Exercise {number}: {exercise.title} {exercise.stars}\n\n"
        f"Write `{exercise.id}` · {points} · about {exercise.minutes} minutes · book: {explained}\n\n"
        f"{exercise.statement.strip()}"
    )


def overview(exercises: Sequence[Exercise]) -> str:
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


def _nbgrader_metadata(cell: MarkedCell, exercise: Exercise | None) -> dict[str, Any]:
    """Answers are replaced in the release; checks give points; statements and the set-up are put back if changed."""
    if cell.kind in ("", "hint"):
        return {}
    metadata: dict[str, Any] = {
        "grade": cell.kind == "check",
        "grade_id": cell.id,
        "locked": cell.kind != "answer",
        "schema_version": _SCHEMA,
        "solution": cell.kind == "answer",
        "task": False,
    }
    if cell.kind == "check" and exercise is not None:
        metadata["points"] = exercise.parts[cell.part]
    return metadata
