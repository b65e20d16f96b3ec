import numpy as np
import pytest
import torch

from selfattn_ref import causal_mask, cross_attention, multi_head_attention, padding_mask

BATCH, NUM_HEADS, Q_LEN, K_LEN, D_MODEL, D_CONTEXT = 2, 3, 5, 7, 12, 10


def make_params(rng, d_context=D_MODEL, biases=True, dtype=np.float64):
    shapes = {"w_q": (D_MODEL,) * 2, "w_k": (d_context, D_MODEL), "w_v": (d_context, D_MODEL), "w_o": (D_MODEL,) * 2}
    if biases:
        shapes |= dict.fromkeys(("b_q", "b_k", "b_v", "b_o"), (D_MODEL,))
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


def torch_module(params, d_context=D_MODEL):
    """PyTorch's own module with the same weights; it stores W transposed."""
    module = torch.nn.MultiheadAttention(
        D_MODEL, NUM_HEADS, bias="b_q" in params, kdim=d_context, vdim=d_context, batch_first=True, dtype=torch.float64
    )
    weights = {name: torch.tensor(value) for name, value in params.items()}
    with torch.no_grad():
        if d_context == D_MODEL:
            module.in_proj_weight.copy_(torch.cat([weights[f"w_{role}"].T for role in "qkv"]))
        else:
            for role, parameter in zip(
                "qkv", (module.q_proj_weight, module.k_proj_weight, module.v_proj_weight), strict=True
            ):
                parameter.copy_(weights[f"w_{role}"].T)
        module.out_proj.weight.copy_(weights["w_o"].T)
        if "b_q" in params:
            module.in_proj_bias.copy_(torch.cat([weights[f"b_{role}"] for role in "qkv"]))
            module.out_proj.bias.copy_(weights["b_o"])
    return module


def run(module, x, context, hidden=None):
    tensors = torch.tensor(x), torch.tensor(context), torch.tensor(context)
    with torch.no_grad():
        output, weights = module(*tensors, attn_mask=hidden, average_attn_weights=False)
    return output.numpy(), weights.numpy()


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("causal", [True, False])
def test_multi_head_attention_equals_torch_module(rng, biases, causal):
    x, params = rng.normal(size=(BATCH, Q_LEN, D_MODEL)), make_params(rng, biases=biases)
    mask = causal_mask(Q_LEN) if causal else None
    hidden = torch.tensor(~mask) if causal else None  # True = hidden there
    for mine, theirs in zip(
        multi_head_attention(x, params, NUM_HEADS, mask), run(torch_module(params), x, x, hidden), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-12, rtol=1e-12)


def test_cross_attention_wider_context_equals_torch_module(rng):
    x, context = rng.normal(size=(BATCH, Q_LEN, D_MODEL)), rng.normal(size=(BATCH, K_LEN, D_CONTEXT))
    params = make_params(rng, D_CONTEXT)
    mask = padding_mask(np.array([4, 7]), K_LEN)
    hidden = torch.tensor(~np.repeat(np.broadcast_to(mask, (BATCH, Q_LEN, K_LEN)), NUM_HEADS, axis=0))
    output, weights = cross_attention(x, context, params, NUM_HEADS, mask)
    assert output.shape == (BATCH, Q_LEN, D_MODEL)
    assert weights.shape == (BATCH, NUM_HEADS, Q_LEN, K_LEN)
    expected, expected_weights = run(torch_module(params, D_CONTEXT), x, context, hidden)
    np.testing.assert_allclose(output, expected, atol=1e-12, rtol=1e-12)
    np.testing.assert_allclose(weights, expected_weights, atol=1e-12)


