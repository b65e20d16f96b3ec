"""Late submissions (row 43): the penalty follows the deadline and the extension, and each change is written down."""

import json
from datetime import datetime

import pytest

from selfattn_grade.__main__ import main
from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import open_gradebook
from selfattn_grade.late_penalties import handed_in_at, penalty
from selfattn_grade.standing import standings
from tests.selfattn_grade.a_small_class import RIGHT, START, made_up, small_class

ZERO = "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"


@pytest.fixture
def late(tmp_path):
    """A class with the rule "late gets nothing", in which ada handed in on December 2 at noon."""
    root = small_class(tmp_path, {"ada": {"double-answer": RIGHT}, "ben": {"double-answer": RIGHT}})
    with open(root / "nbgrader_config.py", "a", encoding="utf-8") as stream:
        stream.write(ZERO)
    (root / "submitted" / "ada" / START / "timestamp.txt").write_text("2026-12-02 12:00:00 UTC", encoding="utf-8")
    run = ClassRun(root, START)
    for name in ("ada", "ben"):
        run.store.add(made_up(run, name))
    return root


def enter(root):
    run = ClassRun(root, START)
    return run.enter(run.latest())


def deadline(root, *arguments):
    assert main(["--course", str(root), "deadline", START, *arguments]) == 0


def test_penalty_follows_the_deadline_and_the_extension_and_is_logged(late, capsys):
    assert enter(late) == []
    deadline(late, "--due", "2026-12-01 12:00 UTC")
    assert enter(late) == ["ada: late penalty 0 → 1 (24.0 h after 2026-12-01 12:00 UTC)"]
    assert enter(late) == []
    deadline(late, "--student", "ada", "--hours", "30")
    assert "ada has 30 h more: 2026-12-02 18:00" in capsys.readouterr().out
    assert enter(late) == ["ada: late penalty 1 → 0 (not late)"]
    deadline(late, "--student", "ada", "--hours", "0")
    assert enter(late) == ["ada: late penalty 0 → 1 (24.0 h after 2026-12-01 12:00 UTC)"]
    lines = (late / "grading" / START / "penalties.log").read_text(encoding="utf-8").splitlines()
    assert [(json.loads(line)["before"], json.loads(line)["after"]) for line in lines] == [(0, 1), (1, 0), (0, 1)]


def test_penalty_that_was_entered_but_not_logged_is_logged_by_the_next_run(late):
    enter(late)
    deadline(late, "--due", "2026-12-01 12:00 UTC")
    enter(late)
    log = late / "grading" / START / "penalties.log"
    log.unlink()
    assert len(enter(late)) == 1
    assert log.exists()


A_QUARTER = """
from nbgrader.plugins import LateSubmissionPlugin
class AQuarter(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.25
c.AssignLatePenalties.plugin_class = AQuarter
"""


@pytest.mark.parametrize(("rule", "total"), [("", 0), (A_QUARTER, 0.25)])
def test_export_takes_the_penalty_off_marks_that_were_given_by_hand_after_the_run(late, rule, total):
    with open(late / "nbgrader_config.py", "a", encoding="utf-8") as stream:
        stream.write(rule)
    run = ClassRun(late, START)
    run.store.add(made_up(run, "ada", wrong=["double"]))
    deadline(late, "--due", "2026-12-01 12:00 UTC")
    assert enter(late) == []  # there is nothing to take anything off
    with open_gradebook(run.course.database) as gradebook:
        gradebook.find_grade("double-check-values", START, START, "ada").manual_score = 0.5
        gradebook.db.commit()
    found = {row.student: row for row in standings(late, run.course.database, START)}
    assert (found["ada"].status, found["ada"].total, found["ben"].total) == ("graded", total, 1)
    assert enter(late) == [f"ada: late penalty 0 → {0.5 - total:g} (24.0 h after 2026-12-01 12:00 UTC)"]
    with open_gradebook(run.course.database) as gradebook:
        assert gradebook.find_submission(START, "ada").late_submission_penalty == 0.5 - total
    assert next(row for row in standings(late, run.course.database, START) if row.student == "ada").total == total


