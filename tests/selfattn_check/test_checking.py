"""The door: four states, parts, seeds, names, and every strange thing a learner may pass."""

import dataclasses
import functools
import importlib
import sys

import numpy as np
import pytest
import torch

from selfattn_check import EXERCISES, CheckFailed, check
from selfattn_check.checking import SEED_VARIABLE, examine, find
from selfattn_check.probe import Probe
from tests.selfattn_check.toy import TOY, affine, replay


def right(x, shift=1.0):
    return TOY.blueprint(x, shift)


def raising(error):
    def attempt(x, shift=1.0):
        raise error

    return attempt


@pytest.mark.parametrize(
    ("attempt", "state"),
    [
        (right, "passed"),
        (replay("triples"), "failed"),
        (lambda x, shift=1.0: None, "failed"),
        (raising(ValueError("no")), "errored"),
        (raising(NotImplementedError()), "errored"),
        (raising(SystemExit()), "errored"),
        (3, "errored"),
        (lambda: 3, "errored"),
    ],
)
def test_state(attempt, state):
    report = examine(TOY, attempt)
    assert report.state == state
    assert report.passed == (state == "passed")


def test_attempt_that_never_returns_is_errored_and_stops_the_check():
    def attempt(x, shift=1.0):
        while True:
            pass

    report = examine(TOY, attempt, seconds=0.05)
    assert (report.state, [each.code for each in report.diagnoses]) == ("errored", ["times-out"])
    assert len(report.comparisons) == 1


def test_attempt_that_exits_is_errored_and_stops_the_check():
    report = examine(TOY, raising(SystemExit(0)))
    assert (report.state, [each.code for each in report.diagnoses]) == ("errored", ["exits"])
    assert len(report.comparisons) == 1


def test_call_that_was_stopped_counts_against_every_part():
    def attempt(x, shift=1.0):
        if x.shape == (2, 3):
            raise SystemExit
        return right(x, shift)

    assert not examine(TOY, attempt, part="edges").passed


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"reference": raising(ZeroDivisionError("ours"))}, 'RuntimeError: the reference failed on the probe "plain"'),
        ({"probes": [Probe("bad", "is broken", lambda rng: 1 / 0)]}, "ZeroDivisionError: division by zero"),
        ({"mistakes": [None]}, "AttributeError: 'NoneType' object has no attribute 'replaces'"),
    ],
)
def test_broken_check_is_not_a_failed_learner(change, trouble):
    broken = dataclasses.replace(TOY, **change)
    report = examine(broken, replay("triples"))
    assert (report.state, report.passed, report.diagnoses) == ("broken", False, [])
    assert report.trouble == trouble
    assert "This is a fault of the course, not of your code" in report.text


