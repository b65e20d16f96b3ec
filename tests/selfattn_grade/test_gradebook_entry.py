"""Entering results: marks given by hand are flagged when something changed and only then; nobody stops the class."""

import csv
import json
import os

import nbformat
import pytest

from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import hidden_seed, open_gradebook
from selfattn_grade.intake import answer_cells, transplant
from selfattn_grade.overview import as_csv
from selfattn_grade.result import Result
from selfattn_grade.standing import standings
from tests.selfattn_grade.a_small_class import RIGHT, START, WRONG, made_up, small_class

CHECK = "double-check-values"
DERIVATION = "04a-derivation"
BAD = "a\udcff"  # a byte that is no UTF-8, as os.listdir gives it


def finish(root, assignment=START):
    return ClassRun(root, assignment).finish()


def mark(run, cell, student, points):
    """As the form grader does: a mark, and the cell waits no longer."""
    with open_gradebook(run.course.database) as gradebook:
        grade = gradebook.find_grade(cell, run.assignment, run.assignment, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def waits(run, student):
    with open_gradebook(run.course.database) as gradebook:
        return gradebook.find_submission(run.assignment, student).needs_manual_grade


def status(run):
    return {row.student: (row.status, row.total) for row in standings(run.root, run.course.database, run.assignment)}


def hand_in(run, student, answers):
    path = run.root / "submitted" / student / run.assignment / f"{run.assignment}.ipynb"
    nbformat.write(transplant(run.released, answers), path)


@pytest.fixture
def marked(tmp_path):
    """Ada's answer is wrong, and has half a point by hand."""
    run = ClassRun(small_class(tmp_path, {"ada": {"double-answer": WRONG}}), START)
    run.store.add(made_up(run, "ada", wrong=["double"]))
    run.finish()
    mark(run, CHECK, "ada", 0.5)
    return run


def test_mark_of_a_check_stays_final_when_the_same_is_entered_again(marked):
    for _ in range(2):
        marked.finish()
        assert not waits(marked, "ada")
        assert status(marked) == {"ada": ("graded", 0.5)}


def test_mark_of_a_check_is_flagged_when_its_points_change(marked):
    marked.store.add(made_up(marked, "ada", test_hash="of a mended test"))
    marked.finish()
    assert waits(marked, "ada")
    marked.finish()
    assert waits(marked, "ada")  # nobody has looked yet
    mark(marked, CHECK, "ada", 0.5)
    marked.finish()
    assert not waits(marked, "ada")


def test_mark_of_a_check_is_flagged_when_the_answer_changes_and_not_its_points(marked):
    hand_in(marked, "ada", {"double-answer": f"{WRONG}  # another"})
    marked.store.add(made_up(marked, "ada", wrong=["double"]))
    marked.finish()
    assert waits(marked, "ada")
    assert status(marked) == {"ada": ("waits-for-a-mark", None)}


def test_mark_of_a_written_answer_is_flagged_only_when_its_text_changes(tmp_path):
    root = small_class(tmp_path, {"ada": {}}, DERIVATION)
    run = ClassRun(root, DERIVATION)
    task = next(cell.id for cell in answer_cells(run.released) if not cell.defines)
    hand_in(run, "ada", {task: "Because of the chain rule."})
    run.store.add(made_up(run, "ada"))
    run.finish()
    assert waits(run, "ada")
    mark(run, task, "ada", 2)
    run.finish()
    assert not waits(run, "ada")
    assert status(run)["ada"][0] == "graded"
    hand_in(run, "ada", {task: "Because of the product rule."})
    run.store.add(made_up(run, "ada"))
    run.finish()
    assert waits(run, "ada")
    mark(run, task, "ada", 1)
    hand_in(run, "ada", {})  # taken back: nothing is written any more
    run.store.add(made_up(run, "ada"))
    run.finish()
    assert waits(run, "ada")


def test_mark_is_flagged_where_nothing_tells_what_it_was_given_for(marked):
    marked.graded_path("ada").write_text("{", encoding="utf-8")
    marked.finish()
    assert waits(marked, "ada")


def test_folder_whose_name_is_no_text_stops_nobody(tmp_path):
    root = small_class(tmp_path, {BAD: {"double-answer": RIGHT}, "zoe": {"double-answer": RIGHT}})
    run = ClassRun(root, START)
    run.store.add(Result(BAD, START, "unreadable"))
    run.store.add(made_up(run, "zoe"))
    results, lines = run.finish()
    assert ([result.student for result in results], lines) == ([BAD, "zoe"], [])
    assert status(run) == {BAD: ("unreadable", None), "zoe": ("graded", 1)}
    rows = list(csv.DictReader(run.table.read_text(encoding="utf-8").splitlines()))
    assert [(row["student"], row["status"]) for row in rows] == [("a?", "unreadable"), ("zoe", "graded")]
    run.store._path(BAD).unlink()  # as before the first run
    assert status(run)[BAD] == ("not-graded", None)


def test_submission_that_was_replaced_meanwhile_is_not_entered_and_told(marked):
    hand_in(marked, "ada", {"double-answer": RIGHT})
    results, lines = marked.finish()
    assert lines == ["ada: was handed in anew after it was graded, and is not entered; run again"]
    assert "return x" in marked.graded_path("ada").read_text(encoding="utf-8")
    assert status(marked) == {"ada": ("graded", 0.5)}
    hand_in(marked, "ada", {"double-answer": WRONG})
    assert marked.finish() == (results, [])


def test_submission_that_cannot_be_read_any_more_gets_no_silent_zero(tmp_path):
    root = small_class(tmp_path, {"ada": {}}, DERIVATION)
    run = ClassRun(root, DERIVATION)
    task = next(cell.id for cell in answer_cells(run.released) if not cell.defines)
    hand_in(run, "ada", {task: "Because of the chain rule."})
    run.store.add(made_up(run, "ada"))
    (root / "submitted" / "ada" / DERIVATION / f"{DERIVATION}.ipynb").write_text("{", encoding="utf-8")
    assert len(run.finish()[1]) == 1
    assert status(run) == {"ada": ("not-graded", None)}


def test_finish_of_one_enters_that_one_and_writes_the_table_of_all(tmp_path):
    run = ClassRun(small_class(tmp_path, {name: {"double-answer": RIGHT} for name in ("ada", "ben")}), START)
    for name in ("ada", "ben"):
        run.store.add(made_up(run, name))
    results, _ = run.finish("ben")
    assert run.table.read_text(encoding="utf-8") == as_csv(results).replace("\r\n", "\n")
    assert {name: state for name, (state, _) in status(run).items()} == {"ada": "not-graded", "ben": "graded"}


def test_cells_that_are_not_those_of_the_gradebook_stop_the_run_before_anything_is_graded(marked, monkeypatch):
    path = marked.root / "notebooks" / START / f"{START}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    check = next(cell for cell in notebook["cells"] if cell["id"] == CHECK)
    more = json.loads(json.dumps(check))
    more["id"] = more["metadata"]["nbgrader"]["grade_id"] = "double-check-gradients"
    notebook["cells"].append(more)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    changed = ClassRun(marked.root, START)
    monkeypatch.setattr("selfattn_grade.class_run.cluster", lambda *args, **options: pytest.fail("it is graded"))
    with pytest.raises(ValueError, match="nbgrader db assignment remove 00-start --force"):
        changed.grade(1)


def test_of_two_first_runs_one_seed_holds(tmp_path, monkeypatch):
    link = os.link

    def too_late(source, target):
        target.write_text("7\n", encoding="utf-8")  # another run was faster
        link(source, target)

    monkeypatch.setattr(os, "link", too_late)
    assert hidden_seed(tmp_path) == 7
    assert (tmp_path / "gradebook.db.seed").read_text(encoding="utf-8") == "7\n"
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.db.seed"]
