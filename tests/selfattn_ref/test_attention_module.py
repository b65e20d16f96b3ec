import math
import re

import numpy as np
import pytest
import torch

from selfattn_ref import MultiHeadAttention, causal_mask, copy_weights, cross_attention, padding_mask

BATCH, NUM_HEADS, Q_LEN, K_LEN, D_MODEL = 2, 3, 5, 7, 12
ROLES = ("w_q", "w_k", "w_v", "w_o")


@pytest.fixture
def attention(rng):
    """A module whose numbers are all different and large enough to show mistakes, biases too."""
    return filled(MultiHeadAttention(D_MODEL, NUM_HEADS).double(), rng)


def filled(module, rng):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.tensor(rng.normal(size=parameter.shape)))
    return module


def tensors(rng, *lengths, batch=(BATCH,)):
    return [torch.tensor(rng.normal(size=(*batch, length, D_MODEL))) for length in lengths]


def params_of(module):
    """The module's weights as `multi_head_attention` takes them: nn.Linear stores W transposed."""
    linears = {role: getattr(module, role) for role in ROLES}
    weights = {role: linear.weight.detach().numpy().T for role, linear in linears.items()}
    return weights | {role.replace("w", "b"): linear.bias.detach().numpy() for role, linear in linears.items()}


def test_module_has_its_projections_in_order_and_nothing_else_to_learn():
    module = MultiHeadAttention(D_MODEL, NUM_HEADS)
    assert [name for name, part in module.named_children() if isinstance(part, torch.nn.Linear)] == list(ROLES)
    assert [name for name, _ in module.named_parameters()] == [
        f"{r}.{kind}" for r in ROLES for kind in ("weight", "bias")
    ]
    assert {tuple(getattr(module, role).weight.shape) for role in ROLES} == {(D_MODEL, D_MODEL)}


@pytest.mark.parametrize("batch", [(), (2,), (2, 4)])
@pytest.mark.parametrize("masked", [False, True])
def test_module_equals_numpy(rng, attention, batch, masked):
    query, context = tensors(rng, Q_LEN, K_LEN, batch=batch)
    mask = rng.random((*batch, Q_LEN, K_LEN)) < 0.4 if masked else None  # some queries have no key
    output, weights = attention(query, context, context, None if mask is None else torch.tensor(mask))
    expected = cross_attention(query.numpy(), context.numpy(), params_of(attention), NUM_HEADS, mask)
    np.testing.assert_allclose(output.detach(), expected[0], atol=1e-12)
    np.testing.assert_allclose(weights.detach(), expected[1], atol=1e-13)


def test_module_key_and_value_may_differ(rng, attention):
    query, key, value = tensors(rng, Q_LEN, K_LEN, K_LEN)
    output, weights = attention(query, key, value)
    v = attention.w_v(value).unflatten(-1, (NUM_HEADS, 4)).transpose(1, 2)
    torch.testing.assert_close(output, attention.w_o((weights @ v).transpose(1, 2).reshape(BATCH, Q_LEN, D_MODEL)))
    torch.testing.assert_close(weights, attention(query, key, key)[1])


@pytest.mark.parametrize("shape", [(), (K_LEN,), (Q_LEN, 1), (Q_LEN, K_LEN), (BATCH, 1, K_LEN), (BATCH, Q_LEN, K_LEN)])
def test_module_mask_broadcasts_over_the_batch_and_is_the_same_for_all_heads(rng, attention, shape):
    query, context = tensors(rng, Q_LEN, K_LEN)
    mask = torch.tensor(np.asarray(rng.random(shape) < 0.6))
    output, weights = attention(query, context, context, mask)
    full = mask.expand(BATCH, Q_LEN, K_LEN)
    for i in range(BATCH):
        alone = attention(query[i], context[i], context[i], full[i])
        torch.testing.assert_close(output[i], alone[0])
        assert not weights[i].masked_select(~full[i]).any()


def test_module_query_without_key_gives_the_bias_and_no_nan_in_any_gradient(rng, attention):
    query, context = (x.requires_grad_() for x in tensors(rng, Q_LEN, K_LEN))
    mask = torch.tensor(padding_mask(np.array([0, 4]), K_LEN))
    output, weights = attention(query, context, context, mask)
    assert torch.equal(output[0], attention.w_o.bias.expand(Q_LEN, D_MODEL))
    assert not weights[0].any()
    output.square().sum().backward()
    gradients = [query.grad, context.grad, *(p.grad for p in attention.parameters())]
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert not query.grad[0].any()
    assert not context.grad[1, 4:].any()


def test_module_gradients_agree_with_central_differences(rng):
    attention = filled(MultiHeadAttention(4, 2).double(), rng)
    inputs = [torch.tensor(rng.normal(size=(2, n, 4)), requires_grad=True) for n in (2, 3, 3)]
    mask = torch.tensor([[True, False, True], [False, False, False]])
    torch.autograd.gradcheck(lambda *x: attention(*x, mask), inputs)


@pytest.mark.parametrize("hidden_score", [1e30, math.inf, math.nan])
def test_module_size_of_a_hidden_score_does_not_matter(rng, attention, hidden_score):
    query, key = tensors(rng, Q_LEN, K_LEN)
    spoiled = key.clone()
    spoiled[:, 2] = hidden_score
    mask = torch.arange(K_LEN) != 2
    output, weights = attention(query, spoiled, key, mask)
    torch.testing.assert_close(output, attention(query, key, key, mask)[0])
    assert not weights[..., 2].any()


