import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import local_attention, scaled_dot_product_attention, sliding_window_mask

lengths = st.integers(1, 9).flatmap(lambda k_len: st.tuples(st.integers(1, k_len), st.just(k_len)))


@given(lengths, st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_local_attention_equals_attention_under_the_window_mask(sizes, window, seed):
    q_len, k_len = sizes
    rng = np.random.default_rng(seed)
    q, k, v = (rng.normal(size=(2, 3, *size)) for size in ((q_len, 4), (k_len, 4), (k_len, 11)))
    expected, _ = scaled_dot_product_attention(q, k, v, sliding_window_mask(q_len, k_len, window))
    np.testing.assert_allclose(local_attention(q, k, v, window), expected, atol=1e-13)


def test_local_attention_window_of_one_returns_the_values(rng):
    q, k, v = rng.normal(size=(3, 5, 4))
    np.testing.assert_allclose(local_attention(q, k, v, 1), v, rtol=1e-15)


@pytest.mark.parametrize("content", [np.nan, np.inf])
def test_local_attention_content_outside_the_window_does_not_matter(rng, content):
    q, k, v = rng.normal(size=(3, 2, 9, 4))
    expected = local_attention(q, k, v, 3)
    k[:, 4], v[:, 4] = content, content  # seen from positions 4, 5 and 6
    blind = [0, 1, 2, 3, 7, 8]
    np.testing.assert_array_equal(local_attention(q, k, v, 3)[:, blind], expected[:, blind])


@pytest.mark.parametrize("batches", [((), (2, 3), (2, 3)), ((3,), (2, 1), (2, 3)), ((), (), (2,))])
def test_local_attention_leading_axes_broadcast(rng, batches):
    q, k, v = (rng.normal(size=(*b, *s)) for b, s in zip(batches, ((5, 4), (7, 4), (7, 11)), strict=True))
    expected, _ = scaled_dot_product_attention(q, k, v, sliding_window_mask(5, 7, 3))
    np.testing.assert_allclose(local_attention(q, k, v, 3), expected, atol=1e-13)


def test_local_attention_never_holds_the_full_matrix(rng):
    n, window = 4096, 8
    q, k, v = rng.normal(size=(3, n, 4))
    tracemalloc.start()
    try:
        local_attention(q, k, v, window)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * n * window * 8 < n * n * 8 / 8


def test_local_attention_window_longer_than_any_memory_is_plain_causal_attention(rng):
    q, k, v = rng.normal(size=(3, 5, 4))
    np.testing.assert_allclose(local_attention(q, k, v, 10**15), local_attention(q, k, v, 5), rtol=1e-14)
