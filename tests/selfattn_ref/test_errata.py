"""Every answer that can be computed is compared with what the reference really does."""

import numpy as np
import pytest

from selfattn_ref import (
    attention_cost,
    attention_scores,
    errata_quiz,
    multi_head_attention,
    split_heads,
    worked_example,
)
from selfattn_ref.errata import ERRATA_QUESTIONS, ERRATA_SETTING

N, D_MODEL, NUM_HEADS, HEAD_DIM = 5, 12, 3, 4


@pytest.fixture
def made(rng):
    x = rng.normal(size=(N, D_MODEL))
    params = {name: rng.normal(size=(D_MODEL, D_MODEL)) for name in ("w_q", "w_k", "w_v", "w_o")}
    return x, params, {role: split_heads(x @ params[f"w_{role}"], NUM_HEADS) for role in "qkv"}


def test_errata_every_question_has_an_answer_of_a_plain_type():
    answers = errata_quiz()
    assert list(answers) == list(ERRATA_QUESTIONS)
    assert {type(answer) for answer in answers.values()} == {int, bool, str, tuple}
    assert all(question.startswith("§") and question.endswith("?") for question in ERRATA_QUESTIONS.values())
    assert all(f'"{answer}"' in ERRATA_QUESTIONS[key] for key, answer in answers.items() if isinstance(answer, str))


def test_errata_docstring_names_every_key():
    assert all(f'"{key}"' in errata_quiz.__doc__ for key in ERRATA_QUESTIONS)


def test_errata_setting_is_the_one_computed_here():
    numbers = (f"n = {N}", f"d_model = {D_MODEL}", f"{NUM_HEADS} heads", f"head_dim = {HEAD_DIM}")
    assert all(number in ERRATA_SETTING for number in numbers)


def test_errata_shapes_are_those_of_the_reference(made):
    x, params, heads = made
    answers = errata_quiz()
    _, weights = multi_head_attention(x, params, NUM_HEADS)
    assert answers["q_shape"] == heads["q"].shape
    assert answers["scores_shape"] == attention_scores(heads["q"], heads["k"]).shape
    assert answers["weights_shape"] == weights.shape
    assert answers["output_shape"] == (weights @ heads["v"]).shape
    assert answers["output_projection_shape"] == params["w_o"].shape
    example = worked_example()
    assert answers["example_scores_shape"] == example["scores"].shape
    assert answers["example_output_shape"] == example["output"].shape


def test_errata_counts_are_those_of_the_reference():
    answers, cost = errata_quiz(), attention_cost(N, D_MODEL, NUM_HEADS)
    assert answers["parameter_count"] == cost["parameters"]
    assert answers["parameter_count_at_100_tokens"] == attention_cost(100, D_MODEL, NUM_HEADS)["parameters"]
    factor = attention_cost(N, D_MODEL, 4 * NUM_HEADS)["multiply_adds"] / cost["multiply_adds"]
    assert answers["work_factor_of_4_times_the_heads"] == factor
    cheaper = [n for n in range(1, 2000) if attention_cost(n, 12, 3)["multiply_adds"] < 2 * n * 12**2]
    assert answers["less_work_than_rnn"] == bool(cheaper)


def test_errata_weights_behave_as_answered(made):
    x, params, heads = made
    answers = errata_quiz()
    _, weights = multi_head_attention(x, params, NUM_HEADS)
    _, other = multi_head_attention(x, params | {"w_v": 2 * params["w_v"]}, NUM_HEADS)
    assert answers["weights_use_values"] == (not np.array_equal(weights, other))
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0)
    assert answers["weights_sum_to_one_over"] == "query"
    assert answers["scores_per_softmax"] == weights.shape[-1]
    exponentials = np.exp(heads["q"] @ heads["k"].swapaxes(-1, -2) / HEAD_DIM**0.5)
    inside = np.allclose(exponentials / exponentials.sum(axis=-1, keepdims=True), weights)
    assert answers["scale_inside_exponent"] == answers["exponentials_divided_by_row_sum"] == inside
