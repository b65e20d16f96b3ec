import re

import numpy as np
import pytest
import torch
from torch import nn

from selfattn_ref import DecoderLayer, EncoderLayer, FeedForward, causal_mask, padding_mask
from tests.conformance.pytorch_modules import copy_layer

BATCH, NUM_HEADS, SOURCE_LEN, TARGET_LEN, D_MODEL, D_FF = 2, 3, 7, 5, 12, 17


def filled(module, rng):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.tensor(rng.normal(size=parameter.shape)))
    return module


def tokens(rng, length):
    return torch.tensor(rng.normal(size=(BATCH, length, D_MODEL)))


def pair(rng, mine, theirs, norm_first):
    theirs = theirs(D_MODEL, NUM_HEADS, D_FF, dropout=0.0, norm_first=norm_first, batch_first=True).double()
    return copy_layer(mine(D_MODEL, NUM_HEADS, D_FF, norm_first=norm_first).double(), filled(theirs, rng)), theirs


MASKS = {
    "none": None,
    "causal": torch.tensor(causal_mask(SOURCE_LEN)),
    "padding": torch.tensor(padding_mask(np.array([4, 7]), SOURCE_LEN)).expand(BATCH, SOURCE_LEN, SOURCE_LEN),
}


def hidden(mask):
    """torch wants True = hidden, and one mask for each sequence and head where it is not the same for all."""
    return None if mask is None else ~(mask if mask.ndim == 2 else mask.repeat_interleave(NUM_HEADS, dim=0))


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("train", [True, False])
def test_encoder_layer_equals_torch(rng, norm_first, mask, train):
    mine, theirs = pair(rng, EncoderLayer, nn.TransformerEncoderLayer, norm_first)
    x = tokens(rng, SOURCE_LEN)
    with torch.set_grad_enabled(train):  # without gradients torch takes a path of its own
        expected = theirs.train(train)(x, src_mask=hidden(MASKS[mask]))
    torch.testing.assert_close(mine(x, MASKS[mask]), expected, atol=1e-11, rtol=1e-11)


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("self_mask", [None, torch.tensor(causal_mask(TARGET_LEN))])
@pytest.mark.parametrize("memory_mask", [None, MASKS["padding"][:, :TARGET_LEN]])
def test_decoder_layer_equals_torch(rng, norm_first, self_mask, memory_mask):
    mine, theirs = pair(rng, DecoderLayer, nn.TransformerDecoderLayer, norm_first)
    x, memory = tokens(rng, TARGET_LEN), tokens(rng, SOURCE_LEN)
    expected = theirs(x, memory, tgt_mask=hidden(self_mask), memory_mask=hidden(memory_mask))
    torch.testing.assert_close(mine(x, memory, self_mask, memory_mask), expected, atol=1e-11, rtol=1e-11)


@pytest.mark.parametrize("norm_first", [True, False])
def test_layers_have_the_gradients_of_torch(rng, norm_first):
    mine, theirs = pair(rng, DecoderLayer, nn.TransformerDecoderLayer, norm_first)
    inputs = [tokens(rng, TARGET_LEN).requires_grad_(), tokens(rng, SOURCE_LEN).requires_grad_()]
    weights = torch.tensor(rng.normal(size=(BATCH, TARGET_LEN, D_MODEL)))
    gradients = [
        torch.autograd.grad((layer(*inputs) * weights).sum(), [*inputs, layer.norm2.weight, layer.norm3.bias])
        for layer in (mine, theirs)
    ]
    for left, right in zip(*gradients, strict=True):
        torch.testing.assert_close(left, right, atol=1e-10, rtol=1e-10)


def test_layers_have_the_parts_that_are_promised_in_order():
    names = {"attention", "self_attention", "cross_attention", "feed_forward", "norm1", "norm2", "norm3"}
    for layer, expected in (
        (EncoderLayer(12, 3, 17), ["attention", "feed_forward", "norm1", "norm2"]),
        (DecoderLayer(12, 3, 17), ["self_attention", "cross_attention", "feed_forward", "norm1", "norm2", "norm3"]),
    ):
        assert [name for name, _ in layer.named_children() if name in names] == expected
    assert [name for name, _ in FeedForward(4, 8).named_parameters()] == [
        "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias",
    ]  # fmt: skip


def test_feed_forward_hand_computed():
    feed_forward = FeedForward(2, 3)
    with torch.no_grad():
        feed_forward.linear1.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]))
        feed_forward.linear1.bias.copy_(torch.tensor([0.0, 0.0, 1.0]))
        feed_forward.linear2.weight.copy_(torch.tensor([[1.0, 1.0, 1.0], [0.0, 2.0, 4.0]]))
        feed_forward.linear2.bias.copy_(torch.tensor([0.5, -0.5]))
    x = torch.tensor([[2.0, -3.0], [0.0, 0.0]])  # inside: [2, 0, 2] and [0, 0, 1]
    torch.testing.assert_close(feed_forward(x), torch.tensor([[4.5, 7.5], [1.5, 3.5]]))


def test_feed_forward_works_on_every_token_by_itself(rng):
    feed_forward, x = filled(FeedForward(D_MODEL, D_FF).double(), rng), tokens(rng, SOURCE_LEN)
    torch.testing.assert_close(feed_forward(x)[1, 3], feed_forward(x[1, 3]))


