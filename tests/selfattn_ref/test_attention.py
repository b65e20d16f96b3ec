import numpy as np
import pytest
import torch

from selfattn_ref import (
    attention_scores,
    causal_mask,
    convert_mask,
    masked_softmax,
    padding_mask,
    project_qkv,
    scaled_dot_product_attention,
)

SIZES = ((2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 11))  # batch, heads, q_len or k_len, head_dim or value_dim


@pytest.fixture
def qkv(rng):
    return [rng.normal(size=size) for size in SIZES]


def torch_attention(q, k, v, **options):
    tensors = [torch.tensor(array) for array in (q, k, v)]
    return torch.nn.functional.scaled_dot_product_attention(*tensors, **options).numpy()


def test_project_qkv_hand_computed():
    x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    q, k, v = project_qkv(
        x, np.array([[1.0], [10.0]]), np.array([[0.0], [1.0]]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]])
    )
    np.testing.assert_array_equal(q, [[21.0], [43.0], [65.0]])
    np.testing.assert_array_equal(k, [[2.0], [4.0], [6.0]])
    np.testing.assert_array_equal(v, [[1.0, 2.0, 2.0], [3.0, 4.0, 6.0], [5.0, 6.0, 10.0]])


def test_attention_scores_hand_computed():
    q = np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 3.0, 0.0, 1.0]])
    k = np.array([[4.0, 0.0, 0.0, 0.0], [0.0, 2.0, 1.0, 0.0], [0.0, 0.0, 0.0, 8.0]])
    np.testing.assert_array_equal(attention_scores(q, k), [[2.0, 1.0, 0.0], [0.0, 3.0, 4.0]])
    np.testing.assert_array_equal(attention_scores(q, k, scale=1), [[4.0, 2.0, 0.0], [0.0, 6.0, 8.0]])


def test_attention_scores_softcap_bounds_and_is_taken_after_the_scale(qkv):
    q, k, _ = qkv
    capped = attention_scores(100 * q, k, scale=0.3, softcap=2.0)
    assert np.abs(capped).max() <= 2.0
    np.testing.assert_allclose(capped, 2.0 * np.tanh(0.3 * (100 * q @ k.swapaxes(-1, -2)) / 2.0), rtol=1e-12)


def test_attention_hand_computed():
    q = np.array([[2.0, 0.0, 0.0, 0.0]])
    k = np.array([[np.log(3.0), 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0]])
    v = np.array([[4.0, 8.0], [0.0, 4.0], [100.0, 100.0]])
    output, weights = scaled_dot_product_attention(q, k, v, np.array([[True, True, False]]))
    np.testing.assert_allclose(weights, [[0.75, 0.25, 0.0]], rtol=1e-15)
    np.testing.assert_allclose(output, [[3.0, 7.0]], rtol=1e-15)


def test_attention_equals_the_obvious_loops(qkv):
    q, k, v = qkv
    mask = causal_mask(5, 7)
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    for b, h, i in np.ndindex(2, 3, 5):
        visible = np.flatnonzero(mask[i])
        shares = np.array([np.exp(q[b, h, i] @ k[b, h, j] / 2.0) for j in visible])  # √4 = 2
        shares /= shares.sum()
        np.testing.assert_allclose(weights[b, h, i, visible], shares, rtol=1e-12)
        np.testing.assert_allclose(output[b, h, i], sum(s * v[b, h, j] for s, j in zip(shares, visible, strict=True)))


