import numpy as np
import pytest
import torch

from selfattn_ref import causal_mask, grouped_query_attention, scaled_dot_product_attention

Q, K, V = (2, 6, 5, 4), (2, 3, 7, 4), (2, 3, 7, 11)


@pytest.fixture
def qkv(rng):
    return [rng.normal(size=size) for size in (Q, K, V)]


@pytest.mark.parametrize("num_groups", [1, 2, 3, 6])
@pytest.mark.parametrize("shape", [(), (7,), (5, 7), (1, 5, 7), (6, 1, 1), (6, 5, 7), (2, 1, 5, 7), (2, 6, 5, 7)])
def test_grouped_query_attention_equals_attention_with_repeated_keys(rng, num_groups, shape):
    q, k, v = rng.normal(size=Q), rng.normal(size=(2, num_groups, 7, 4)), rng.normal(size=(2, num_groups, 7, 11))
    mask, bias = np.asarray(rng.random(shape) < 0.6), np.asarray(rng.normal(size=shape))
    repeated = [np.repeat(x, 6 // num_groups, axis=1) for x in (k, v)]
    options = {"bias": bias, "scale": 0.7, "softcap": 1.5}
    expected = scaled_dot_product_attention(q, *repeated, mask, **options)
    for mine, wanted in zip(grouped_query_attention(q, k, v, mask, **options), expected, strict=True):
        np.testing.assert_allclose(mine, wanted, atol=1e-13)


@pytest.mark.parametrize("num_groups", [1, 2, 3, 6])
def test_grouped_query_attention_equals_torch(rng, num_groups):
    q, k, v = rng.normal(size=Q), rng.normal(size=(2, num_groups, 7, 4)), rng.normal(size=(2, num_groups, 7, 11))
    mask = causal_mask(5, 7)
    expected = torch.nn.functional.scaled_dot_product_attention(
        *map(torch.tensor, (q, k, v)), attn_mask=torch.tensor(mask), enable_gqa=True
    )
    output, weights = grouped_query_attention(q, k, v, mask)
    assert weights.shape == (2, 6, 5, 7)
    np.testing.assert_allclose(output, expected.numpy(), atol=1e-13)


def test_grouped_query_attention_head_reads_its_own_group_only(qkv):
    q, k, v = qkv
    expected, _ = grouped_query_attention(q, k, v)
    k[:, 1], v[:, 1] = 7.0, 5.0
    output, _ = grouped_query_attention(q, k, v)
    np.testing.assert_array_equal(output[:, [0, 1, 4, 5]], expected[:, [0, 1, 4, 5]])
    np.testing.assert_allclose(output[:, [2, 3]], 5.0, rtol=1e-14)


def test_grouped_query_attention_hidden_values_and_empty_rows(qkv):
    q, k, v = qkv
    mask = causal_mask(5, 7, offset=-1)
    expected, _ = grouped_query_attention(q, k, v, mask)
    k[..., 4:, :], v[..., 4:, :] = np.nan, np.inf
    output, weights = grouped_query_attention(q, k, v, mask)
    np.testing.assert_allclose(output, expected, atol=1e-14)
    assert not output[..., 0, :].any()
    assert not weights[..., 0, :].any()


@pytest.mark.parametrize("batches", [((), (2, 5), (2, 5)), ((5,), (2, 1), (2, 5)), ((), (), (2,))])
def test_grouped_query_attention_leading_axes_broadcast(rng, batches):
    arrays = [rng.normal(size=(*b, *s[1:])) for b, s in zip(batches, (Q, K, V), strict=True)]
    batch = np.broadcast_shapes(*batches)
    full = [np.broadcast_to(array, batch + array.shape[-3:]) for array in arrays]
    output, _ = grouped_query_attention(*arrays)
    np.testing.assert_allclose(output, grouped_query_attention(*full)[0], atol=1e-13)
