import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import alibi_bias, causal_mask, relative_shift

lengths = st.integers(1, 9).flatmap(lambda k_len: st.tuples(st.integers(1, k_len), st.just(k_len)))


def test_alibi_bias_eight_heads_have_the_slopes_of_the_paper():
    bias = alibi_bias(8, 1, 2)
    np.testing.assert_array_equal(-1 / bias[:, 0, 0], [2, 4, 8, 16, 32, 64, 128, 256])
    assert not np.signbit(bias[:, 0, 1]).any()  # 0, not −0


@given(st.integers(1, 7), lengths)
def test_alibi_bias_equals_its_formula_entry_by_entry(num_heads, sizes):
    q_len, k_len = sizes
    bias = alibi_bias(num_heads, q_len, k_len)
    assert bias.dtype == np.float64
    for h, i, j in np.ndindex(num_heads, q_len, k_len):
        expected = -(2 ** (-8 * (h + 1) / num_heads)) * abs(i + k_len - q_len - j)
        np.testing.assert_allclose(bias[h, i, j], expected, rtol=1e-15)


@given(lengths, st.integers(0, 2**32 - 1))
def test_relative_shift_equals_its_rule_entry_by_entry(sizes, seed):
    q_len, k_len = sizes
    x = np.random.default_rng(seed).normal(size=(2, 3, q_len, k_len))
    shifted = relative_shift(x)
    for i, j in np.ndindex(q_len, k_len):
        expected = x[..., i, j + q_len - 1 - i] if j <= i + k_len - q_len else np.zeros((2, 3))
        np.testing.assert_array_equal(shifted[..., i, j], expected)


def test_relative_shift_turns_scores_by_distance_into_scores_by_key(rng):
    q, embeddings = rng.normal(size=(2, 5, 4)), rng.normal(size=(7, 4))  # embeddings[d] is that of distance d
    shifted = relative_shift(q @ embeddings[::-1].T)
    for i, j in np.argwhere(causal_mask(5, 7)):
        np.testing.assert_allclose(shifted[:, i, j], q[:, i] @ embeddings[i + 2 - j], rtol=1e-12)


@pytest.mark.parametrize("content", [np.nan, np.inf])
def test_relative_shift_entries_of_later_keys_do_not_leak(content):
    x = np.where(np.arange(5) < 4 - np.arange(5)[:, None], content, 1.0)  # never used: farther than the first key
    np.testing.assert_array_equal(relative_shift(x), np.tril(np.ones((5, 5))))
