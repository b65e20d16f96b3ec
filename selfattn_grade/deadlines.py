"""Deadlines and extensions: they lie in nbgrader's gradebook, and the next run finds the penalties anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.utils import parse_utc

from selfattn_grade.course import Course, open_gradebook, released_path
from selfattn_grade.settings import settings

__all__ = ["set_deadline"]


def set_deadline(
    root: Path, assignment: str, due: str = "", student: str = "", hours: float | None = None
) -> Iterator[str]:
    """Set the deadline of an assignment, the extension of one learner, or both, and say what holds.

    Args:
        root: the course's folder.
        assignment: name.
        due: time, in UTC if it names no zone; empty leaves what there is.
        student: who gets an extension; empty for nobody.
        hours: of the extension, with `student` only; 0 takes it back.

    Raises:
        ValueError: there is no such assignment or submission, the time cannot be read, or one of `student` and
            `hours` lacks the other.
    """
    if bool(student) != (hours is not None):
        raise ValueError("an extension needs both --student and --hours; --hours 0 takes it back")
    released_path(root, assignment)
    with open_gradebook(Course(root, settings(root)).database) as gradebook:
        try:
            if due:
                gradebook.update_or_create_assignment(assignment, duedate=parse_utc(due))
            if student:
                submission = gradebook.find_submission(assignment, student)
                if hours and not submission.assignment.duedate:  # nbgrader would add hours to nothing from then on
                    raise ValueError(f"an extension needs a deadline, and {assignment} has none: --due")
                submission.extension = timedelta(hours=hours) if hours else None
                gradebook.db.commit()
            found = gradebook.find_assignment(assignment)
        except MissingEntry as error:
            raise ValueError(f"nothing of this name is in the gradebook: {error}") from error
        yield f"{assignment} is due {f'{found.duedate:%Y-%m-%d %H:%M} UTC' if found.duedate else 'at no time'}"
        for submission in gradebook.assignment_submissions(assignment) if found.duedate else ():
            if submission.extension:
                hours = submission.extension.total_seconds() / 3600
                yield f"{submission.student.id} has {hours:g} h more: {submission.duedate:%Y-%m-%d %H:%M} UTC"
    yield f"python -m selfattn_grade run {assignment}   finds the penalties anew"
