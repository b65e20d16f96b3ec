"""Only a replayed mistake is named, and it must explain every wrong probe."""

import dataclasses

import numpy as np
import pytest
import torch

from selfattn_check import check
from selfattn_check.checking import examine
from selfattn_check.exercise import Mistake
from selfattn_check.probe import Probe
from selfattn_check.symptoms import SYMPTOMS
from tests.kill_matrix import specimens
from tests.selfattn_check.toy import MISTAKES, TOY, affine, replay


def codes(attempt, exercise=TOY, **options):
    return [diagnosis.code for diagnosis in examine(exercise, attempt, **options).diagnoses]


def with_scalar_refused(function):
    def attempt(x, shift=1.0):
        if x.ndim == 0:
            raise ValueError("x must have axes")
        return function(x, shift)

    return attempt


@pytest.mark.parametrize("code", ["triples", "negates", "forgets-shift", "subtracts", "does-nothing"])
def test_single_mistake_is_named_alone_and_confirmed(code):
    report = examine(TOY, replay(code))
    assert [(each.code, each.confirmed) for each in report.diagnoses] == [(code, True)]
    assert report.diagnoses[0].message == f"yours is exactly what comes out with {code}"
    assert report.diagnoses[0].see == f"mistakes/{code}"


def test_pair_of_mistakes_is_named_together():
    report = examine(TOY, replay("triples", "subtracts"))
    assert [each.code for each in report.diagnoses] == ["triples", "subtracts"]
    assert {each.message for each in report.diagnoses} == {
        "yours is exactly what comes out with triples and with subtracts"
    }


def test_pair_is_not_tried_where_one_mistake_explains_all():
    assert codes(replay("forgets-shift")) == ["forgets-shift"]


def test_mistakes_that_cannot_be_told_apart_are_both_named():
    assert codes(replay("twin-one")) == codes(replay("twin-two")) == ["twin-one", "twin-two"]


def test_mistake_that_also_explains_the_right_probes_is_preferred():
    assert codes(replay("loses-the-sign")) == ["loses-the-sign"]


def test_mistake_that_misses_a_right_probe_is_named_if_it_is_the_only_one():
    only_worse = dataclasses.replace(TOY, mistakes=[m for m in MISTAKES if m.code != "loses-the-sign"])
    (found,) = examine(only_worse, replay("loses-the-sign")).diagnoses
    assert found.code == "loses-the-sign-and-more"
    assert found.message == "where it is wrong, yours is exactly what comes out with loses-the-sign-and-more"


def test_mistake_that_misses_a_right_probe_needs_more_than_an_equal_exception_or_emptiness():
    right = with_scalar_refused(affine)
    needs_two_axes = replay("needs-two-axes")
    empty = dataclasses.replace(
        TOY,
        probes=(*TOY.probes, Probe("empty", "no rows", lambda rng: {"x": np.empty((0, 3))})),
        mistakes=(Mistake("flattens", "with flattens", "do not", {"scale": lambda x: 3 * np.ravel(x)}),),
    )
    assert codes(lambda x, shift=1.0: right(x, shift) if len(x.shape) != 1 else needs_two_axes(x, shift)) == ["raises"]
    assert codes(lambda x, shift=1.0: right(x, shift) if x.size else np.empty(0), empty) == ["wrong-shape"]


def test_unknown_mistake_is_a_symptom_and_not_confirmed():
    report = examine(TOY, with_scalar_refused(lambda x, shift: x * 7 + np.asarray(shift, x.dtype)))
    assert [(each.code, each.confirmed) for each in report.diagnoses] == [("wrong-values", False)]
    assert "exactly" not in report.text
    assert "note:" not in report.text


def test_mistake_on_all_wrong_probes_but_one_is_not_named():
    tripled = replay("triples")

    def attempt(x, shift=1.0):
        return tripled(x, shift) if x.dtype == np.float64 else x * 4

    assert codes(attempt) == ["wrong-values"]


def test_same_exception_on_every_probe_alone_is_no_proof():
    def attempt(x, shift=1.0):
        raise ValueError("something else altogether")

    report = examine(TOY, attempt)
    assert [each.code for each in report.diagnoses] == ["raises"]
    assert not report.diagnoses[0].confirmed


def test_same_exception_with_the_same_words_is_proof():
    report = examine(TOY, replay("needs-two-axes"))
    assert [each.code for each in report.diagnoses] == ["needs-two-axes"]


