import numpy as np
import pytest
import torch

from selfattn_ref import (
    attention_backward,
    causal_mask,
    numerical_gradient,
    padding_mask,
    scaled_dot_product_attention,
)

SHAPES = ((2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 11))  # batch, heads, q_len or k_len, head_dim or value_dim
MASKS = {
    "none": None,
    "causal": causal_mask(5, 7),
    "padding": padding_mask(np.array([3, 7]), 7)[:, None],
    "empty rows": causal_mask(5, 7, offset=-2),
    "one key": np.array([False, False, True, False, False, False, False]),
    "nothing": np.array(False),
}


def softly(q, k, v, mask):
    """Attention in PyTorch's primitives; its own kernel has no gradient for an empty row in every version."""
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    if mask is None:
        return torch.softmax(scores, -1) @ v
    visible = torch.tensor(mask)
    exponentials = torch.exp(scores) * visible
    total = exponentials.sum(-1, keepdim=True)
    return exponentials / torch.where(total == 0, torch.ones_like(total), total) @ v


def autograd(function, grad_output, *arrays):
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    function(*tensors).backward(torch.tensor(grad_output))
    return [tensor.grad.numpy() for tensor in tensors]


@pytest.fixture
def qkv(rng):
    return [rng.normal(size=shape) for shape in SHAPES]


@pytest.fixture
def grad_output(rng):
    return rng.normal(size=(2, 3, 5, 11))


def test_attention_backward_hand_computed():
    q, k = np.array([[0.0, 0.0, 0.0, 0.0]]), np.array([[2.0, 0.0, 0.0, 0.0], [0.0, 6.0, 0.0, 0.0]])
    v, grad_output = np.array([[1.0, 0.0], [0.0, 5.0]]), np.array([[4.0, 0.0]])
    # weights ½, ½; grad_weights 4, 0; grad_scores ½·(4 − 2), ½·(0 − 2); then the scale ½
    grad_q, grad_k, grad_v = attention_backward(grad_output, q, k, v)
    np.testing.assert_array_equal(grad_q, [[1.0, -3.0, 0.0, 0.0]])
    np.testing.assert_array_equal(grad_k, np.zeros((2, 4)))
    np.testing.assert_array_equal(grad_v, [[2.0, 0.0], [2.0, 0.0]])


@pytest.mark.parametrize("masking", MASKS)
def test_attention_backward_equals_autograd(qkv, grad_output, masking):
    mask = MASKS[masking]
    expected = autograd(lambda q, k, v: softly(q, k, v, mask), grad_output, *qkv)
    for mine, theirs in zip(attention_backward(grad_output, *qkv, mask), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("masking", ["none", "causal", "padding"])
def test_attention_backward_equals_the_gradient_of_torch_attention(qkv, grad_output, masking):
    mask = None if MASKS[masking] is None else torch.tensor(MASKS[masking])
    attention = torch.nn.functional.scaled_dot_product_attention
    expected = autograd(lambda q, k, v: attention(q, k, v, attn_mask=mask), grad_output, *qkv)
    for mine, theirs in zip(attention_backward(grad_output, *qkv, MASKS[masking]), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("masking", MASKS)
def test_attention_backward_equals_central_differences(rng, masking):
    arrays = [rng.normal(size=shape) for shape in ((2, 1, 5, 3), (2, 1, 7, 3), (2, 1, 7, 2))]
    grad_output = rng.normal(size=(2, 1, 5, 2))
    gradients = attention_backward(grad_output, *arrays, MASKS[masking])
    for place, gradient in enumerate(gradients):

        def loss(moved, place=place):
            inputs = [*arrays[:place], moved, *arrays[place + 1 :]]
            return (scaled_dot_product_attention(*inputs, MASKS[masking])[0] * grad_output).sum()

        np.testing.assert_allclose(gradient, numerical_gradient(loss, arrays[place]), atol=1e-8)


@pytest.mark.parametrize(
    "batches",
    [
        ((), (2, 3), (2, 3)),
        ((3,), (2, 1), (2, 3)),
        ((2, 3), (), ()),
        ((), (), (2,)),
        ((2, 1), (1, 3), (1, 1)),
    ],
)
@pytest.mark.parametrize("masked", [False, True])
def test_attention_backward_sums_over_broadcast_axes(rng, batches, masked):
    arrays = [rng.normal(size=batch + shape[2:]) for batch, shape in zip(batches, SHAPES, strict=True)]
    grad_output = rng.normal(size=(*np.broadcast_shapes(*batches), 5, 11))
    mask = causal_mask(5, 7, offset=-1) if masked else None
    expected = autograd(lambda q, k, v: softly(q, k, v, mask), grad_output, *arrays)
    for mine, theirs in zip(attention_backward(grad_output, *arrays, mask), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize(("q_len", "k_len"), [(1, 1), (1, 7), (5, 1), (0, 7), (5, 0)])
def test_attention_backward_lengths_of_one_and_none(rng, q_len, k_len):
    arrays = [rng.normal(size=shape) for shape in ((1, q_len, 4), (1, k_len, 4), (1, k_len, 11))]
    grad_output = rng.normal(size=(1, q_len, 11))
    expected = autograd(lambda q, k, v: softly(q, k, v, None), grad_output, *arrays)
    for mine, theirs in zip(attention_backward(grad_output, *arrays), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-13, strict=True)


def test_attention_backward_query_without_key_and_hidden_key_get_exactly_zero(qkv, grad_output):
    mask = np.ones((5, 7), bool)
    mask[1], mask[:, 2] = False, False
    grad_q, grad_k, grad_v = attention_backward(grad_output, *qkv, mask)
    assert not grad_q[..., 1, :].any()
    assert not grad_k[..., 2, :].any()
    assert not grad_v[..., 2, :].any()
    assert grad_q[..., 0, :].all()
    assert grad_k[..., 0, :].all()


@pytest.mark.parametrize("content", [np.nan, np.inf, 1e300])
def test_attention_backward_content_of_hidden_keys_and_blind_queries_does_not_matter(qkv, grad_output, content):
    q, k, v = qkv
    mask = np.ones((5, 7), bool)
    mask[1], mask[:, 2] = False, False
    expected = attention_backward(grad_output, q, k, v, mask)
    q[..., 1, :], k[..., 2, :], v[..., 2, :] = content, content, content
    for mine, wanted in zip(attention_backward(grad_output, q, k, v, mask), expected, strict=True):
        np.testing.assert_array_equal(mine, wanted)
