"""The demo class is graded by nbgrader itself, and a wrong table is noticed."""

from pathlib import Path

import nbformat
import pytest

from selfattn_check import EXERCISES
from selfattn_grade.demo import ASSIGNMENT, demo, surprises
from selfattn_grade.demo_submissions import learners
from selfattn_grade.grade_table import as_text
from selfattn_grade.release import solved_notebook

ROOT = Path(__file__).resolve().parents[2]
MINE = {name: each for name, each in EXERCISES.items() if each.assignment == ASSIGNMENT}
STUDENTS = ("perfect", "half-done", "two-mistakes", "crashes", "empty")


@pytest.fixture(scope="module")
def people():
    return learners(solved_notebook(ROOT, ASSIGNMENT), MINE)


def promised(people):
    return {
        learner.name: {
            (exercise.id, part): 0.0 if exercise.id in learner.wrong else float(points)
            for exercise in MINE.values()
            for part, points in exercise.parts.items()
        }
        for learner in people
    }


@pytest.mark.slow
def test_demo_grades_every_learner_as_promised(tmp_path, capsys):
    assert demo(ROOT, tmp_path / "class") == 0
    printed = capsys.readouterr().out
    most = sum(exercise.points for exercise in MINE.values())
    assert f"  {most}\n" in printed
    assert "in no sandbox" in printed
    for student in STUDENTS:
        page = tmp_path / "class" / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert "masked_softmax" in page.read_text(encoding="utf-8")
    rows = (tmp_path / "class" / "grades.csv").read_text(encoding="utf-8").splitlines()
    scores = {row.split(",")[3]: (float(row.split(",")[9]), float(row.split(",")[10])) for row in rows[1:]}
    assert scores["perfect"] == (most, most)
    assert scores["empty"] == (0, most)
    assert set(scores) == set(STUDENTS)


def test_surprises_promised_marks_are_none(people):
    assert surprises(promised(people), people) == []


@pytest.mark.parametrize(
    ("student", "points", "message"),
    [
        ("perfect", 0.0, "perfect must have 2 for attention_scores (values), got 0.0"),
        ("empty", 2.0, "empty must have 0 for attention_scores (values), got 2.0"),
        ("two-mistakes", 1.0, "two-mistakes must have 0 for attention_scores (values), got 1.0"),
        ("crashes", None, "crashes must have 2 for attention_scores (values), got None"),
    ],
)
def test_surprises_wrong_mark_is_named(people, student, points, message):
    marks = promised(people)
    marks[student]["attention_scores", "values"] = points
    assert surprises(marks, people) == [message]


def test_surprises_missing_student_is_named(people):
    marks = promised(people)
    del marks["perfect"]
    assert len(surprises(marks, people)) == sum(len(exercise.parts) for exercise in MINE.values())


def test_demo_wrong_table_exits_with_an_error(tmp_path, capsys, monkeypatch, people):
    marks = promised(people)
    marks["empty"]["causal_mask", "values"] = 2.0
    for step in ("generate_assignment", "autograde", "generate_feedback"):
        monkeypatch.setattr(f"selfattn_grade.demo.Course.{step}", lambda *_, **__: None)
    monkeypatch.setattr("selfattn_grade.demo._export", lambda *_: None)
    monkeypatch.setattr("selfattn_grade.demo.read_marks", lambda *_: marks)
    monkeypatch.setattr("selfattn_grade.demo.submission", lambda *_: "{}")
    monkeypatch.setattr("selfattn_grade.demo.Path.read_text", lambda *_, **__: "")
    monkeypatch.setattr("selfattn_grade.demo.solved_notebook", lambda *_: nbformat.v4.new_notebook())
    monkeypatch.setattr("selfattn_grade.demo.learners", lambda *_: people)
    assert demo(ROOT, tmp_path / "class") == 1
    assert "WRONG: empty must have 0 for causal_mask (values), got 2.0" in capsys.readouterr().out


def test_as_text_has_a_row_for_each_part_and_sums(people):
    lines = as_text(promised(people), MINE, STUDENTS).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[0].split() == ["exercise", *STUDENTS, "of"]
    assert lines[-1].split()[1:] == ["21", "6", "11", "17", "0", "21"]
    assert any(line.startswith("masked_softmax, stability") for line in lines)
    assert any(line.startswith("causal_mask  ") for line in lines)