@pytest.mark.parametrize(("asked", "points"), [(-1, 0), (7, 1), (None, 0)])
def test_penalty_lies_between_nothing_and_the_score(late, asked, points):
    rule = A_QUARTER.replace("0.25", str(asked))
    with open(late / "nbgrader_config.py", "a", encoding="utf-8") as stream:
        stream.write(rule)
    deadline(late, "--due", "2026-12-01 12:00 UTC")
    enter(late)
    run = ClassRun(late, START)
    with open_gradebook(run.course.database) as gradebook:
        assert penalty(gradebook, run.course.config, START, "ada") == (points, 86_400, "2026-12-01 12:00 UTC")


def test_deadline_in_a_course_that_has_no_gradebook_yet_and_no_activated_environment(late, monkeypatch, capsys):
    (late / "nbgrader_config.py").unlink()  # which puts nbgrader's commands on the path
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    deadline(late, "--due", "2026-12-01 12:00 UTC")
    assert "is due 2026-12-01 12:00 UTC" in capsys.readouterr().out
    enter(late)
    deadline(late)
    assert "is due 2026-12-01 12:00 UTC" in capsys.readouterr().out


def test_deadline_of_an_assignment_that_was_never_released_is_refused(late, capsys):
    enter(late)
    assert main(["--course", str(late), "deadline", "00-strat", "--due", "2026-12-01 12:00 UTC"]) == 2
    assert "must have been released" in capsys.readouterr().err
    with open_gradebook(ClassRun(late, START).course.database) as gradebook:
        assert [each.name for each in gradebook.assignments] == [START]


@pytest.mark.parametrize("arguments", [("--student", "ada"), ("--hours", "3")])
def test_deadline_half_an_extension_is_refused_and_changes_nothing(late, arguments, capsys):
    enter(late)
    deadline(late, "--due", "2026-12-01 12:00 UTC")
    deadline(late, "--student", "ada", "--hours", "30")
    assert main(["--course", str(late), "deadline", START, *arguments]) == 2
    assert "needs both --student and --hours" in capsys.readouterr().err
    deadline(late)
    assert "ada has 30 h more" in capsys.readouterr().out


def test_extension_without_a_deadline_is_refused_and_one_that_is_left_is_no_penalty(late, capsys):
    enter(late)
    assert main(["--course", str(late), "deadline", START, "--student", "ada", "--hours", "30"]) == 2
    assert "an extension needs a deadline" in capsys.readouterr().err
    deadline(late, "--due", "2026-12-01 12:00 UTC", "--student", "ada", "--hours", "1")
    assert enter(late) == ["ada: late penalty 0 → 1 (23.0 h after 2026-12-01 13:00 UTC)"]
    with open_gradebook(ClassRun(late, START).course.database) as gradebook:  # as the form grader can
        gradebook.find_assignment(START).duedate = None
        gradebook.db.commit()
    deadline(late)
    assert enter(late) == ["ada: late penalty 1 → 0 (not late)"]


def test_deadline_of_nothing_known_is_refused(late, capsys):
    enter(late)
    assert main(["--course", str(late), "deadline", START, "--student", "nobody", "--hours", "1"]) == 2
    assert "nothing of this name is in the gradebook" in capsys.readouterr().err


def test_handed_in_at_reads_a_plain_file_with_a_time_and_nothing_else(tmp_path):
    stamp = tmp_path / "timestamp.txt"
    assert handed_in_at(tmp_path) is None
    stamp.write_text("2026-12-02 12:00:00 CET", encoding="utf-8")
    assert handed_in_at(tmp_path) == datetime(2026, 12, 2, 11)
    for text in ("", "soon", "9" * 10_000, "\0"):
        stamp.write_text(text, encoding="utf-8")
        assert handed_in_at(tmp_path) is None
    stamp.unlink()
    stamp.symlink_to("/dev/zero")
    assert handed_in_at(tmp_path) is None