def test_module_hand_computed():
    attention = MultiHeadAttention(2, 2).double()
    swap = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    with torch.no_grad():
        for role, weight in zip(ROLES, (torch.zeros(2, 2), torch.eye(2), torch.eye(2), swap.T), strict=True):
            getattr(attention, role).weight.copy_(weight)
            getattr(attention, role).bias.zero_()
    x = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]]).double()
    output, weights = attention(x, x, x)  # zero queries: every weight is 1/3
    torch.testing.assert_close(weights, torch.full((1, 2, 3, 3), 1 / 3).double())
    torch.testing.assert_close(output, torch.tensor([4 / 3, 2 / 3]).double().expand(1, 3, 2))


def test_module_weights_are_those_before_dropout(rng):
    attention = filled(MultiHeadAttention(D_MODEL, NUM_HEADS, dropout=0.5).double(), rng)
    (x,) = tensors(rng, Q_LEN)
    expected_output, expected = attention.eval()(x, x, x)
    output, weights = attention.train()(x, x, x)
    torch.testing.assert_close(weights, expected)
    assert not torch.allclose(output, expected_output)


def test_module_dropout_of_everything_leaves_the_bias(rng):
    attention = filled(MultiHeadAttention(D_MODEL, NUM_HEADS, dropout=1.0).double(), rng)
    (x,) = tensors(rng, Q_LEN)
    assert torch.equal(attention(x, x, x)[0], attention.w_o.bias.expand(BATCH, Q_LEN, D_MODEL))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_module_keeps_the_dtype(dtype):
    x = torch.ones(2, 3, 8, dtype=dtype)
    assert {y.dtype for y in MultiHeadAttention(8, 2).to(dtype)(x, x, x, torch.ones(3, 3).bool())} == {dtype}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("cross", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_copy_weights_gives_the_numbers_of_torch_in_both_modes(rng, attention, bias, cross, masked):
    theirs = torch.nn.MultiheadAttention(D_MODEL, NUM_HEADS, bias=bias, batch_first=True).double()
    copy_weights(attention, filled(theirs, rng))
    query, context = tensors(rng, Q_LEN, K_LEN if cross else Q_LEN)
    mask = torch.tensor(causal_mask(Q_LEN, context.shape[1])) if masked else None
    hidden = None if mask is None else ~mask
    for train in (True, False):
        output, weights = attention.train(train)(query, context, context, mask)
        with torch.set_grad_enabled(train):  # without gradients torch takes a path of its own
            expected = theirs.train(train)(query, context, context, attn_mask=hidden, average_attn_weights=False)
        torch.testing.assert_close(output, expected[0], atol=1e-12, rtol=1e-12)
        torch.testing.assert_close(weights, expected[1], atol=1e-12, rtol=1e-12)


def test_copy_weights_in_float32_is_close_to_torch(rng):
    mine, theirs = MultiHeadAttention(64, 4), torch.nn.MultiheadAttention(64, 4, batch_first=True)
    copy_weights(mine, theirs)  # the first weights, as torch draws them
    x = torch.tensor(rng.normal(size=(2, 11, 64)), dtype=torch.float32)
    torch.testing.assert_close(mine(x, x, x)[0], theirs(x, x, x)[0], atol=1e-6, rtol=1e-6)


def test_copy_weights_copies_numbers_in_place_and_shares_nothing(rng, attention):
    theirs = filled(torch.nn.MultiheadAttention(D_MODEL, NUM_HEADS), rng)  # float32 into float64
    parameters, before = list(attention.parameters()), [p.clone() for p in theirs.parameters()]
    assert copy_weights(attention, theirs) is None
    assert all(now is then for now, then in zip(attention.parameters(), parameters, strict=True))
    assert all(p.dtype == torch.float64 and p.requires_grad for p in attention.parameters())
    with torch.no_grad():
        for parameter in parameters:
            parameter.fill_(9.0)
    assert all(torch.equal(p, then) for p, then in zip(theirs.parameters(), before, strict=True))


X, M = torch.ones(2, 5, 6), torch.ones(5, 7).bool()
WRONG_FORWARD = [
    ({"query": X.numpy()}, TypeError, "query must be a tensor of floats, got float32 array"),
    ({"key": X.long()}, TypeError, "key must be a tensor of floats, got int64 tensor"),
    ({"value": None}, TypeError, "value must be a tensor of floats, got None"),
    ({"mask": M.float()}, TypeError, "mask must be a tensor of booleans, got float32 tensor"),
    ({"mask": [True]}, TypeError, "mask must be a tensor of booleans, got list"),
    ({"query": X[..., :4]}, ValueError, "query must have d_model=6 features, got shape (2, 5, 4)"),
    ({"value": torch.ones(2, 7, 5)}, ValueError, "value must have d_model=6 features, got shape (2, 7, 5)"),
    ({"query": torch.ones(6)}, ValueError, "query must have shape (..., q_len, d_model), got shape (6,)"),
    ({"value": X}, ValueError, "value must have as many rows (k_len) as key, got key (2, 7, 6), value (2, 5, 6)"),
    ({"query": torch.ones(3, 5, 6)}, ValueError, "query, key, value must have leading axes that broadcast together"),
    ({"mask": M.T}, ValueError, "mask must be broadcastable to (..., q_len, k_len), here (2, 5, 7), got shape (7, 5)"),
    ({"mask": M.expand(2, 3, 5, 7)}, ValueError, "mask must be broadcastable to"),
]


@pytest.mark.parametrize(("changed", "error", "message"), WRONG_FORWARD)
def test_module_wrong_input_is_named(changed, error, message):
    good = {"query": X, "key": torch.ones(2, 7, 6), "value": torch.ones(2, 7, 6), "mask": M}
    MultiHeadAttention(6, 3)(**good)
    with pytest.raises(error, match=re.escape(message)):
        MultiHeadAttention(6, 3)(**good | changed)