def test_multi_head_attention_hand_computed():
    x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    zero, eye = np.zeros((2, 2)), np.eye(2)
    params = {"w_q": zero, "w_k": eye, "w_v": eye, "w_o": np.array([[0.0, 1.0], [2.0, 0.0]])}
    output, weights = multi_head_attention(x, params, 2)  # zero queries: every weight is 1/3
    np.testing.assert_allclose(weights, np.full((2, 3, 3), 1 / 3), rtol=1e-15)
    np.testing.assert_allclose(output, np.tile([4 / 3, 2 / 3], (3, 1)), rtol=1e-15)


def test_multi_head_attention_heads_see_their_own_features_only(rng):
    x, params = rng.normal(size=(Q_LEN, D_MODEL)), make_params(rng)
    _, before = multi_head_attention(x, params, NUM_HEADS)
    params["w_q"][:, 4:8] = 0.0  # the features of head 1
    params["b_q"][4:8] = 0.0
    _, after = multi_head_attention(x, params, NUM_HEADS)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    np.testing.assert_allclose(after[1], 1 / Q_LEN, rtol=1e-12)


def test_multi_head_attention_query_without_key_gives_the_output_bias(rng):
    x, params = rng.normal(size=(BATCH, Q_LEN, D_MODEL)), make_params(rng)
    output, weights = multi_head_attention(x, params, NUM_HEADS, padding_mask(np.array([0, 3]), Q_LEN))
    np.testing.assert_array_equal(output[0], np.tile(params["b_o"], (Q_LEN, 1)))
    assert not weights[0].any()


@pytest.mark.parametrize("batch", [(), (2,), (2, 4), (2, 1, 4)])
def test_cross_attention_mask_broadcasts_over_the_batch_and_gets_the_head_axis(rng, batch):
    x, context = rng.normal(size=(*batch, Q_LEN, D_MODEL)), rng.normal(size=(*batch, K_LEN, D_CONTEXT))
    params = make_params(rng, D_CONTEXT)
    shapes = [(), (K_LEN,), (Q_LEN, 1), (Q_LEN, K_LEN), (*batch, 1, K_LEN), (*batch, Q_LEN, K_LEN)]
    if batch:
        shapes += [(*batch[:-1], 1, Q_LEN, K_LEN), (batch[-1], 1, 1)]
    for shape in shapes:
        mask = np.asarray(rng.random(shape) < 0.6)
        full = np.broadcast_to(mask, (*batch, Q_LEN, K_LEN))
        output, weights = cross_attention(x, context, params, NUM_HEADS, mask)
        assert weights.shape == (*batch, NUM_HEADS, Q_LEN, K_LEN)
        for index in np.ndindex(batch):
            alone, alone_weights = cross_attention(x[index], context[index], params, NUM_HEADS, full[index])
            np.testing.assert_allclose(output[index], alone, atol=1e-12)
            np.testing.assert_allclose(weights[index], alone_weights, atol=1e-12)


def test_cross_attention_leading_axes_of_x_and_context_broadcast(rng):
    x, context = rng.normal(size=(Q_LEN, D_MODEL)), rng.normal(size=(BATCH, K_LEN, D_CONTEXT))
    params = make_params(rng, D_CONTEXT)
    output, _ = cross_attention(x, context, params, NUM_HEADS)
    repeated, _ = cross_attention(np.stack([x] * BATCH), context, params, NUM_HEADS)
    np.testing.assert_allclose(output, repeated, atol=1e-12)


@pytest.mark.parametrize("content", [np.nan, np.inf])
def test_cross_attention_padding_may_hold_anything(rng, content):
    x, context = rng.normal(size=(BATCH, Q_LEN, D_MODEL)), rng.normal(size=(BATCH, K_LEN, D_CONTEXT))
    params, mask = make_params(rng, D_CONTEXT), padding_mask(np.array([4, 6]), K_LEN)
    expected, _ = cross_attention(x, context, params, NUM_HEADS, mask)
    context[0, 4:], context[1, 6:] = content, content
    output, weights = cross_attention(x, context, params, NUM_HEADS, mask)
    np.testing.assert_allclose(output, expected, atol=1e-12)
    assert np.isfinite(weights).all()