def test_slip_of_precision_does_not_hide_the_mistake():
    tripled = replay("triples")
    report = examine(TOY, lambda x, shift=1.0: tripled(x, shift) * np.float64(1))
    assert [each.code for each in report.diagnoses] == ["triples", "dtype-promoted"]
    assert all(each.confirmed for each in report.diagnoses)


def test_slip_of_precision_alone_is_named():
    right = with_scalar_refused(affine)
    report = examine(TOY, lambda x, shift=1.0: right(x, shift) * np.float64(1))
    assert [each.code for each in report.diagnoses] == ["dtype-promoted"]
    assert codes(lambda x, shift=1.0: right(x, shift).astype(np.float32)) == ["wrong-dtype"]


def test_changed_argument_is_named_beside_the_mistake():
    def attempt(x, shift=1.0):
        result = replay("triples")(x, shift)
        if x.flags.writeable:
            x[...] = 0
        return result

    assert codes(attempt) == ["triples", "mutates-input"]


def test_write_to_a_read_only_argument_is_not_mistaken_for_a_wrong_result():
    def attempt(x, shift=1.0):
        if x.ndim == 0:
            raise ValueError
        if not x.flags.writeable:
            x += 0
        return affine(x, shift)

    report = examine(TOY, attempt)
    assert [each.code for each in report.diagnoses] == ["mutates-input"]
    assert "tries to change its argument x" in report.text


def test_nothing_is_replayed_for_a_ready_made_function():
    import selfattn_ref

    def attempt(x, shift=1.0):
        selfattn_ref.softmax(np.ones(2))
        return replay("triples")(x, shift)

    assert codes(attempt) == ["ready-made"]


def test_mistake_whose_replay_fails_is_no_trouble():
    exploding = Mistake("explodes", "n", "h", {"whole": lambda *arguments: 1 / 0})
    assert codes(replay("triples"), dataclasses.replace(TOY, mistakes=(exploding, *MISTAKES))) == ["triples"]


def test_mistakes_that_replace_the_same_step_do_not_combine():
    by_code = {mistake.code: mistake for mistake in MISTAKES}
    assert by_code["triples"].combines_with(by_code["subtracts"])
    assert not by_code["triples"].combines_with(by_code["negates"])
    assert not by_code["triples"].combines_with(by_code["does-nothing"])
    assert not by_code["triples"].combines_with(by_code["subtracts"].alone())
    assert not by_code["triples"].alone().combines_with(by_code["subtracts"])


@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (lambda x, shift=1.0: None, "returns-nothing"),
        (lambda x, shift=1.0: x.tolist(), "wrong-type"),
        (lambda x, shift=1.0: x[None], "wrong-shape"),
        (lambda x, shift=1.0: x > 0, "wrong-dtype"),
        (lambda x, shift=1.0: x * np.nan, "nan-in-result"),
        (lambda x, shift=1.0: x * np.inf, "inf-in-result"),
        (lambda x, shift=1.0: x * 0 + 99, "wrong-values"),
    ],
)
def test_symptom_without_a_known_mistake(attempt, code):
    assert codes(attempt)[0] == code


def test_missing_exception_is_a_symptom():
    def attempt(x, shift=1.0):
        return x * 2 + np.asarray(shift, x.dtype)

    report = examine(TOY, attempt)
    assert [each.code for each in report.diagnoses] == ["accepts-bad-input"]
    assert "returns a value, expected ValueError" in report.text


def test_right_attempt_has_no_diagnosis():
    assert examine(TOY, with_scalar_refused(affine)).diagnoses == []


def test_symptoms_are_complete():
    assert all(symptom.help and symptom.code == code for code, symptom in SYMPTOMS.items())


def test_replays_draw_from_a_fresh_generator():
    def draw_and_scale(rng, *, scale=lambda x: x * 2):
        return scale(rng.normal(size=3))

    wrong = [
        Mistake(code, f"with {code}", "do not", {"scale": scale})
        for code, scale in (("triples", lambda x: x * 3), ("negates", lambda x: -x))
    ]
    drawing = dataclasses.replace(
        TOY,
        reference=draw_and_scale,
        blueprint=draw_and_scale,
        probes=[Probe("draws", "random numbers", lambda rng: {"rng": rng})],
        mistakes=wrong,
    )
    assert codes(lambda rng: -rng.normal(size=3), drawing) == ["negates"]


