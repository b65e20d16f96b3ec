"""After a test was fixed (row 42): what changes is shown item by item, and marks given by hand stay."""

from dataclasses import replace

import pytest
from nbgrader.api import Gradebook

from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import COURSE_ID, Course
from selfattn_grade.overview import as_csv
from selfattn_grade.regrade import difference, regrade
from selfattn_grade.result import Result
from tests.selfattn_grade.a_small_class import RIGHT, START, WRONG, made_up, small_class
from tests.selfattn_grade.sandbox import need_sandbox


@pytest.mark.slow
def test_regrade_shows_the_difference_keeps_marks_by_hand_and_the_history(tmp_path):
    need_sandbox()
    answers = {"gains": RIGHT, "loses": WRONG, "stays": RIGHT, "by-hand": RIGHT}
    root = small_class(tmp_path, {name: {"double-answer": source} for name, source in answers.items()})
    run = ClassRun(root, START)
    for name in answers:  # as graded with a test that was wrong
        wrong = ["double"] if name in ("gains", "by-hand") else []
        run.store.add(made_up(run, name, wrong, test_hash="of the wrong test"))
    run.enter(run.latest())
    with Gradebook(Course(root).database, COURSE_ID) as gradebook:
        gradebook.find_grade("double-check-values", START, START, "by-hand").manual_score = 0.5
        gradebook.db.commit()

    told = []
    assert regrade(root, START, workers=2, say=told.append) == 0
    assert told[:-1] == [
        "by-hand: 0 → 1",
        "  double, values: 0 → 1   (the mark 0.5 that was given by hand stays)",
        "gains: 0 → 1",
        "  double, values: 0 → 1",
        "loses: 1 → 0",
        "  double, values: 1 → 0",
    ]
    assert told[-1].startswith("3 of 4 submissions have other points than before\n4 submissions: 4 graded")
    with Gradebook(Course(root).database, COURSE_ID) as gradebook:
        scores = {name: gradebook.find_submission(START, name).score for name in answers}
    assert scores == {"gains": 1, "loses": 0, "stays": 1, "by-hand": 0.5}
    assert [each.test_hash == run.test_hash for each in run.store.history("gains")] == [False, True]

    again = []
    regrade(root, START, workers=1, say=again.append)  # as after a regrade that was killed
    assert again == told


@pytest.fixture
def nothing_to_grade(monkeypatch):
    """A regrade finds the results that are there already."""
    monkeypatch.setattr(ClassRun, "grade", lambda self, *args, **options: None)
    monkeypatch.setattr("selfattn_grade.class_run.require_sandbox", lambda: None)


def test_regrade_writes_the_table_anew(tmp_path, nothing_to_grade):
    run = ClassRun(small_class(tmp_path, {"ada": {"double-answer": RIGHT}}), START)
    run.store.add(made_up(run, "ada", ["double"], test_hash="of the wrong test"))
    run.finish()
    run.store.add(made_up(run, "ada"))
    regrade(tmp_path, START, say=lambda line: None)
    assert run.table.read_text(encoding="utf-8") == as_csv(run.latest()).replace("\r\n", "\n")


def test_regrade_compares_with_the_last_verdict_of_other_tests_and_not_with_a_torn_file(tmp_path, nothing_to_grade):
    run = ClassRun(small_class(tmp_path, {"ada": {"double-answer": RIGHT}}), START)
    run.store.add(made_up(run, "ada", ["double"], test_hash="of the wrong test"))
    run.store.add(Result("ada", START, "unreadable"))
    run.store.add(made_up(run, "ada"))
    told = []
    regrade(tmp_path, START, say=told.append)
    assert told[0] == "ada: 0 → 1"


def test_regrade_somebody_whose_folder_appears_meanwhile_has_no_difference(tmp_path, monkeypatch, nothing_to_grade):
    run = ClassRun(small_class(tmp_path, {}), START)

    def grade(self, *args, **options):
        small_class(tmp_path, {"late": {"double-answer": RIGHT}})
        self.store.add(made_up(self, "late"))

    monkeypatch.setattr(ClassRun, "grade", grade)
    told = []
    assert regrade(tmp_path, START, say=told.append) == 0
    assert told == ["0 of 1 submissions have other points than before\n1 submissions: 1 graded"]
    assert run.table.exists()


def test_difference_tells_of_states_and_of_nothing_when_nothing_changed(tmp_path):
    run = ClassRun(small_class(tmp_path, {}), START)
    right, torn = made_up(run, "ada"), Result("ada", START, "unreadable")
    assert list(difference(None, right)) == []
    assert list(difference(right, replace(right, test_hash="other"))) == []
    assert list(difference(torn, right)) == ["ada: unreadable → 1", "  double, values: no verdict → 1"]
    assert list(difference(right, torn)) == ["ada: 1 → unreadable", "  double, values: 1 → no verdict"]
