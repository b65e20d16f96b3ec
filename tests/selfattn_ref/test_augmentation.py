import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import augment

MASK = 9


def certain(gapped):
    """Says for token t: the id t mod 7, without doubt."""
    return np.eye(10)[np.arange(len(gapped)) % 7]


def uniform(gapped):
    return np.full((len(gapped), 10), 0.1)


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_augment_follows_the_documented_draws(seed, rate):
    tokens = np.arange(8) % 5
    mine, theirs = np.random.default_rng(seed), np.random.default_rng(seed)
    asked = []

    def model(gapped):
        asked.append(gapped.tolist())
        return uniform(gapped)

    result = augment(tokens, model, MASK, rate, mine)
    gap = theirs.random(8) < rate
    expected = tokens.copy()
    if gap.any():
        expected[gap] = np.searchsorted(np.cumsum(np.full(10, 0.1)), theirs.random(gap.sum()), side="right")
    assert result.tolist() == expected.tolist()
    assert asked == ([np.where(gap, MASK, tokens).tolist()] if gap.any() else [])  # asked once, with all gaps
    assert mine.random() == theirs.random()


def test_augment_everything_or_nothing(rng):
    tokens = np.full(10, 8, np.int32)
    replaced = augment(tokens, certain, MASK, 1.0, rng)
    assert replaced.tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1, 2]
    assert replaced.dtype == np.int32
    kept = augment(tokens, certain, MASK, 0.0, rng)
    assert kept.tolist() == tokens.tolist()
    assert not np.shares_memory(kept, tokens)
    assert augment(tokens[:0], certain, MASK, 1.0, rng).shape == (0,)


def test_augment_draw_equal_to_the_rate_is_no_gap():
    draws = np.random.default_rng(4).random(11)
    rate = float(np.median(draws))  # one of the draws
    kept = augment(np.full(11, 8), certain, MASK, rate, np.random.default_rng(4))
    assert (kept == 8).tolist() == (draws >= rate).tolist()


def test_augment_model_that_writes_into_its_input_changes_nothing_else():
    def careless(gapped):
        gapped[:] = 3
        return certain(gapped)

    def run(model):
        return augment(np.full(10, 8), model, MASK, 0.5, np.random.default_rng(2)).tolist()

    assert run(careless) == run(certain)
    assert 8 in run(careless)


def test_augment_rows_outside_the_gaps_are_not_read():
    def partial_answer(gapped):
        table = np.full((len(gapped), 10), np.nan)
        table[gapped == MASK] = 0.1
        return table

    assert augment(np.full(10, 8), partial_answer, MASK, 0.5, np.random.default_rng(2)).shape == (10,)


@pytest.mark.parametrize("answer", [[[0.5, 0.5]] * 4, None, np.ones((4, 1), int)])
def test_augment_model_without_an_array_of_floats_is_named(answer, rng):
    with pytest.raises(TypeError, match="model's answer must be a NumPy array of floats, got "):
        augment(np.arange(4), lambda tokens: answer, MASK, 1.0, rng)