def test_of_mistakes_that_fit_the_wrong_probes_alone_those_with_fewest_right_probes_against_them_are_named():
    """The last sum is dropped, in pre-norm only: there, with all dropped, a forgotten sum would look the same."""
    attempt = next(each.attempt for each in specimens() if each.attempt.__name__ == "drops_the_last_sum")
    (found,) = check("EncoderLayer", attempt, show=False).diagnoses
    assert found.code == "dropout-misplaced"
    assert found.message.startswith("where it is wrong, ")


def test_symptom_is_that_of_the_failure_that_the_report_shows():
    """A part's report speaks of its own failure, not of another part's that came first."""

    def attempt(x, shift=1.0):
        if x.dtype == np.float32:
            raise KeyError("half")
        return x * 17

    shown = examine(TOY, attempt, part="edges")
    assert shown.example.call.probe.name == "float32"
    assert [each.code for each in shown.diagnoses] == ["raises"]
    assert codes(attempt, part="values") == ["wrong-values"]


def test_mistake_of_another_part_is_not_told_where_the_numbers_are_right():
    def attempt(x, shift=1.0):
        return affine(x, shift) if x.dtype != np.float32 else affine(x.astype(float), shift)

    def elsewhere(x, shift=1.0):
        return attempt(x, shift) if x.dtype == np.float32 or x.ndim == 0 else replay("triples")(x, shift)

    probes = [dataclasses.replace(each, part="values") for each in TOY.probes if each.name != "read-only"]
    probes = [dataclasses.replace(each, part="edges") if each.name == "float32" else each for each in probes]
    exercise = dataclasses.replace(TOY, probes=probes)
    assert codes(elsewhere, exercise, part="edges") == ["dtype-promoted"]
    assert codes(elsewhere, exercise, part="values") == ["triples"]


def test_mistake_that_explains_the_shown_failure_comes_first():
    """Without a shift to forget, the first probe shows the scale alone; named first in the exercise or not."""
    probes = [
        dataclasses.replace(TOY.probes[0], build=lambda rng: {"x": np.ones((2, 3)), "shift": 0.0}),
        *TOY.probes[1:],
    ]
    last_first = sorted(MISTAKES, key=lambda mistake: "scale" in mistake.replaces)
    exercise = dataclasses.replace(TOY, probes=probes, mistakes=last_first)
    report = examine(exercise, replay("triples", "forgets-shift"))
    assert [each.code for each in report.diagnoses] == ["triples", "forgets-shift"]
    assert [line for line in report.text.splitlines() if "help:" in line] == [
        "  help: undo triples — book: mistakes/triples",
        "  help: add it — book: mistakes/forgets-shift",
    ]


def test_exceptions_are_explained_where_nothing_explains_all():
    raised = Mistake("refuses-shifts", "with refuses-shifts", "do not", {"move": _refusing})
    exercise = dataclasses.replace(TOY, mistakes=(*MISTAKES, raised))

    def attempt(text):
        def function(x, shift=1.0):
            if shift != 1.0:
                raise KeyError(text)
            return x * 17

        return function

    first = dataclasses.replace(exercise, probes=[each for each in TOY.probes if each.name in ("shift", "plain")][::-1])
    (found,) = examine(first, attempt("shift")).diagnoses
    assert (found.code, found.confirmed) == ("refuses-shifts", True)
    assert found.message == "where it raises an error, yours is exactly what comes out with refuses-shifts"
    assert codes(attempt("other words"), first) == ["raises"]


def _refusing(x, shift):
    if shift != 1.0:
        raise KeyError("shift")
    return x


def test_exercise_may_give_its_own_advice_about_a_symptom():
    exercise = dataclasses.replace(TOY, advice={"wrong-values": "look at the shift"})
    (found,) = examine(exercise, lambda x, shift=1.0: affine(x) * 17).diagnoses
    assert (found.code, found.help) == ("wrong-values", "look at the shift")


def test_a_batch_of_floats_that_always_asks_for_labels_is_told_what_it_raises():
    def attempt(items, pad_id=0):
        longest = max(len(item["input_ids"]) for item in items)
        rows = [[*item["input_ids"].tolist(), *[pad_id] * (longest - len(item["input_ids"]))] for item in items]
        labels = torch.tensor([item["label"] for item in items])
        return {"input_ids": torch.Tensor(rows), "attention_mask": torch.ones(len(items), longest), "labels": labels}

    report = check("pad_batch", attempt, part="labels", show=False)
    assert "raised KeyError: 'label'" in report.text
    assert [each.code for each in report.diagnoses] == ["expects-labels"]
