"""Penalties for late submissions by nbgrader's own rule, found anew whenever grades are entered or read out.

The deadline and the extensions are those in the gradebook, and the rule is the `LateSubmissionPlugin` of
nbgrader_config.py. When one of them was changed, or a mark was given by hand, an export has the penalty that holds
now, and the next run enters it into the gradebook and writes the change down.
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

from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from traitlets.config import Config

from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.overview import printable

__all__ = ["PenaltyChange", "PenaltyLog", "apply_penalty", "handed_in_at", "penalty"]

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
        return f"{printable(self.student)}: late penalty {self.before:g} → {self.after:g} ({late})"


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


def penalty(gradebook: Gradebook, config: Config, assignment: str, student: str) -> tuple[float, float, str]:
    """What the rule takes off a graded submission, marks given by hand included; nothing is written.

    Returns:
        The penalty in points, from 0 to the score; the seconds that the submission is late; its deadline as text.
    """
    handed_in = gradebook.find_submission(assignment, student)
    if handed_in.assignment.duedate is None:  # to which nbgrader would add an extension all the same
        return 0.0, 0.0, ""
    late, points = float(handed_in.total_seconds_late), 0.0
    if late:
        score = float(gradebook.find_submission_notebook(assignment, assignment, student).score)
        step = AssignLatePenalties(config=config)
        step.init_plugin()
        taken = step.plugin_inst.late_submission_penalty(student, score, late)
        points = min(max(float(taken or 0), 0.0), score)
    return points, late, f"{handed_in.duedate:%Y-%m-%d %H:%M} UTC"


def apply_penalty(gradebook: Gradebook, config: Config, assignment: str, student: str) -> tuple[float, float, str]:
    """Enter the penalty into the gradebook, and return what `penalty` does."""
    found = penalty(gradebook, config, assignment, student)
    notebook = gradebook.find_submission_notebook(assignment, assignment, student)
    notebook.late_submission_penalty = found[0] or None
    gradebook.db.commit()
    return found


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