@pytest.mark.parametrize("norm_first", [True, False])
def test_encoder_layer_formula(rng, norm_first):
    layer = filled(EncoderLayer(D_MODEL, NUM_HEADS, D_FF, norm_first=norm_first).double(), rng)
    x = tokens(rng, SOURCE_LEN)
    if norm_first:
        y = layer.norm1(x)
        middle = x + layer.attention(y, y, y)[0]
        expected = middle + layer.feed_forward(layer.norm2(middle))
    else:
        middle = layer.norm1(x + layer.attention(x, x, x)[0])
        expected = layer.norm2(middle + layer.feed_forward(middle))
    torch.testing.assert_close(layer(x), expected)


def test_layers_dropout_of_everything_leaves_the_residual(rng):
    x, memory = tokens(rng, TARGET_LEN), tokens(rng, SOURCE_LEN)
    options = {"dropout": 1.0, "norm_first": True}
    assert torch.equal(EncoderLayer(D_MODEL, NUM_HEADS, D_FF, **options).double()(x), x)
    assert torch.equal(DecoderLayer(D_MODEL, NUM_HEADS, D_FF, **options).double()(x, memory), x)


def test_feed_forward_dropout_lies_between_its_linear_maps(rng):
    feed_forward = FeedForward(D_MODEL, D_FF, dropout=1.0).double()
    assert torch.equal(feed_forward(tokens(rng, 3)), feed_forward.linear2.bias.expand(BATCH, 3, D_MODEL))


def test_layers_drop_nothing_in_evaluation(rng):
    x, memory = tokens(rng, TARGET_LEN), tokens(rng, SOURCE_LEN)
    encoder = EncoderLayer(D_MODEL, NUM_HEADS, D_FF, dropout=0.5).double().eval()
    decoder = DecoderLayer(D_MODEL, NUM_HEADS, D_FF, dropout=0.5).double().eval()
    assert torch.equal(encoder(x), encoder(x))
    assert torch.equal(decoder(x, memory), decoder(x, memory))
    rates = {part.p for layer in (encoder, decoder) for part in layer.modules() if isinstance(part, nn.Dropout)}
    assert rates == {0.5}


def test_layers_token_without_key_is_no_nan(rng):
    x, memory = tokens(rng, TARGET_LEN), tokens(rng, SOURCE_LEN)
    nothing = torch.zeros(1, 1, dtype=torch.bool)
    assert EncoderLayer(D_MODEL, NUM_HEADS, D_FF).double()(x, nothing).isfinite().all()
    assert DecoderLayer(D_MODEL, NUM_HEADS, D_FF).double()(x, memory, nothing, nothing).isfinite().all()


X, MEMORY = torch.ones(2, 5, 6), torch.ones(2, 7, 6)
WRONG_FORWARD = [
    (EncoderLayer, {"x": X.long()}, TypeError, "x must be a tensor of floats, got int64 tensor"),
    (EncoderLayer, {"x": torch.ones(6)}, ValueError, "x must have shape (..., seq_len, d_model), got shape (6,)"),
    (EncoderLayer, {"x": torch.ones(5, 4)}, ValueError, "x must have d_model=6 features, got shape (5, 4)"),
    (EncoderLayer, {"mask": torch.ones(4, 5).bool()}, ValueError, "mask must be broadcastable to"),
    (DecoderLayer, {"x": None}, TypeError, "x must be a tensor of floats, got None"),
    (DecoderLayer, {"memory": [1.0]}, TypeError, "memory must be a tensor of floats, got list"),
    (DecoderLayer, {"memory": torch.ones(2, 7, 5)}, ValueError, "memory must have d_model=6 features"),
    (DecoderLayer, {"memory": torch.ones(3, 7, 6)}, ValueError, "x, memory must have leading axes that broadcast"),
    (DecoderLayer, {"self_mask": torch.ones(5, 7).bool()}, ValueError, "self_mask must be broadcastable to"),
    (DecoderLayer, {"self_mask": torch.ones(5, 5)}, TypeError, "self_mask must be a tensor of booleans"),
    (DecoderLayer, {"memory_mask": torch.ones(5, 5).bool()}, ValueError, "memory_mask must be broadcastable to"),
    (DecoderLayer, {"memory_mask": "all"}, TypeError, "memory_mask must be a tensor of booleans, got str"),
]


@pytest.mark.parametrize(("kind", "changed", "error", "message"), WRONG_FORWARD)
def test_layers_wrong_input_is_named(kind, changed, error, message):
    good = {"x": X} | ({"memory": MEMORY} if kind is DecoderLayer else {})
    kind(6, 3, 10)(**good)
    with pytest.raises(error, match=re.escape(message)):
        kind(6, 3, 10)(**good | changed)


def test_feed_forward_wrong_input_is_named():
    with pytest.raises(TypeError, match="x must be a tensor of floats, got float32 array"):
        FeedForward(6, 10)(X.numpy())
    with pytest.raises(ValueError, match="x must have d_model=6 features, got shape"):
        FeedForward(6, 10)(torch.ones(5))
