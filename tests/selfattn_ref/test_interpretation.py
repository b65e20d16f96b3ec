import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import attention_rollout, induction_score, softmax


def shares(seed, *shape):
    return softmax(np.random.default_rng(seed).normal(size=shape))


def test_attention_rollout_hand_computed():
    first = np.array([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])  # mean: all 1/2
    second = np.array([[[0.0, 1.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]])
    # A1 = [[3, 1], [1, 3]] / 4, A2 = [[1, 1], [0, 2]] / 2
    expected = [[0.5, 0.5], [0.25, 0.75]]
    np.testing.assert_array_equal(attention_rollout(np.stack([first, second])), expected)


@given(st.integers(0, 2**32 - 1))
def test_attention_rollout_rows_are_shares_and_layers_compose(seed):
    weights = shares(seed, 3, 2, 5, 5)
    rollout = attention_rollout(weights)
    np.testing.assert_allclose(rollout.sum(axis=-1), 1.0, rtol=1e-13)
    np.testing.assert_allclose(rollout, attention_rollout(weights[1:]) @ attention_rollout(weights[:1]), rtol=1e-12)


def test_attention_rollout_causal_layers_stay_causal(rng):
    weights = np.tril(rng.random((4, 2, 5, 5)))
    assert not np.triu(attention_rollout(weights), 1).any()


def test_induction_score_equals_its_rule_token_by_token():
    tokens = np.array([4, 9, 4, 4, 7, 9, 4])
    weights = shares(3, 2, 3, 7, 7)
    score = induction_score(weights, tokens)
    masses = []
    for i in range(7):
        places = [s + 1 for s in range(i) if tokens[s] == tokens[i]]
        if places:
            masses.append(weights[..., i, places].sum(axis=-1))
    np.testing.assert_allclose(score, np.mean(masses, axis=0), rtol=1e-13)


@pytest.mark.parametrize(("back", "expected"), [(4, 1.0), (5, 0.0), (1, 0.0)])
def test_induction_score_repeated_sequence_finds_the_head_that_looks_one_period_less_one_back(back, expected):
    tokens = np.tile([3, 1, 4, 7, 5], 3)
    weights = np.eye(15)[np.maximum(np.arange(15) - back, 0)]
    if back == 4:  # in the third round two places follow: half the weight on each is all the same
        weights[10:] = np.eye(15)[np.arange(10, 15) - 4] / 2 + np.eye(15)[np.arange(10, 15) - 9] / 2
    assert induction_score(weights, tokens) == expected


def test_induction_score_later_tokens_and_rows_without_a_past_do_not_count():
    weights = np.array([[np.nan, np.nan, np.nan], [np.nan, np.nan, np.nan], [np.nan, 0.25, np.nan]])
    assert induction_score(weights, np.array([6, 2, 6])) == 0.25
