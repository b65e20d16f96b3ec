import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import answer_or_escalate, masked_mean_pool, padding_mask, retrieve

seeds = st.integers(0, 2**32 - 1)


def test_masked_mean_pool_equals_the_mean_of_each_text(rng):
    x, lengths = rng.normal(size=(3, 5, 4)), np.array([5, 2, 1])
    expected = [row[:length].mean(axis=0) for row, length in zip(x, lengths, strict=True)]
    np.testing.assert_allclose(masked_mean_pool(x, padding_mask(lengths, 5)[:, 0]), expected, rtol=1e-14)


def test_masked_mean_pool_padding_has_no_effect_not_even_nan(rng):
    x = rng.normal(size=(2, 5, 4))
    mask = np.array([True, False, True, True, False])
    expected = masked_mean_pool(x, mask)
    x[:, ~mask] = np.nan
    np.testing.assert_array_equal(masked_mean_pool(x, mask), expected)


def test_masked_mean_pool_text_without_tokens_is_zero(rng):
    pooled = masked_mean_pool(rng.normal(size=(2, 5, 4)), np.array([[False] * 5, [True] * 5]))
    np.testing.assert_array_equal(pooled[0], np.zeros(4))
    assert pooled[1].all()
    assert masked_mean_pool(np.ones((0, 4)), np.ones(0, bool)).tolist() == [0.0] * 4


def test_masked_mean_pool_large_numbers_do_not_overflow():
    x = np.full((3, 2), 1e38, np.float32)
    np.testing.assert_allclose(masked_mean_pool(x, np.array([True, True, True])), 1e38, rtol=1e-6)


def test_retrieve_hand_computed():
    bank = np.array([[0.0, 5.0], [3.0, 4.0], [-1.0, 0.0], [2.0, 0.0]])
    ids, scores = retrieve(np.array([[7.0, 0.0], [0.0, -0.5]]), bank, k=3)
    assert ids.tolist() == [[3, 1, 0], [2, 3, 1]]  # of the two right angles the smaller id first
    np.testing.assert_allclose(scores, [[1.0, 0.6, 0.0], [0.0, 0.0, -0.8]], atol=1e-15)


@given(seeds, st.integers(1, 7))
def test_retrieve_is_the_sorted_list_of_cosines(seed, k):
    rng = np.random.default_rng(seed)
    query, bank = rng.normal(size=(2, 3, 4)), rng.normal(size=(7, 4))
    ids, scores = retrieve(query, bank, k)
    assert ids.shape == scores.shape == (2, 3, k)
    for place in np.ndindex(2, 3):
        q = query[place]
        cosines = [float(q @ row) / np.linalg.norm(q) / np.linalg.norm(row) for row in bank]
        assert ids[place].tolist() == sorted(range(7), key=lambda row, c=cosines: -c[row])[:k]
        np.testing.assert_allclose(scores[place], sorted(cosines, reverse=True)[:k], rtol=1e-11, atol=1e-14)


@given(seeds, st.floats(1e-3, 1e3))
def test_retrieve_knows_directions_only_and_finds_itself(seed, length):
    bank = np.random.default_rng(seed).normal(size=(7, 5))
    ids, scores = retrieve(length * bank, bank, k=1)
    assert ids[:, 0].tolist() == list(range(7))
    np.testing.assert_allclose(scores, 1.0, rtol=1e-13)


def test_retrieve_equal_rows_come_by_id_and_nan_last():
    bank = np.ones((20, 3))
    bank[4] = np.nan
    ids, _ = retrieve(np.array([1.0, 2.0, 3.0]), bank, k=20)
    assert ids.tolist() == [*range(4), *range(5, 20), 4]


@pytest.mark.parametrize(
    ("scores", "threshold", "expected"),
    [
        ([0.1, 0.9, 0.3], 0.5, 1),
        ([0.1, 0.9, 0.3], 0.95, None),
        ([0.5, 0.5], 0.5, 0),  # reaches it, and the smallest index wins
        ([-0.5, -0.7], -0.6, 0),
        ([], -1.0, None),
        ([0.9, np.nan], 0.5, None),
        ([np.nan], -1.0, None),
        ([-np.inf], 0.0, None),
    ],
)
def test_answer_or_escalate_answers_from_the_threshold_on(scores, threshold, expected):
    assert answer_or_escalate(np.array(scores), threshold) == expected


def test_answer_or_escalate_compares_in_the_dtype_of_the_scores():
    assert float(np.float32(0.7)) < 0.7
    assert answer_or_escalate(np.array([0.2, 0.7], np.float32), 0.7) == 1


@given(seeds, st.floats(-3, 3), st.floats(0, 3))
def test_answer_or_escalate_a_higher_threshold_only_takes_answers_away(seed, threshold, more):
    scores = np.random.default_rng(seed).normal(size=5)
    assert answer_or_escalate(scores, threshold + more) in (answer_or_escalate(scores, threshold), None)
