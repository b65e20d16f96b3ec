"""Late submissions (row 43): the penalty follows the deadline and the extension, and each change is written down."""

import json
from datetime import datetime

import pytest

from selfattn_grade.__main__ import main
from selfattn_grade.class_run import ClassRun
from selfattn_grade.late_penalties import handed_in_at
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
    return [str(change) for change in run.enter(run.latest())]


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
    deadline(late, "--student", "ada")
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
