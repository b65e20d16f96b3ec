"""Grades for other systems: nbgrader export plug-ins for Canvas, for Moodle, and for anything that reads CSV.

Where nothing but people and spreadsheets read a cell, it is guarded, so that none is run as a formula. What a learning
platform finds its people by must be there letter by letter, so that those columns are written as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.course import Course
from selfattn_grade.csv_cells import csv_text, guarded
from selfattn_grade.settings import settings
from selfattn_grade.standing import Standing, standings

__all__ = ["CanvasExport", "MoodleExport", "TableExport", "export"]

_MOODLE_LONGEST = 1_000


class _Export(ExportPlugin):
    """Writes a file for each assignment; `--assignment` and `--student` choose, as in nbgrader's own export."""

    root = Unicode("", help="the course's folder (default: nbgrader's, else this one)").tag(config=True)
    suffix = "csv"

    def export(self, gradebook: Gradebook) -> None:
        """Write the grades of every assignment that is asked for, or of all."""
        names = list(self.assignment) or [assignment.name for assignment in gradebook.assignments]
        for name in names:
            target = Path(self.to or f"{name}.{self.suffix}")
            if self.to and len(names) > 1:
                target = target.with_name(f"{target.stem}-{name}{target.suffix}")
            found = standings(self._root(), str(gradebook.db.get_bind().url.render_as_string(False)), name)
            rows = [row for row in found if not self.student or row.student in self.student]
            write_atomically(target, self.table(name, rows), mode=0o600)
            self.log.info("%d rows in %s", len(rows), target)

    def _root(self) -> Path:
        place: Any = getattr(self.parent, "coursedir", None)
        return Path(self.root or (place.root if place is not None else "."))

    @staticmethod
    def table(assignment: str, rows: Sequence[Standing]) -> str:
        """The text of the file."""
        raise NotImplementedError


class TableExport(_Export):
    """A row a person: status in words, points of each question, penalty and total; empty where there is no grade."""

    @staticmethod
    def table(assignment: str, rows: Sequence[Standing]) -> str:
        """The text of the file."""
        questions = list(rows[0].of) if rows else []
        head = ["student", "last_name", "first_name", "email", "status", *questions, "penalty", "total", "of"]
        lines = [head, ["points possible", "", "", "", "", *_numbers(rows, questions), "", "", _total_of(rows)]]
        for row in rows:
            points = [_number(row.points.get(question)) for question in questions]
            penalty = _number(row.penalty) if row.total is not None else ""
            who = map(guarded, (row.student, row.last_name, row.first_name, row.email))
            lines.append([*who, row.status, *points, penalty, _number(row.total), _total_of(rows)])
        return csv_text(lines)


class CanvasExport(_Export):
    """For *Grades → Import* of Canvas, which finds people by `SIS User ID`; an empty grade changes nothing there.

    Canvas knows no status, so the column `Notes` has it: Canvas shows that column to teachers.
    """

    suffix = "canvas.csv"

    @staticmethod
    def table(assignment: str, rows: Sequence[Standing]) -> str:
        """The text of the file."""
        lines = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Notes", assignment]]
        lines.append(["    Points Possible", "", "", "", "", "", _total_of(rows)])
        for row in rows:
            name = f"{row.last_name}, {row.first_name}" if row.last_name or row.first_name else row.student
            about = [guarded(name), "", row.student, row.student, "", row.status]
            lines.append([*about, _number(row.total)])
        return csv_text(lines)


class MoodleExport(_Export):
    """For *Grades → Import → CSV* of Moodle, by `ID number`; the feedback says the status and each question."""

    suffix = "moodle.csv"

    @staticmethod
    def table(assignment: str, rows: Sequence[Standing]) -> str:
        """The text of the file."""
        lines = [["ID number", "Email address", "Last name", "First name", assignment, f"{assignment} (feedback)"]]
        for row in rows:
            who = [row.student, row.email, guarded(row.last_name), guarded(row.first_name)]
            lines.append([*who, _number(row.total), _in_words(row)[:_MOODLE_LONGEST]])
        return csv_text(lines)


_TARGETS: dict[str, type[_Export]] = {"canvas": CanvasExport, "moodle": MoodleExport, "csv": TableExport}


def export(root: Path, assignment: str, target: str, path: Path) -> Iterator[str]:
    """Write the grades of an assignment, and say what came out.

    Args:
        root: the course's folder.
        assignment: name.
        target: `canvas`, `moodle` or `csv`.
        path: of the file.
    """
    rows = standings(root, Course(root, settings(root)).database, assignment)
    write_atomically(path, _TARGETS[target].table(assignment, rows), mode=0o600)
    counts = Counter(row.status for row in rows)
    yield f"{path}: {', '.join(f'{count} {status}' for status, count in sorted(counts.items())) or 'nobody'}"
    risky = [row.student for row in rows if guarded(row.student) != row.student]
    if risky and target != "csv":
        yield f"do not open it in a spreadsheet: {', '.join(map(ascii, risky))} would be run as formulas"


def _in_words(row: Standing) -> str:
    if row.total is None:
        return row.status
    items = [f"{cell} {points:g}/{row.of[cell]:g}" for cell, points in row.points.items()]
    late = [f"late: -{row.penalty:g}"] if row.penalty else []
    return "; ".join([row.status, *items, *late])


def _numbers(rows: Sequence[Standing], questions: Sequence[str]) -> list[str]:
    return [_number(rows[0].of[question]) for question in questions] if rows else []


def _total_of(rows: Sequence[Standing]) -> str:
    return _number(sum(rows[0].of.values())) if rows else ""


def _number(points: float | None) -> str:
    return "" if points is None else f"{points:g}"