ODD = {
    "none": None,
    "number": 3,
    "string": "attention_scores",
    "array": np.ones(3),
    "list": [1, 2],
    "module": np,
    "tensor": torch.ones(3),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_attempt_that_is_no_function_is_told_so(odd):
    report = check("attention_scores", odd, show=False)
    assert [each.code for each in report.diagnoses] == ["not-a-function"]
    assert f"got {type(odd).__name__}" in report.text


class Scores:
    """A class where a function is asked for."""

    def __init__(self, q, k):
        self.scores = q @ k.swapaxes(-1, -2)


class CallableScores:
    def __call__(self, q, k):
        return q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5


def test_class_where_a_function_is_asked_for_is_a_wrong_type():
    report = check("attention_scores", Scores, show=False)
    assert [each.code for each in report.diagnoses] == ["wrong-type"]
    assert "Scores, expected a NumPy array" in report.text


@pytest.mark.parametrize(
    "attempt",
    [
        CallableScores(),
        CallableScores().__call__,
        functools.partial(lambda one, q, k: one * CallableScores()(q, k), 1),
        lambda *both: CallableScores()(both[0], both[1]),
        lambda q, k, scale=None: CallableScores()(q, k),
    ],
)
def test_every_kind_of_callable_is_accepted(attempt):
    assert check("attention_scores", attempt, show=False).passed


@pytest.mark.parametrize("attempt", [lambda q: q, lambda q, k, v: q, lambda *, q, k: q, lambda: None])
def test_wrong_number_of_parameters_is_told(attempt):
    report = check("attention_scores", attempt, show=False)
    assert (report.state, [each.code for each in report.diagnoses]) == ("errored", ["wrong-signature"])
    assert "the function must take (q, k), yours takes (" in report.text


def test_function_without_a_signature_is_called():
    assert [each.code for each in check("attention_scores", max, show=False).diagnoses] == ["raises"]


def test_missing_default_is_told_with_the_default():
    report = check("causal_mask", lambda q_len, k_len: None, show=False)
    assert [each.code for each in report.diagnoses] == ["wrong-signature"]
    assert "must take (q_len, k_len=None), yours takes (q_len, k_len)" in report.text


def test_tensor_result_is_a_wrong_type():
    report = check("attention_scores", lambda q, k: torch.ones(3), show=False)
    assert "scores is a torch Tensor, expected a NumPy array" in report.text


def test_attempt_that_breaks_numpy_settings_leaves_them_as_they_were():
    before = np.geterr()

    def attempt(q, k):
        np.seterr(all="ignore")
        return q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5

    try:
        assert check("attention_scores", attempt, show=False).passed
        assert np.geterr() == before
    finally:
        np.seterr(**before)


def test_part_counts_its_own_probes():
    def attempt(x, shift=1.0):
        return right(x, shift) if x.dtype == np.float64 else x

    assert not examine(TOY, attempt).passed
    assert not examine(TOY, attempt, part="edges").passed
    report = examine(TOY, attempt, part="values")
    assert report.passed
    assert report.points == 2
    assert [each.call.probe.part for each in report.comparisons] == ["values"] * 3


def test_diagnosis_of_a_part_uses_all_probes():
    """On the part's probes alone two mistakes look alike; the other part tells them apart."""
    probes = [dataclasses.replace(p, part="edges" if p.name == "positive" else "values") for p in TOY.probes]
    exercise = dataclasses.replace(TOY, probes=[p for p in probes if p.raises is None])
    codes = [each.code for each in examine(exercise, replay("loses-the-sign"), part="values").diagnoses]
    assert codes == ["loses-the-sign"]


def test_points_are_those_of_the_part_or_of_all():
    assert [examine(TOY, right, part=part).points for part in ("values", "edges", None)] == [2, 1, 3]


def test_seed_changes_the_numbers_but_not_the_verdict(monkeypatch):
    monkeypatch.setenv(SEED_VARIABLE, "41")
    report = check("attention_scores", lambda q, k: q, show=False)
    assert report.seed == 41
    numbers = [examine(TOY, right, seed=seed).comparisons[0].call.value for seed in (0, 41)]
    assert not np.array_equal(*numbers)
    assert examine(TOY, replay("negates"), seed=41).diagnoses[0].code == "negates"


def test_show_prints_the_report_and_raises_only_if_not_passed(capsys):
    report = check("attention_scores", lambda q, k: q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5)
    assert capsys.readouterr().out == f"{report.text}\n"
    with pytest.raises(CheckFailed) as caught:
        check("attention_scores", lambda q, k: q)
    assert capsys.readouterr().out == f"{caught.value.report.text}\n"


def test_without_show_nothing_is_printed_or_raised(capsys):
    assert not check("attention_scores", lambda q, k: q, show=False).passed
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("atention_scores", "got 'atention_scores'; did you mean 'attention_scores'?"),
        ("xyz", f"got 'xyz', one of {', '.join(EXERCISES)}"),
        (None, "got None"),
        (("a", "b"), "got ('a', 'b')"),
    ],
)
def test_unknown_exercise_names_the_nearest(name, message):
    with pytest.raises(ValueError, match="exercise_id must name an exercise") as caught:
        check(name, right)
    assert message in str(caught.value)
    assert caught.value._render_traceback_() == [f"ValueError: {caught.value}"]


def test_unknown_part_names_those_there_are():
    with pytest.raises(ValueError, match="part must be one of values or None, got 'mask'"):
        find("attention_scores", "mask")


def test_reference_is_not_called_with_the_learners_arrays():
    kept = []

    def attempt(x, shift=1.0):
        kept.append(x)
        for each in kept:
            if each.flags.writeable:
                each[...] = 0
        return affine(x, shift)

    report = examine(TOY, attempt)
    assert all(
        np.abs(each.expected.value).max() > 1e-3 for each in report.comparisons if each.expected.value is not None
    )
    assert "mutates-input" in [each.code for each in report.diagnoses]


@pytest.mark.parametrize(
    "borrowed",
    [
        EXERCISES["attention_scores"].blueprint,
        EXERCISES["attention_scores"].replay(),
        importlib.import_module("selfattn_check.blueprints.attention").scores,
        EXERCISES["attention_scores"].reference,
    ],
)
def test_what_the_check_knows_is_no_solution(borrowed):
    report = check("attention_scores", borrowed, show=False)
    assert [each.code for each in report.diagnoses] == ["ready-made"]


def test_blueprint_in_the_exercises_own_file_is_no_solution():
    shift = EXERCISES["position_shift_matrix"]
    report = check(shift.id, shift.blueprint, show=False)
    assert [each.code for each in report.diagnoses] == ["ready-made"]


def test_no_caller_of_an_attempt_holds_the_result():
    def read_from_a_caller(x, axis=-1):
        frame = sys._getframe()
        while frame:
            results = [getattr(value, "value", value) for value in frame.f_locals.values()]
            found.extend((x, axis, each) for each in results if type(each) is np.ndarray and each.shape == x.shape)
            frame = frame.f_back
        return x

    found: list[tuple[np.ndarray, int, np.ndarray]] = []
    check("softmax", read_from_a_caller, show=False)
    assert found
    assert not any(np.allclose(each, EXERCISES["softmax"].reference(x, axis)) for x, axis, each in found)


def test_the_exception_that_was_asked_for_is_named_beside_the_one_that_came():
    def raises_another(num_positions, d_model, base=10000.0):
        if d_model % 2:
            raise TypeError
        return np.zeros((num_positions, d_model))

    report = check("sinusoidal_positions", raises_another, show=False)
    faults = [fault.fact for comparison in report.comparisons for fault in comparison.faults]
    assert "raised TypeError, expected ValueError" in faults
