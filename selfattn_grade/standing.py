"""Where every learner stands in an assignment: the gradebook's points, and a status that keeps three things apart.

Not submitted, not graded yet, and 0 points are different, and an empty submission is not an absent one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from traitlets.config import Config

from selfattn_grade.course import open_gradebook
from selfattn_grade.job_store import JobStore
from selfattn_grade.late_penalties import penalty
from selfattn_grade.settings import settings
from selfattn_grade.submission_file import handed_in, is_text, learner_folders

__all__ = ["Standing", "standings"]

NOT_SUBMITTED = "not-submitted"
WAITING = "waits-for-a-mark"
GRADED = "graded"
NOT_GRADED = "not-graded"


@dataclass(frozen=True)
class Standing:
    """One learner and one assignment.

    Attributes:
        student: name of the learner's folder.
        first_name: as in the gradebook; empty if unknown.
        last_name: as in the gradebook; empty if unknown.
        email: as in the gradebook; empty if unknown.
        status: graded; not-submitted; or why there is no grade yet: waits-for-a-mark (written answers, or a mark by
            hand that should be looked at), unreadable, grader-error, not-graded (nobody ran the grader since).
        points: id of a graded cell → points; empty unless graded or waiting.
        penalty: points off for being late, by the rule as it stands and the points as they are now.
        of: id of a graded cell → points that there are.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    status: str = NOT_SUBMITTED
    points: Mapping[str, float] = field(default_factory=dict)
    penalty: float = 0.0
    of: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float | None:
        """Points less the penalty; None unless graded, which is not 0."""
        return max(0.0, sum(self.points.values()) - self.penalty) if self.status == GRADED else None


def standings(root: Path, database: str, assignment: str) -> list[Standing]:
    """Everybody who is in the gradebook or has a folder in `submitted/`, by name; nothing is written.

    Raises:
        ValueError: the assignment is not in the gradebook.
    """
    store, config = JobStore(root, assignment), settings(root)
    submitted = root / "submitted"
    with open_gradebook(database) as gradebook:
        try:
            cells = _cells(gradebook, assignment)
        except MissingEntry as error:
            raise ValueError(f"assignment must have been graded, {assignment} is not in the gradebook") from error
        known = {student.id: student for student in gradebook.students}
        return [
            _standing(
                gradebook,
                store,
                assignment,
                name,
                known.get(name),
                cells,
                config,
                some=handed_in(submitted / name / assignment, assignment),
            )
            for name in sorted({*known, *learner_folders(submitted)}, key=os.fsencode)
        ]


def _standing(
    gradebook: Gradebook,
    store: JobStore,
    assignment: str,
    name: str,
    student: Any,
    cells: Mapping[str, float],
    config: Config,
    *,
    some: bool,
) -> Standing:
    nobody = Standing(
        student=name,
        first_name=getattr(student, "first_name", None) or "",
        last_name=getattr(student, "last_name", None) or "",
        email=getattr(student, "email", None) or "",
        of=cells,
    )
    latest = store.latest(name)
    if latest is not None and latest.status != GRADED:
        return replace(nobody, status=latest.status)
    if not is_text(name):  # no database has it
        return replace(nobody, status=NOT_GRADED if some else NOT_SUBMITTED)
    try:
        submission = gradebook.find_submission(assignment, name)
    except MissingEntry:
        return replace(nobody, status=NOT_GRADED if some or latest else NOT_SUBMITTED)
    grades = {grade.name: grade for notebook in submission.notebooks for grade in notebook.grades}
    points = {cell: float(grades[cell].score) for cell in _scored(grades, cells)}
    if not points:
        return replace(nobody, status=NOT_GRADED)
    status = WAITING if submission.needs_manual_grade or len(points) < len(cells) else GRADED
    return replace(nobody, status=status, points=points, penalty=penalty(gradebook, config, assignment, name)[0])


def _scored(grades: Mapping[str, Any], cells: Mapping[str, float]) -> Iterator[str]:
    for cell in cells:
        if cell in grades and (grades[cell].auto_score, grades[cell].manual_score) != (None, None):
            yield cell


def _cells(gradebook: Gradebook, assignment: str) -> dict[str, float]:
    """Graded cells in the order of the notebook, and their points."""
    found = {}
    for notebook in gradebook.find_assignment(assignment).notebooks:
        for cell in notebook.grade_cells:
            found[cell.name] = float(cell.max_score)
    return found
