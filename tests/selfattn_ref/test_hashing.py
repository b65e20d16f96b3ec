import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import lsh_attention, lsh_buckets, scaled_dot_product_attention


def seeded():
    return np.random.default_rng(11)


def test_lsh_buckets_follow_the_documented_draw(rng):
    x = rng.normal(size=(2, 3, 5, 4))
    rotation = seeded().standard_normal((4, 3))
    buckets = lsh_buckets(x, 6, seeded())
    assert buckets.shape == (2, 3, 5)
    assert np.issubdtype(buckets.dtype, np.integer)
    for index in np.ndindex(buckets.shape):
        directions = [*(x[index] @ rotation), *(-x[index] @ rotation)]
        assert buckets[index] == int(np.argmax(directions))


def test_lsh_buckets_draw_exactly_once():
    used, fresh = seeded(), seeded()
    lsh_buckets(np.ones((5, 4)), 6, used)
    fresh.standard_normal((4, 3))
    assert used.bit_generator.state == fresh.bit_generator.state


@given(st.floats(1e-3, 1e3), st.integers(0, 2**32 - 1))
def test_lsh_buckets_length_does_not_matter_and_the_opposite_gets_the_opposite(length, seed):
    x = np.random.default_rng(seed).normal(size=(7, 4))
    buckets = lsh_buckets(x, 8, seeded())
    np.testing.assert_array_equal(lsh_buckets(length * x, 8, seeded()), buckets)
    np.testing.assert_array_equal(lsh_buckets(-x, 8, seeded()), (buckets + 4) % 8)


def test_lsh_buckets_close_vectors_share_one_more_often_than_distant_ones(rng):
    x, other = rng.normal(size=(2, 2000, 16))
    close = lsh_buckets(x, 8, seeded()) == lsh_buckets(x + 0.2 * other, 8, seeded())
    distant = lsh_buckets(x, 8, seeded()) == lsh_buckets(other, 8, seeded())
    assert close.mean() > 0.8
    assert distant.mean() < 0.2


def same_bucket_mask(qk, num_buckets, causal):
    """The rule of the docstring, token by token."""
    buckets = lsh_buckets(qk, num_buckets, seeded())
    n = qk.shape[-2]
    mask = np.zeros((*qk.shape[:-1], n), bool)
    for *batch, i in np.ndindex(qk.shape[:-1]):
        row = buckets[tuple(batch)]
        others = [j for j in range(n) if row[j] == row[i] and j != i and (j < i or not causal)]
        mask[(*batch, i, others or [i])] = True
    return mask


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("num_buckets", [2, 4, 16])
def test_lsh_attention_equals_attention_under_the_mask_of_equal_buckets(rng, num_buckets, causal):
    qk, v = rng.normal(size=(2, 3, 13, 4)), rng.normal(size=(2, 3, 13, 11))
    keys = qk / np.linalg.norm(qk, axis=-1, keepdims=True)
    expected, _ = scaled_dot_product_attention(qk, keys, v, same_bucket_mask(qk, num_buckets, causal))
    np.testing.assert_allclose(lsh_attention(qk, v, num_buckets, seeded(), causal), expected, atol=1e-13)


def test_lsh_attention_causal_first_token_gives_its_own_value(rng):
    qk, v = rng.normal(size=(2, 9, 4))
    np.testing.assert_array_equal(lsh_attention(qk, v, 2, seeded(), causal=True)[0], v[0])


def test_lsh_attention_zero_vectors_average_their_bucket():
    v = np.arange(4.0)[:, None]
    output = lsh_attention(np.zeros((4, 3)), v, 2, seeded())
    np.testing.assert_allclose(output, [[2.0], [5 / 3], [4 / 3], [1.0]], rtol=1e-15)  # the mean of the others


def test_lsh_attention_no_tokens_gives_no_output():
    assert lsh_attention(np.zeros((2, 0, 4)), np.zeros((2, 0, 3)), 2, seeded()).shape == (2, 0, 3)
