"""After a test was fixed (row 42): what changes is shown item by item, and marks given by hand stay."""

from dataclasses import replace

import pytest
from nbgrader.api import Gradebook

from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import COURSE_ID, Course
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


def test_difference_tells_of_states_and_of_nothing_when_nothing_changed(tmp_path):
    run = ClassRun(small_class(tmp_path, {}), START)
    right, torn = made_up(run, "ada"), Result("ada", START, "unreadable")
    assert list(difference(None, right)) == []
    assert list(difference(right, replace(right, test_hash="other"))) == []
    assert list(difference(torn, right)) == ["ada: unreadable → 1", "  double, values: no verdict → 1"]
    assert list(difference(right, torn)) == ["ada: 1 → unreadable", "  double, values: 1 → no verdict"]
