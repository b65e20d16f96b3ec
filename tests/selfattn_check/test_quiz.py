"""A quiz: each answer is diagnosed alone, and nothing that the learner can see says what is right."""

import dataclasses

import numpy as np
import pytest

from selfattn_check import EXERCISES, Exercise, Mistake, Probe
from selfattn_check.checking import examine

RIGHT = {"shape": (31, 57), "count": 4711, "word": "marmalade", "holds": True, "other": (83, 29)}


def steps(
    *,
    shape=lambda: RIGHT["shape"],
    count=lambda: RIGHT["count"],
    word=lambda: RIGHT["word"],
    holds=lambda: RIGHT["holds"],
    other=lambda: RIGHT["other"],
):
    return {"shape": shape(), "count": count(), "word": word(), "holds": holds(), "other": other()}


def _answering(code, **answers):
    replaces = {name: lambda answer=answer: answer for name, answer in answers.items()}
    return Mistake(code, f"when {code}", f"think about {code}", replaces)


QUIZ = Exercise(
    id="quiz",
    assignment="00-toy",
    chapter=0,
    section="Toys",
    anchor="toys",
    title="Five questions",
    minutes=1,
    difficulty=1,
    statement="",
    reference=lambda: dict(RIGHT),
    blueprint=steps,
    returns=("answers",),
    probes=(Probe("questions", "five of them", lambda rng: {}),),
    mistakes=(
        _answering("axis-lost", shape=(31,)),
        _answering("axis-lost", other=(83,)),
        _answering("counts-twice", count=9422),
        _answering("jam", word="jam"),
        _answering("denies", holds=False),
    ),
    hints=("one", "two", "three"),
    forbidden=("selfattn_ref.*",),
    quiz=True,
)


def answered(**changed):
    return examine(QUIZ, lambda: RIGHT | changed)


def codes(report):
    return [diagnosis.code for diagnosis in report.diagnoses]


def test_right_answers_pass():
    report = answered()
    assert report.passed
    assert answered(count=np.int64(4711), shape=(np.int64(31), 57)).passed


def test_three_wrong_answers_are_each_explained_though_no_pair_explains_them():
    report = answered(shape=(31,), count=9422, word="jam")
    assert report.state == "failed"
    assert codes(report) == ["axis-lost", "counts-twice", "jam"]
    assert all(diagnosis.confirmed for diagnosis in report.diagnoses)
    assert report.diagnoses[1].message == "yours (count) is exactly what comes out when counts-twice"


def test_one_idea_in_two_answers_is_named_once_with_both():
    report = answered(shape=(31,), other=(83,))
    assert codes(report) == ["axis-lost"]
    assert report.diagnoses[0].message.startswith("yours (shape, other) is exactly")


def test_unknown_wrong_answer_is_a_symptom_that_says_which():
    report = answered(count=5)
    assert codes(report) == ["wrong-values"]
    assert not report.diagnoses[0].confirmed
    assert "1 of 5 are not right; wrong: count" in report.text


def test_unknown_wrong_answer_beside_a_known_one_hides_nothing():
    report = answered(count=5, word="jam")
    assert codes(report) == ["jam"]
    assert "wrong: count, word" in report.text


def test_open_and_strange_answers_are_said_without_the_right_ones():
    report = answered(shape=None, other=[83, 29], holds="yes", count="many")
    fact = report.example.faults[0].fact
    assert fact == (
        "4 of 5 are not right; count must be an integer; holds must be True or False; "
        "other must be a tuple of integers; not answered yet: shape"
    )
    assert codes(report) == ["wrong-type"]


@pytest.mark.parametrize("answer", [(31, 57.0), ("31", 57), (np.ones(2), 57), ((31,), 57), (True, 57)])
def test_tuple_with_something_else_in_it_is_of_the_wrong_kind(answer):
    assert "shape must be a tuple of integers" in answered(shape=answer).text


@pytest.mark.parametrize("attempt", [lambda: None, lambda: {"shape": (31, 57)}, lambda: list(RIGHT.values())])
def test_another_result_than_the_dict_says_so(attempt):
    report = examine(QUIZ, attempt)
    assert report.state == "failed"
    assert "a dict with the keys ['shape', 'count', 'word'," in report.text or "lacks 'count', 'word'," in report.text


WRONG = {"shape": (1,), "count": 0, "word": "x", "holds": 0.5, "other": None}


def everything_in(report):
    return "\n".join([report.text, report._repr_html_(), repr(report.comparisons), repr(report.diagnoses)])


def test_nothing_shows_what_is_right():
    shown = everything_in(answered(**WRONG))
    for secret in ("31, 57", "4711", "marmalade", "83, 29"):
        assert secret not in shown


def test_without_the_field_the_right_answers_are_shown():
    """The test above can fail."""
    shown = everything_in(examine(dataclasses.replace(QUIZ, quiz=False), lambda: RIGHT | WRONG))
    assert "marmalade" in shown
    assert "4711" in shown


QUIZZES = [exercise for exercise in EXERCISES.values() if exercise.quiz]


@pytest.mark.parametrize("exercise", QUIZZES, ids=lambda exercise: exercise.id)
def test_quiz_of_the_course_keeps_its_right_answers_to_itself(exercise):
    """Whatever is answered: shapes and counts, which a report could only have from the reference, are nowhere in it."""
    right = exercise.reference()
    secrets = [str(answer) for answer in right.values() if type(answer) in (tuple, int) and len(str(answer)) > 2]
    assert len(secrets) >= 5
    for wrong in ("nothing", [3, 1], -1, (7, 7, 7)):
        shown = everything_in(examine(exercise, lambda wrong=wrong: dict.fromkeys(right, wrong)))
        assert f"{len(right)} of {len(right)} are not right" in shown
        assert not [secret for secret in secrets if secret in shown]
    for mistake in exercise.mistakes:
        assert not [secret for secret in secrets if secret in f"{mistake.note} {mistake.help}"]
