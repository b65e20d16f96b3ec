"""What nbgrader's gradebook says about an assignment, as numbers and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbgrader.api import Gradebook

from selfattn_check import Exercise

__all__ = ["Marks", "as_text", "read_marks"]

Marks = Mapping[str, Mapping[tuple[str, str], float]]
"""Student → (exercise, part) → points."""


def read_marks(database: str, course_id: str, assignment: str) -> Marks:
    """Points of every graded cell of every submission of an assignment.

    Args:
        database: address of the gradebook.
        course_id: name of the course in it.
        assignment: name of the assignment.
    """
    marks: dict[str, dict[tuple[str, str], float]] = {}
    with Gradebook(database, course_id) as gradebook:
        for handed_in in gradebook.assignment_submissions(assignment):
            for notebook in handed_in.notebooks:
                for grade in notebook.grades:
                    exercise, _, part = grade.name.partition("-check-")
                    marks.setdefault(handed_in.student.id, {})[exercise, part] = float(grade.score)
    return marks


def as_text(marks: Marks, exercises: Mapping[str, Exercise], order: Sequence[str]) -> str:
    """A table with a row for each part of each exercise, and a column for each student.

    Args:
        marks: points.
        exercises: the assignment's records, in the order of the notebook.
        order: students, from left to right.
    """
    parts = [(exercise.id, part, points) for exercise in exercises.values() for part, points in exercise.parts.items()]
    single = {exercise.id for exercise in exercises.values() if len(exercise.parts) == 1}
    rows = [["exercise", *order, "of"]]
    for exercise, part, points in parts:
        name = exercise if exercise in single else f"{exercise}, {part}"
        rows.append([name, *(f"{marks[student][exercise, part]:g}" for student in order), f"{points}"])
    total = [sum(marks[student].values()) for student in order]
    rows.append(["total", *(f"{points:g}" for points in total), f"{sum(points for *_, points in parts)}"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])
