"""Every exercise has everything, and each of its mistakes is noticed and told from the others."""

import doctest
import inspect
import re

import numpy as np
import pytest

import selfattn_ref
from selfattn_check import EXERCISES
from selfattn_check.blueprints import attention, gradients, heads
from selfattn_check.call import identical
from selfattn_check.checking import examine

ALL = list(EXERCISES.values())
MISTAKES = [
    pytest.param(exercise, mistake, id=f"{exercise.id}-{mistake.code}-{number}")
    for exercise in ALL
    for number, mistake in enumerate(exercise.mistakes)
]


def arrays(arguments):
    """The arrays among the arguments of a probe, those in dicts of parameters included."""
    for value in arguments.values():
        if isinstance(value, dict):
            yield from arrays(value)
        elif isinstance(value, np.ndarray):
            yield value


@pytest.fixture(params=ALL, ids=lambda exercise: exercise.id)
def exercise(request):
    return request.param


def test_exercise_has_everything(exercise):
    assert EXERCISES[exercise.id] is exercise
    assert exercise.reference is getattr(selfattn_ref, exercise.id)
    assert re.fullmatch(r"\d\d[a-z]?-[a-z-]+", exercise.assignment)
    assert exercise.assignment.startswith(f"{exercise.chapter:02}")
    assert exercise.section
    assert exercise.anchor
    assert 1 <= exercise.difficulty <= 3
    assert 1 <= exercise.minutes <= 60
    assert exercise.stars == "★" * exercise.difficulty
    assert len(exercise.hints) == 3
    assert all(hint == hint.strip() and hint for hint in exercise.hints)
    assert exercise.points == sum(exercise.parts.values()) > 0
    assert "selfattn_ref.*" in exercise.forbidden
    assert len(exercise.mistakes) >= 8


def test_statement_has_a_formula_shapes_and_an_example_that_is_true(exercise):
    assert "$$" in exercise.statement
    assert "| returns" in exercise.statement
    names = {name: getattr(selfattn_ref, name) for name in selfattn_ref.__all__}
    example = doctest.DocTestParser().get_doctest(exercise.statement, names, exercise.id, None, 0)
    assert any(exercise.id in each.source for each in example.examples)
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0


def test_every_part_has_probes_and_every_probe_a_name_and_a_purpose(exercise):
    assert {probe.part for probe in exercise.probes} == set(exercise.parts)
    names = [probe.name for probe in exercise.probes]
    assert len(set(names)) == len(names)
    assert all(probe.purpose and not probe.purpose.endswith(".") for probe in exercise.probes)


@pytest.mark.parametrize("seed", [0, 1, 41])
def test_reference_and_blueprint_are_the_same_function(exercise, seed):
    report = examine(exercise, exercise.blueprint, seed=seed)
    assert report.passed, report.text


def test_probes_draw_the_same_numbers_again_and_others_for_another_seed(exercise):
    for probe in exercise.probes:
        first, again = probe.draw(3), probe.draw(3)
        assert identical(first, again)
        for value, same in zip(arrays(first), arrays(again), strict=True):
            assert not np.shares_memory(value, same)


def test_inputs_are_tried_read_only_and_as_float32_where_they_are_arrays(exercise):
    drawn = [array for probe in exercise.probes for array in arrays(probe.draw())]
    if drawn:
        assert any(not array.flags.writeable for array in drawn)
    if any(array.dtype == np.float64 for array in drawn):
        assert any(array.dtype == np.float32 for array in drawn)
        assert any(not array.flags.c_contiguous for array in drawn)


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_known_mistake_is_rejected_and_named(exercise, mistake):
    report = examine(exercise, exercise.replay(mistake))
    assert report.state in ("failed", "errored")
    assert mistake.code in [each.code for each in report.diagnoses if each.confirmed]


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_known_mistake_is_rejected_under_another_seed(exercise, mistake):
    assert not examine(exercise, exercise.replay(mistake), seed=20261123).passed


CERTAIN_NAMES = (
    *("double", "rnn_states", "gradient_reach", "soft_lookup", "max_path_length"),
    *("project_qkv", "causal_mask", "padding_mask", "sliding_window_mask"),
    *("split_heads", "merge_heads", "attention_cost", "convert_mask"),
    *("copy_weights", "FeedForward", "EncoderLayer", "DecoderLayer"),
)


@pytest.mark.parametrize(("exercise", "mistake"), [each for each in MISTAKES if each.id.startswith(CERTAIN_NAMES)])
def test_known_mistake_is_told_from_all_others(exercise, mistake):
    assert {each.code for each in examine(exercise, exercise.replay(mistake)).diagnoses} == {mistake.code}


def test_mistakes_are_worded_to_complete_the_sentence(exercise):
    for mistake in exercise.mistakes:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", mistake.code)
        assert mistake.note.startswith(("when ", "without ", "with ", "as ")), mistake.note
        assert not mistake.note.endswith(".")
        assert not mistake.help.endswith(".")


def test_mistakes_replace_steps_that_exist(exercise):
    """A step with a misspelt name would be a mistake that never matches."""
    steps = step_names(exercise.blueprint)
    for mistake in exercise.mistakes:
        assert mistake.replaces
        assert set(mistake.replaces) <= steps | {"whole"}


PASSED_ON = {
    "of_weights": attention.weights,
    "of_one_head": attention.attention,
    "of_head": gradients.head_gradient,
    "steps": heads.cross,
}


def step_names(blueprint):
    """Keyword-only parameters; those behind `**of_weights` are the ones of the blueprint `weights`, and so on."""
    names = set()
    for each in inspect.signature(blueprint).parameters.values():
        if each.kind is inspect.Parameter.KEYWORD_ONLY:
            names.add(each.name)
        elif each.kind is inspect.Parameter.VAR_KEYWORD:
            names |= step_names(PASSED_ON[each.name])
    return names


KNOWN_BEFOREHAND = {"worked_example", "errata_quiz", "score_variance"}


def test_answers_remembered_from_one_seed_are_of_no_use_under_another(exercise):
    if exercise.id in KNOWN_BEFOREHAND:
        pytest.skip("its probes are the same under every seed")
    drawn = [[list(probe.draw(seed).values()) for seed in (0, 7)] for probe in exercise.probes]
    assert any(not all(map(identical, first, second)) for first, second in drawn)
