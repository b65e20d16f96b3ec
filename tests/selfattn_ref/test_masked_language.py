import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import mask_tokens

SPECIAL, MASK, VOCAB = [0, 2, 3], 4, 50


def corrupted(tokens, seed=3, **options):
    rng = np.random.default_rng(seed)
    return mask_tokens(tokens, **{"special_ids": SPECIAL, "mask_id": MASK, "vocab_size": VOCAB, "rng": rng} | options)


def test_mask_tokens_shares_are_those_of_bert():
    tokens = np.full((200, 500), 9)
    spoiled, targets = corrupted(tokens)
    chosen = targets != -100
    assert chosen.mean() == pytest.approx(0.15, abs=0.005)
    assert (targets[chosen] == 9).all()
    assert (spoiled[~chosen] == 9).all()
    kinds = spoiled[chosen]
    assert (kinds == MASK).mean() == pytest.approx(0.8 + 0.1 / VOCAB, abs=0.015)
    assert (kinds == 9).mean() == pytest.approx(0.1 + 0.1 / VOCAB, abs=0.015)
    random = kinds[(kinds != MASK) & (kinds != 9)]
    assert set(random.tolist()) == set(range(VOCAB)) - {MASK, 9}  # the whole vocabulary, special tokens too
    assert np.bincount(random).max() < 2.0 * len(random) / VOCAB


@given(st.integers(0, 10**6), st.floats(0, 1), st.integers(1, 3))
def test_mask_tokens_only_chosen_tokens_change_and_special_ones_are_never_chosen(seed, rate, axes):
    tokens = np.random.default_rng(seed).integers(0, VOCAB, size=(2, 3, 11)[-axes:])
    spoiled, targets = corrupted(tokens, seed, rate=rate)
    assert spoiled.shape == targets.shape == tokens.shape
    assert spoiled.dtype == targets.dtype == np.int64
    chosen = targets != -100
    assert not (chosen & np.isin(tokens, SPECIAL)).any()
    np.testing.assert_array_equal(np.where(chosen, targets, spoiled), tokens)


def test_mask_tokens_draws_are_the_three_that_are_promised(rng):
    tokens, state = np.arange(30).reshape(3, 10), rng.bit_generator.state
    spoiled, targets = mask_tokens(tokens, SPECIAL, MASK, VOCAB, rng, rate=0.7)
    after = rng.random()
    rng.bit_generator.state = state
    chosen = (rng.random((3, 10)) < 0.7) & ~np.isin(tokens, SPECIAL)
    kind, random = rng.random((3, 10)), rng.integers(VOCAB, size=(3, 10))
    for place in np.ndindex(3, 10):
        expected = tokens[place]
        if chosen[place]:
            assert targets[place] == expected
            expected = MASK if kind[place] < 0.8 else random[place] if kind[place] < 0.9 else expected
        assert spoiled[place] == expected
    assert rng.random() == after  # and no other draw


@pytest.mark.parametrize("rate", [0, 1])
def test_mask_tokens_none_or_all(rate):
    tokens = np.array([[2, 7, 8, 3, 0]])
    _, targets = corrupted(tokens, rate=rate)
    assert targets.tolist() == [[-100, 7, 8, -100, -100] if rate else [-100] * 5]


def test_mask_tokens_leaves_its_input_alone_and_takes_small_integers():
    tokens = np.array([[2, 7, 8, 3]], np.uint8)
    tokens.flags.writeable = False
    spoiled, targets = corrupted(tokens, rate=1.0)
    assert tokens.tolist() == [[2, 7, 8, 3]]
    assert targets.tolist() == [[-100, 7, 8, -100]]
    assert not np.shares_memory(spoiled, tokens)


@pytest.mark.parametrize("special", [[0, 2, 3], {0, 2, 3}, np.array([0, 2, 3]), (3, 2, 0)])
def test_mask_tokens_special_ids_in_any_container(special):
    tokens = np.arange(20)
    np.testing.assert_array_equal(corrupted(tokens, special_ids=special), corrupted(tokens))


def test_mask_tokens_special_id_of_another_kind_is_named():
    with pytest.raises(TypeError, match=r"special_ids\[1\] must be an integer, got str"):
        corrupted(np.arange(5), special_ids=[0, "[CLS]"])
