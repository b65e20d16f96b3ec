import numpy as np
import pytest
import torch

from selfattn_ref import causal_mask, linear_attention


@pytest.fixture
def qkv(rng):
    return [rng.normal(size=size) for size in ((2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 11))]


def quadratic(q, k, v, mask):
    """The definition: all weights φ(q)·φ(k), hidden ones 0, each row divided by its sum. φ is PyTorch's."""
    phi_q, phi_k = (torch.nn.functional.elu(torch.tensor(x)).numpy() + 1 for x in (q, k))
    weights = np.where(mask, phi_q @ phi_k.swapaxes(-1, -2), 0.0)
    return weights / weights.sum(axis=-1, keepdims=True) @ v


@pytest.mark.parametrize("causal", [False, True])
def test_linear_attention_equals_the_quadratic_definition(qkv, causal):
    mask = causal_mask(5, 7) if causal else np.array(True)
    np.testing.assert_allclose(linear_attention(*qkv, causal), quadratic(*qkv, mask), rtol=1e-12, atol=1e-13)


def test_linear_attention_causal_first_token_gives_its_own_value(rng):
    q, k, v = rng.normal(size=(3, 5, 4))
    np.testing.assert_allclose(linear_attention(q, k, v, causal=True)[0], v[0], rtol=1e-14)


def test_linear_attention_causal_last_query_sees_everything(qkv):
    np.testing.assert_allclose(
        linear_attention(*qkv, causal=True)[..., -1, :], linear_attention(*qkv)[..., -1, :], rtol=1e-12
    )


def test_linear_attention_large_scores_do_not_overflow_and_lost_ones_give_zero():
    x = np.array([[1e100], [-1e4]])
    output = linear_attention(x, x, np.array([[1.0], [3.0]]))
    np.testing.assert_array_equal(output, [[1.0], [0.0]])


@pytest.mark.parametrize("batches", [((), (2, 3), (2, 3)), ((3,), (2, 1), (2, 3)), ((), (), (2,))])
@pytest.mark.parametrize("causal", [False, True])
def test_linear_attention_leading_axes_broadcast(rng, batches, causal):
    q, k, v = (rng.normal(size=(*b, *s)) for b, s in zip(batches, ((5, 4), (7, 4), (7, 11)), strict=True))
    mask = causal_mask(5, 7) if causal else np.array(True)
    np.testing.assert_allclose(linear_attention(q, k, v, causal), quadratic(q, k, v, mask), atol=1e-12)


def test_linear_attention_no_keys_gives_zero():
    output = linear_attention(np.ones((2, 3, 4)), np.ones((2, 0, 4)), np.ones((2, 0, 5)))
    np.testing.assert_array_equal(output, np.zeros((2, 3, 5)))
