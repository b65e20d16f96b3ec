"""Exports (rows 44 and 45): hostile names come back letter by letter, and three states stay three."""

import csv
import io
import os
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from selfattn_grade.__main__ import main
from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import COURSE_ID, Course
from selfattn_grade.csv_cells import guarded, plain
from selfattn_grade.exports import CanvasExport, MoodleExport, TableExport
from selfattn_grade.gradebook_entry import prepare
from selfattn_grade.result import Result
from selfattn_grade.standing import Standing, standings
from tests.selfattn_grade.a_small_class import RIGHT, START, made_up, small_class

HOSTILE = ["=cmd()", "a,b", 'q"q', "new\nline", "中文", "-x", "+1", "@sum", "'quoted", "\ttab", "x" * 300, "a;b", "\r"]
HOSTILE += ["\n=cmd()", "'=cmd()"]
CELL = "double-check-values"


def class_of(names):
    """One that is graded, one that is not, one that handed nothing in, and so on."""
    made = [("graded", {CELL: 1.0}), ("graded", {CELL: 0.0}), ("unreadable", {}), ("not-submitted", {})]
    return [
        Standing(name, f"f{name}", f"l{name}", f"{name}@x", made[place % 4][0], made[place % 4][1], 0.0, {CELL: 1.0})
        for place, name in enumerate(names)
    ]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_canvas(text):
    """As Canvas reads it: people by SIS User ID, the second line is the maximum, an empty grade is none."""
    first, *rows = rows_of(text)
    assert first["Student"].strip() == "Points Possible"
    return {row["SIS User ID"]: (row["Notes"], row[START]) for row in rows}


def read_moodle(text):
    """As Moodle reads it: people by ID number."""
    rows = rows_of(text)
    return {row["ID number"]: (row[f"{START} (feedback)"].partition(";")[0], row[START]) for row in rows}


def read_table(text):
    """As a script of yours would read it."""
    return {plain(row["student"]): (row["status"], row["total"]) for row in rows_of(text)[1:]}


@pytest.mark.parametrize(
    ("export", "read"), [(CanvasExport, read_canvas), (MoodleExport, read_moodle), (TableExport, read_table)]
)
def test_export_hostile_names_round_trip(export, read):
    rows = class_of(HOSTILE)
    expected = {row.student: (row.status, "" if row.total is None else f"{row.total:g}") for row in rows}
    assert read(export.table(START, rows)) == expected
    assert {grade for _, grade in expected.values()} == {"1", "0", ""}


def test_export_guards_every_cell_that_nobody_is_found_by():
    rows = class_of(HOSTILE)
    for row in rows_of(TableExport.table(START, rows))[1:]:
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    for text, columns in (
        (CanvasExport.table(START, [Standing("=a", last_name="=b", first_name="c")]), ["Student"]),
        (MoodleExport.table(START, [Standing("=a", last_name="=b", first_name="=c")]), ["Last name", "First name"]),
    ):
        cells = [rows_of(text)[-1][column] for column in columns]
        assert all(cell.startswith("'=") for cell in cells)
    assert [plain(guarded(name)) for name in HOSTILE] == HOSTILE


def test_export_names_of_invalid_text_do_not_stop_it():
    assert "?" in TableExport.table(START, [Standing("\udcff", of={CELL: 1.0})])


@pytest.fixture
def graded(tmp_path):
    """Six learners in six states."""
    names = ("right", "zero", "torn", "later", "absent", "broken")
    root = small_class(tmp_path, {name: None if name == "absent" else {"double-answer": RIGHT} for name in names})
    run = ClassRun(root, START)
    run.store.add(made_up(run, "right"))
    run.store.add(made_up(run, "zero", wrong=["double"]))
    for name, status in {"torn": "unreadable", "absent": "not-submitted", "broken": "grader-error"}.items():
        run.store.add(Result(name, START, status))
    run.enter(run.latest())
    return root


def test_standings_no_submission_not_graded_and_zero_are_three_states(graded):
    found = {row.student: (row.status, row.total) for row in standings(graded, Course(graded).database, START)}
    assert found == {
        "right": ("graded", 1),
        "zero": ("graded", 0),
        "torn": ("unreadable", None),
        "later": ("not-graded", None),
        "absent": ("not-submitted", None),
        "broken": ("grader-error", None),
    }


def test_standings_marks_by_hand_count_and_people_without_a_folder_are_there(graded):
    with Gradebook(Course(graded).database, COURSE_ID) as gradebook:
        gradebook.find_grade(CELL, START, START, "zero").manual_score = 0.75
        gradebook.add_student("enrolled", first_name="En", last_name="Rolled")
        gradebook.db.commit()
    found = {row.student: row for row in standings(graded, Course(graded).database, START)}
    assert found["zero"].total == 0.75
    assert (found["enrolled"].status, found["enrolled"].last_name) == ("not-submitted", "Rolled")


def test_standings_files_and_hidden_folders_in_submitted_are_nobody(graded):
    for name in ("grades.zip", ".DS_Store"):
        (graded / "submitted" / name).write_text("", encoding="utf-8")
    (graded / "submitted" / ".ipynb_checkpoints").mkdir()
    found = {row.student: row.status for row in standings(graded, Course(graded).database, START)}
    assert sorted(found) == ["absent", "broken", "later", "right", "torn", "zero"]
    (graded / "submitted" / "linked").symlink_to(graded)
    assert "linked" in [row.student for row in standings(graded, Course(graded).database, START)]


def test_standings_folder_that_cannot_be_read_is_not_graded_and_stops_nobody(graded, monkeypatch):
    whole = os.scandir

    def scandir(path):
        if Path(path).parent.name == "later":
            raise PermissionError(path)
        return whole(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = {row.student: row.status for row in standings(graded, Course(graded).database, START)}
    assert (found["later"], found["right"]) == ("not-graded", "graded")


@pytest.mark.parametrize("target", ["canvas", "moodle", "csv"])
def test_export_command_writes_the_file_and_says_what_is_in_it(graded, target, capsys, monkeypatch):
    monkeypatch.chdir(graded)
    assert main(["--course", str(graded), "export", START, "--to", target]) == 0
    text = (graded / f"{START}.{target}.csv").read_text(encoding="utf-8")
    assert "right" in text
    assert "2 graded" in capsys.readouterr().out


def test_export_of_what_was_never_graded_is_refused(tmp_path, capsys):
    root = small_class(tmp_path, {})
    assert main(["--course", str(root), "export", START]) == 2
    assert "must have been graded" in capsys.readouterr().err


def test_export_plug_in_of_nbgrader_writes_the_same(graded, tmp_path):
    run = ClassRun(graded, START)
    prepare(run.course.database, START, run.released)
    exporter = CanvasExport(to=str(tmp_path / "out.csv"), assignment=[START])
    exporter.root = str(graded)
    with Gradebook(run.course.database, COURSE_ID) as gradebook:
        exporter.export(gradebook)
    assert len(read_canvas((tmp_path / "out.csv").read_text(encoding="utf-8"))) == 6
