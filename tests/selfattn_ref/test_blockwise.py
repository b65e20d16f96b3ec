import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_ref import blockwise_attention, causal_mask, online_softmax, padding_mask, scaled_dot_product_attention

scores = hnp.arrays(np.float64, (2, 7), elements=st.floats(-700, 700) | st.just(-np.inf))
cuts = st.lists(st.integers(0, 7), max_size=4).map(sorted)


@pytest.fixture
def qkv(rng):
    return [rng.normal(size=size) for size in ((2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 11))]


@given(scores, cuts)
def test_online_softmax_any_cut_gives_maximum_and_sum_of_the_whole(x, places):
    m, z = online_softmax(np.split(x, places, axis=-1))
    highest = x.max(axis=-1)
    np.testing.assert_array_equal(m, highest)
    shifted = x - np.where(highest == -np.inf, 0.0, highest)[:, None]
    np.testing.assert_allclose(z, np.exp(shifted).sum(axis=-1), rtol=1e-13)


def test_online_softmax_gives_the_log_sum_exp_of_torch(rng):
    x = 50 * rng.normal(size=(3, 5, 11))
    m, z = online_softmax(np.split(x, [4, 5], axis=-1))
    np.testing.assert_allclose(m + np.log(z), torch.logsumexp(torch.tensor(x), -1).numpy(), rtol=1e-14)


def test_online_softmax_reads_each_block_once_and_keeps_none():
    alive = []

    def blocks():
        for value in (1.0, 3.0, 2.0):
            block = np.full(2, value)
            alive.append(value)
            yield block
            block[:] = np.nan  # too late to matter

    m, z = online_softmax(blocks())
    assert alive == [1.0, 3.0, 2.0]
    np.testing.assert_allclose([m, z], [3.0, 2 * (np.exp(-2.0) + 1 + np.exp(-1.0))], rtol=1e-15)


def test_online_softmax_nothing_above_minus_infinity_gives_zero():
    m, z = online_softmax([np.full((2, 3), -np.inf), np.zeros((2, 0))])
    np.testing.assert_array_equal(m, [-np.inf, -np.inf])
    np.testing.assert_array_equal(z, [0.0, 0.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_online_softmax_nan_or_infinity_spoils_its_own_row_only(bad):
    _, z = online_softmax([np.array([[0.0], [0.0]]), np.array([[bad, 1.0], [0.0, 0.0]]), np.zeros((2, 1))])
    assert np.isnan(z[0])
    assert z[1] == 4.0


@pytest.mark.parametrize("block_size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("masking", ["none", "causal", "padding", "empty rows", "one for all", "per head"])
def test_blockwise_attention_equals_the_plain_form(rng, qkv, block_size, masking):
    mask = {
        "none": None,
        "causal": causal_mask(5, 7),
        "padding": padding_mask(np.array([3, 0]), 7)[:, None],
        "empty rows": causal_mask(5, 7, offset=-2),
        "one for all": np.array([[True], [False], [True], [True], [False]]),
        "per head": rng.random((3, 5, 7)) < 0.5,
    }[masking]
    output = blockwise_attention(*qkv, block_size, mask)
    np.testing.assert_allclose(output, scaled_dot_product_attention(*qkv, mask)[0], atol=1e-13)


@pytest.mark.parametrize("visible", [True, False])
def test_blockwise_attention_one_truth_value_as_mask(qkv, visible):
    output = blockwise_attention(*qkv, 3, np.array(visible))
    np.testing.assert_allclose(output, scaled_dot_product_attention(*qkv, np.array(visible))[0], atol=1e-13)


def test_blockwise_attention_float32_equals_torch(qkv):
    q, k, v = (array.astype(np.float32) for array in qkv)
    expected = torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, (q, k, v)))
    np.testing.assert_allclose(blockwise_attention(q, k, v, 2), expected.numpy(), atol=1e-5)


def test_blockwise_attention_rising_maximum_of_thousands_does_not_overflow():
    q, k = np.array([[1.0]]), np.array([[-2000.0], [0.0], [2000.0], [1000.0]])
    output = blockwise_attention(q, k, np.array([[1.0], [2.0], [3.0], [4.0]]), 1)
    np.testing.assert_array_equal(output, [[3.0]])


@pytest.mark.parametrize("content", [np.nan, np.inf, -np.inf, 1e300])
def test_blockwise_attention_hidden_key_may_hold_anything(qkv, content):
    q, k, v = qkv
    mask = causal_mask(5, 7)
    expected = blockwise_attention(q, k, v, 2, mask)
    k[..., 6, :], v[..., 6, :] = content, content  # only the last query sees it
    output = blockwise_attention(q, k, v, 2, mask)
    np.testing.assert_array_equal(output[..., :4, :], expected[..., :4, :])


@pytest.mark.parametrize("batches", [((), (2, 3), (2, 3)), ((3,), (2, 1), (2, 3)), ((), (), (2,))])
@pytest.mark.parametrize("k_len", [0, 7])
def test_blockwise_attention_leading_axes_broadcast(rng, batches, k_len):
    arrays = [rng.normal(size=(*b, *s)) for b, s in zip(batches, ((5, 4), (k_len, 4), (k_len, 11)), strict=True)]
    output = blockwise_attention(*arrays, 3)
    np.testing.assert_allclose(output, scaled_dot_product_attention(*arrays)[0], atol=1e-13)


def peak_bytes(function, *arguments):
    tracemalloc.start()
    try:
        function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("masked", [False, True])
def test_blockwise_attention_needs_less_than_half_of_one_array_of_weights(rng, masked):
    q, k, v = rng.normal(size=(512, 16)), rng.normal(size=(8192, 16)), rng.normal(size=(8192, 16))
    mask = causal_mask(512, 8192) if masked else None
    weights = 512 * 8192 * 8
    assert peak_bytes(scaled_dot_product_attention, q, k, v, mask) > 2 * weights  # the measure can fail
    assert peak_bytes(blockwise_attention, q, k, v, 512, mask) < weights / 2


def test_blockwise_attention_memory_grows_linearly(rng):
    peaks = []
    for n in (1024, 2048, 4096):
        q, k, v = rng.normal(size=(3, n, 4))
        peaks.append(peak_bytes(blockwise_attention, q, k, v, 64))
    assert peaks[2] / peaks[1] < 2.1
    assert peaks[1] / peaks[0] < 2.1