@pytest.mark.parametrize(("dtype", "atol"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("masking", ["none", "causal", "padding", "empty rows"])
def test_attention_equals_torch(qkv, dtype, atol, masking):
    q, k, v = (array.astype(dtype) for array in qkv)
    mask = {
        "none": None,
        "causal": causal_mask(5, 7),
        "padding": padding_mask(np.array([3, 7]), 7)[:, None],
        "empty rows": causal_mask(5, 7, offset=-2),
    }[masking]
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    assert output.dtype == weights.dtype == dtype
    expected = torch_attention(q, k, v, attn_mask=None if mask is None else torch.tensor(mask))
    np.testing.assert_allclose(output, expected, atol=atol)


def test_attention_scale_equals_torch(qkv):
    output, _ = scaled_dot_product_attention(*qkv, scale=0.7)
    np.testing.assert_allclose(output, torch_attention(*qkv, scale=0.7), atol=1e-12)


@pytest.mark.parametrize("shape", [(), (7,), (5, 7), (3, 1, 1), (2, 3, 5, 7)])
def test_attention_bias_equals_torch(rng, qkv, shape):
    bias = np.asarray(rng.normal(size=shape))
    output, _ = scaled_dot_product_attention(*qkv, bias=bias)
    full = torch.tensor(np.broadcast_to(bias, (2, 3, 5, 7)).copy())
    np.testing.assert_allclose(output, torch_attention(*qkv, attn_mask=full), atol=1e-12)


def test_attention_options_apply_scale_softcap_bias_mask_in_this_order(rng, qkv):
    q, k, v = qkv
    bias, mask = rng.normal(size=(3, 5, 7)), causal_mask(5, 7)
    scores = 1.5 * np.tanh(0.9 * (q @ k.swapaxes(-1, -2)) / 1.5) + bias
    _, weights = scaled_dot_product_attention(q, k, v, mask, scale=0.9, softcap=1.5, bias=bias)
    np.testing.assert_allclose(weights, masked_softmax(scores, mask), atol=1e-14)


def test_attention_additive_mask_as_bias_equals_the_boolean_mask(qkv):
    q, k, v = qkv
    mask = causal_mask(5, 7, offset=-1)
    v[..., 6, :] = np.nan
    by_mask = scaled_dot_product_attention(q, k, v, mask)
    by_bias = scaled_dot_product_attention(q, k, v, bias=convert_mask(mask, "additive"))
    for left, right in zip(by_mask, by_bias, strict=True):
        np.testing.assert_array_equal(left, right)


def test_attention_mask_and_bias_of_minus_infinity_hide_together(qkv):
    q, k, v = qkv
    first, second = causal_mask(5, 7), np.arange(7) > 0
    v[..., [0, 6], :] = np.nan
    k[..., 0, :] = np.inf
    expected = scaled_dot_product_attention(q, k, v, first & second)
    both = scaled_dot_product_attention(q, k, v, first, bias=convert_mask(second, "additive"))
    for left, right in zip(both, expected, strict=True):
        np.testing.assert_array_equal(left, right)


def test_attention_query_without_permitted_key_gets_exactly_zero(qkv):
    mask = np.ones((5, 7), bool)
    mask[1] = False
    output, weights = scaled_dot_product_attention(*qkv, mask)
    assert not weights[:, :, 1].any()
    assert not output[:, :, 1].any()
    assert weights[:, :, [0, 2, 3, 4]].all()


def test_attention_infinite_value_reaches_only_the_queries_that_see_it(qkv):
    q, k, v = qkv
    v[1, 2, 6, 3] = np.inf
    output, _ = scaled_dot_product_attention(q, k, v, causal_mask(5, 7))  # only the last query sees key 6
    reached = np.argwhere(~np.isfinite(output)).tolist()
    assert reached == [[1, 2, 4, 3]]
    assert output[1, 2, 4, 3] == np.inf


def test_attention_hidden_key_larger_than_the_dtype_holds_changes_nothing(qkv):
    q, k, v = (array.astype(np.float32) for array in qkv)
    mask = padding_mask(np.array([6, 6]), 7)[:, None]
    expected = scaled_dot_product_attention(q, k, v, mask)
    k[..., 6, :] = np.finfo(np.float32).max
    for left, right in zip(scaled_dot_product_attention(q, k, v, mask), expected, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(("q_len", "k_len"), [(0, 7), (5, 0), (0, 0)])
@pytest.mark.parametrize("masked", [False, True])
def test_attention_empty_sequences_give_empty_weights_and_zero_output(q_len, k_len, masked):
    mask = np.ones((q_len, k_len), bool) if masked else None
    q, k, v = np.ones((2, q_len, 3)), np.ones((2, k_len, 3)), np.ones((2, k_len, 11))
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    assert weights.shape == (2, q_len, k_len)
    np.testing.assert_array_equal(output, np.zeros((2, q_len, 11)) if k_len == 0 else np.ones((2, q_len, 11)))


@pytest.mark.parametrize("batches", [((), (2, 3), (2, 3)), ((3,), (2, 1), (2, 3)), ((2, 3), (), ()), ((), (), (2,))])
def test_attention_leading_axes_broadcast(rng, batches):
    arrays = [rng.normal(size=batch + size[2:]) for batch, size in zip(batches, SIZES, strict=True)]
    output, _ = scaled_dot_product_attention(*arrays)
    batch = np.broadcast_shapes(*batches)
    full = [np.broadcast_to(array, batch + array.shape[-2:]) for array in arrays]
    np.testing.assert_allclose(output, scaled_dot_product_attention(*full)[0], rtol=1e-13)


def test_attention_mixed_dtypes_follow_numpy_promotion(qkv):
    q, k, v = qkv
    output, weights = scaled_dot_product_attention(q.astype(np.float32), k.astype(np.float32), v)
    assert (weights.dtype, output.dtype) == (np.float32, np.float64)
