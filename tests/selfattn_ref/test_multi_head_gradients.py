import numpy as np
import pytest
import torch

from selfattn_ref import (
    causal_mask,
    multi_head_attention,
    multi_head_attention_backward,
    numerical_gradient,
    padding_mask,
)

NUM_HEADS, SEQ_LEN, D_MODEL = 3, 5, 12
MASKS = {"none": None, "causal": causal_mask(SEQ_LEN), "empty rows": causal_mask(SEQ_LEN, SEQ_LEN, offset=-1)}


def make_params(rng, biases=True, d_model=D_MODEL):
    params = {name: rng.normal(size=(d_model, d_model)) for name in ("w_q", "w_k", "w_v", "w_o")}
    return params | ({name: rng.normal(size=d_model) for name in ("b_q", "b_k", "b_v", "b_o")} if biases else {})


def torch_output(x, params, mask):
    def heads(role):
        projected = x @ params[f"w_{role}"] + params.get(f"b_{role}", 0)
        return projected.unflatten(-1, (NUM_HEADS, -1)).transpose(-2, -3)

    q, k, v = heads("q"), heads("k"), heads("v")
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    visible = torch.ones(SEQ_LEN, SEQ_LEN) if mask is None else torch.tensor(mask)
    if visible.ndim > 2:
        visible = visible.unsqueeze(-3)
    exponentials = torch.exp(scores - scores.detach().amax(-1, keepdim=True)) * visible
    total = exponentials.sum(-1, keepdim=True)
    output = exponentials / torch.where(total == 0, torch.ones_like(total), total) @ v
    return output.transpose(-2, -3).flatten(-2) @ params["w_o"] + params.get("b_o", 0)


def torch_gradients(grad_output, x, params, mask):
    tokens = torch.tensor(x, requires_grad=True)
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    torch_output(tokens, tensors, mask).backward(torch.tensor(grad_output))
    return tokens.grad.numpy(), {name: tensor.grad.numpy() for name, tensor in tensors.items()}


def assert_equal_gradients(mine, expected):
    np.testing.assert_allclose(mine[0], expected[0], atol=1e-10, rtol=1e-10)
    assert list(mine[1]) == list(expected[1])
    for name, gradient in mine[1].items():
        np.testing.assert_allclose(gradient, expected[1][name], atol=1e-10, rtol=1e-10, err_msg=name)


@pytest.mark.parametrize("batch", [(), (2,), (2, 4), (2, 0)])
@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("masking", MASKS)
def test_multi_head_backward_equals_autograd(rng, batch, biases, masking):
    x, grad_output = rng.normal(size=(2, *batch, SEQ_LEN, D_MODEL))
    params = make_params(rng, biases)
    mine = multi_head_attention_backward(grad_output, x, params, NUM_HEADS, MASKS[masking])
    assert_equal_gradients(mine, torch_gradients(grad_output, x, params, MASKS[masking]))


def test_multi_head_backward_padding_mask_equals_autograd(rng):
    x, grad_output = rng.normal(size=(2, 2, SEQ_LEN, D_MODEL))
    params, mask = make_params(rng), padding_mask(np.array([2, 5]), SEQ_LEN)
    mine = multi_head_attention_backward(grad_output, x, params, NUM_HEADS, mask)
    assert_equal_gradients(mine, torch_gradients(grad_output, x, params, mask))


@pytest.mark.parametrize("biases", [True, False])
def test_multi_head_backward_equals_the_gradients_of_the_torch_module(rng, biases):
    x, grad_output = rng.normal(size=(2, 2, SEQ_LEN, D_MODEL))
    params = make_params(rng, biases)
    module = torch.nn.MultiheadAttention(D_MODEL, NUM_HEADS, bias=biases, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.tensor(np.concatenate([params[f"w_{role}"].T for role in "qkv"])))
        module.out_proj.weight.copy_(torch.tensor(params["w_o"].T))
        if biases:
            module.in_proj_bias.copy_(torch.tensor(np.concatenate([params[f"b_{role}"] for role in "qkv"])))
            module.out_proj.bias.copy_(torch.tensor(params["b_o"]))
    tokens = torch.tensor(x, requires_grad=True)
    output, _ = module(tokens, tokens, tokens, attn_mask=torch.tensor(~causal_mask(SEQ_LEN)))
    output.backward(torch.tensor(grad_output))
    parts = (part.T.numpy() for part in module.in_proj_weight.grad.split(D_MODEL))
    expected = dict(zip(("w_q", "w_k", "w_v"), parts, strict=True))
    expected["w_o"] = module.out_proj.weight.grad.T.numpy()
    if biases:
        parts = (part.numpy() for part in module.in_proj_bias.grad.split(D_MODEL))
        expected |= dict(zip(("b_q", "b_k", "b_v"), parts, strict=True)) | {"b_o": module.out_proj.bias.grad.numpy()}
    mine = multi_head_attention_backward(grad_output, x, params, NUM_HEADS, causal_mask(SEQ_LEN))
    assert_equal_gradients(mine, (tokens.grad.numpy(), expected))


def test_multi_head_backward_equals_central_differences(rng):
    x, grad_output = rng.normal(size=(2, 2, 3, 4))
    params, mask = make_params(rng, d_model=4), causal_mask(3)
    grad_x, grad_params = multi_head_attention_backward(grad_output, x, params, 2, mask)

    def loss(x, params):
        return (multi_head_attention(x, params, 2, mask)[0] * grad_output).sum()

    np.testing.assert_allclose(grad_x, numerical_gradient(lambda moved: loss(moved, params), x), atol=1e-7)
    for name, value in params.items():
        expected = numerical_gradient(lambda moved, name=name: loss(x, params | {name: moved}), value)
        np.testing.assert_allclose(grad_params[name], expected, atol=1e-7, err_msg=name)


def test_multi_head_backward_key_bias_has_gradient_exactly_zero(rng):
    x, grad_output = rng.normal(size=(2, 2, SEQ_LEN, D_MODEL))
    _, grad_params = multi_head_attention_backward(grad_output, x, make_params(rng), NUM_HEADS)
    np.testing.assert_array_equal(grad_params["b_k"], np.zeros(D_MODEL), strict=True)
    assert all(grad_params[name].all() for name in ("b_q", "b_v", "b_o"))


def test_multi_head_backward_one_head_of_one_feature_hand_computed():
    params = {name: np.array([[value]]) for name, value in {"w_q": 0.0, "w_k": 3.0, "w_v": 5.0, "w_o": 7.0}.items()}
    x, grad_output = np.array([[1.0], [2.0]]), np.array([[1.0], [0.0]])
    # queries 0: weights ½; values 5, 10; merged 7.5; grad_heads 7; grad_weights 35, 70; grad_scores of query 0 ∓8.75
    grad_x, grad_params = multi_head_attention_backward(grad_output, x, params, 1)
    assert grad_params["w_o"] == 7.5
    assert grad_params["w_v"] == 3.5 * 1 + 3.5 * 2
    assert grad_params["w_q"] == 1.0 * (-8.75 * 3 + 8.75 * 6)
    assert grad_params["w_k"] == 0.0
    np.testing.assert_array_equal(grad_x, [[3.5 * 5], [3.5 * 5]])
