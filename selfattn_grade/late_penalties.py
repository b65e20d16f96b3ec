"""Penalties for late submissions by nbgrader's own rule, found anew at each run; every change of one is written down.

The deadline and the extensions are those in the gradebook, and the rule is the `LateSubmissionPlugin` of
nbgrader_config.py. When one of them was changed, the next run finds other penalties.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from traitlets.config import Config

from selfattn_grade.atomic_write import write_atomically

__all__ = ["PenaltyChange", "PenaltyLog", "handed_in_at", "penalty"]

_LONGEST = 100  # bytes of a time


@dataclass(frozen=True)
class PenaltyChange:
    """A penalty that is not what it was.

    Attributes:
        student: name.
        before: points.
        after: points.
        seconds_late: after the student's own deadline.
        due: that deadline in UTC, the extension included; empty if there is none.
        noted_at: time in UTC.
    """

    student: str
    before: float
    after: float
    seconds_late: float
    due: str
    noted_at: str

    def __str__(self) -> str:
        late = f"{self.seconds_late / 3600:.1f} h after {self.due}" if self.seconds_late else "not late"
        return f"{self.student}: late penalty {self.before:g} → {self.after:g} ({late})"


def handed_in_at(folder: Path) -> datetime | None:
    """The time in a submission's `timestamp.txt`, which nbgrader's collecting writes; None if there is none.

    Args:
        folder: `submitted/<student>/<assignment>`.
    """
    try:
        descriptor = os.open(folder / "timestamp.txt", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            found: datetime | None = parse_utc(stream.read(_LONGEST).decode().strip())
            return found
    except (OSError, ValueError, OverflowError):
        return None


def penalty(
    gradebook: Gradebook, config: Config, database: str, assignment: str, student: str
) -> tuple[float, float, str]:
    """Apply the rule to a graded submission.

    Returns:
        The penalty in points, the seconds that the submission is late, and its deadline as text.
    """
    handed_in = gradebook.find_submission(assignment, student)
    late = float(handed_in.total_seconds_late)
    if late or handed_in.late_submission_penalty:
        about = {"notebook": assignment, "assignment": assignment, "student": student, "db_url": database}
        AssignLatePenalties(config=config).preprocess(nbformat.v4.new_notebook(), {"nbgrader": about})
        gradebook.db.expire_all()  # it was another session that wrote
    due = handed_in.duedate
    return float(handed_in.late_submission_penalty), late, "" if due is None else f"{due:%Y-%m-%d %H:%M} UTC"


class PenaltyLog:
    """Every change of a penalty of one assignment, the oldest first; nothing in it is ever changed.

    Attributes:
        path: of the file.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "penalties.log"  # the dot keeps it apart from any student's file
        self._last: dict[str, float] = {change["student"]: change["after"] for change in self._read()}

    def note(self, student: str, found: tuple[float, float, str]) -> PenaltyChange | None:
        """Write down a penalty if it is not the one that was written down last, and return the change."""
        after, late, due = found
        before = self._last.get(student, 0.0)
        if before == after:
            return None
        change = PenaltyChange(student, before, after, late, due, datetime.now(UTC).isoformat(timespec="seconds"))
        lines = [json.dumps(each, sort_keys=True) for each in (*self._read(), asdict(change))]
        write_atomically(self.path, "\n".join(lines) + "\n", mode=0o600)
        self._last[student] = after
        return change

    def _read(self) -> Iterator[dict[str, Any]]:
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                yield json.loads(line)
