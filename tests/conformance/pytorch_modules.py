"""PyTorch's modules: attention, the layers of encoder and decoder, and the whole Transformer.

The samples for the first three are those with which PyTorch tests its modules on every device. Each sample is run
twice, in training with gradients and in evaluation without: there PyTorch takes a fast path of its own. For the
Transformer, whose samples come without embeddings and without a causal mask, the cases are made here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from inspect import signature
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import nn

from selfattn_ref import (
    DecoderLayer,
    EncoderLayer,
    MultiHeadAttention,
    Transformer,
    copy_weights,
    sinusoidal_positions,
)
from tests.conformance.authority import Authority, Case, OutOfScope, agree


def attention(theirs: Any, options: dict[str, Any], given: list[Any], masks: dict[str, Any]) -> tuple[Any, Any]:
    """nn.MultiheadAttention; its weights are averaged over the heads."""
    if options["add_bias_kv"] or options["add_zero_attn"]:
        raise OutOfScope("keys and values that belong to no token")
    mine = MultiHeadAttention(options["embed_dim"], options["num_heads"]).double()
    copy_weights(mine, theirs)
    output, weights = mine(*given, may_attend(masks["attn_mask"], masks["key_padding_mask"]))
    return output, weights.mean(dim=-3)


def encoder_layer(theirs: Any, options: dict[str, Any], given: list[Any], masks: dict[str, Any]) -> tuple[Any]:
    """nn.TransformerEncoderLayer."""
    mask = may_attend(masks.get("src_mask"), masks.get("src_key_padding_mask"))
    return (copy_layer(layer_like(EncoderLayer, options), theirs)(*given, mask),)


def decoder_layer(theirs: Any, options: dict[str, Any], given: list[Any], masks: dict[str, Any]) -> tuple[Any]:
    """nn.TransformerDecoderLayer."""
    self_mask = may_attend(masks.get("tgt_mask"), masks.get("tgt_key_padding_mask"))
    memory_mask = may_attend(masks.get("memory_mask"), masks.get("memory_key_padding_mask"))
    return (copy_layer(layer_like(DecoderLayer, options), theirs)(*given, self_mask, memory_mask),)


def may_attend(hidden: Any, hidden_keys: Any) -> Any:
    """One mask in this project's sense from PyTorch's two, in both of which True = hidden."""
    if hidden is not None and hidden.ndim == 3:
        if not (hidden == hidden[0]).all():
            raise OutOfScope("a mask of its own for each head")
        hidden = hidden[0]
    parts = [~hidden] if hidden is not None else []
    parts += [~hidden_keys.unsqueeze(-2)] if hidden_keys is not None else []  # (batch, 1, k_len)
    return parts[0] & parts[-1] if parts else None


def layer_like(kind: Any, options: dict[str, Any]) -> Any:
    if options["activation"] is not nn.functional.relu:
        raise OutOfScope("another activation than ReLU")
    sizes = options["d_model"], options["nhead"], options["dim_feedforward"]
    return kind(*sizes, norm_first=options["norm_first"]).double()


def copy_layer(mine: Any, theirs: Any) -> Any:
    """Copy all weights of PyTorch's encoder or decoder layer; return mine."""
    if isinstance(mine, DecoderLayer):
        copy_weights(mine.self_attention, theirs.self_attn)
        copy_weights(mine.cross_attention, theirs.multihead_attn)
    else:
        copy_weights(mine.attention, theirs.self_attn)
    for name in ("linear1", "linear2"):
        copy_part(getattr(mine.feed_forward, name), getattr(theirs, name))
    for name in ("norm1", "norm2", "norm3")[: 3 if isinstance(mine, DecoderLayer) else 2]:
        copy_part(getattr(mine, name), getattr(theirs, name))
    return mine


@torch.no_grad()
def copy_part(mine: Any, theirs: Any) -> None:
    """Copy a linear map or a norm; without a bias it is the same as with zeros."""
    mine.weight.copy_(theirs.weight)
    mine.bias.copy_(torch.zeros_like(mine.bias) if theirs.bias is None else theirs.bias)


def fill(module: Any) -> Any:
    """Random numbers for all weights: fresh modules have biases of 0 and norms of 1, which hide mistakes."""
    rng = np.random.default_rng(5)
    for parameter in module.parameters():
        parameter.data = torch.tensor(rng.normal(size=parameter.shape))
    return module


def sample_cases(kind: Any, adapter: Callable[..., Any]) -> Iterator[Case]:
    """PyTorch's samples for one of its modules."""
    from torch.testing._internal.common_modules import module_db

    info = next(info for info in module_db if info.module_cls is kind)
    samples = info.module_inputs_func(info, device="cpu", dtype=torch.float64, requires_grad=False, training=True)
    for number, sample in enumerate(samples):
        yield Case(f"sample {number} {sample.desc}", partial(run_sample, kind, adapter, sample))


def run_sample(kind: Any, adapter: Callable[..., Any], sample: Any) -> None:
    """Build PyTorch's module, copy its weights and give the same tensors to both."""
    made = signature(kind).bind(*sample.constructor_input.args, **sample.constructor_input.kwargs)
    made.apply_defaults()
    theirs = fill(kind(*made.args, **made.kwargs))
    given, masks = sample.forward_input.args, sample.forward_input.kwargs
    turned = not made.arguments["batch_first"] and given[0].ndim == 3  # the sequence before the batch
    mine = adapter(theirs, made.arguments, [x.transpose(0, 1) if turned else x for x in given], masks)
    for training in (True, False):
        with torch.set_grad_enabled(training):
            expected = theirs.train(training)(*given, **masks)
        expected = expected if isinstance(expected, tuple) else (expected,)
        for left, right in zip(mine, expected, strict=True):
            agree(left.detach().numpy(), (right.transpose(0, 1) if turned else right).detach().numpy())


def transformer_cases() -> Iterator[Case]:
    """nn.Transformer with one and with three layers, pre- and post-norm, with padding in the source and without."""
    for num_layers, norm_first, padded in product((1, 3), (True, False), (True, False)):
        name = f"{num_layers} layers, norm_first={norm_first}, padding={padded}"
        yield Case(name, partial(run_transformer, num_layers, norm_first, padded))


def run_transformer(num_layers: int, norm_first: bool, padded: bool) -> None:
    """Every vector of source and target is made the embedding of a token of its own."""
    batch, source_len, target_len, d_model = 2, 7, 5, 12
    rng = np.random.default_rng(5)
    source, target = (torch.tensor(rng.normal(size=(batch, n, d_model))) for n in (source_len, target_len))
    hidden = torch.tensor([[False] * source_len, [False] * 4 + [padded] * 3])
    theirs = fill(their_transformer(d_model, 3, 17, num_layers, norm_first)).double()
    causal = torch.triu(torch.ones(target_len, target_len, dtype=torch.bool), diagonal=1)
    expected = theirs(
        source, target, tgt_mask=causal, src_key_padding_mask=hidden, memory_key_padding_mask=hidden
    )  # (batch, target_len, d_model)

    pad = batch * source_len
    mine = Transformer(pad + 1, batch * target_len, d_model, 3, 17, num_layers, norm_first=norm_first, pad=pad).double()
    for layers, their_layers in ((mine.encoder, theirs.encoder.layers), (mine.decoder, theirs.decoder.layers)):
        for layer, their_layer in zip(layers, their_layers, strict=True):
            copy_layer(layer, their_layer)
    if norm_first:
        copy_part(mine.encoder_norm, theirs.encoder.norm)
        copy_part(mine.decoder_norm, theirs.decoder.norm)
    with torch.no_grad():
        for embedding, vectors in ((mine.source_embedding, source), (mine.target_embedding, target)):
            positions = torch.tensor(sinusoidal_positions(vectors.shape[1], d_model))
            embedding.weight[: vectors[..., 0].numel()] = (vectors - positions).flatten(0, 1) / math.sqrt(d_model)
    mine.to_logits = nn.Identity()
    source_tokens = torch.arange(pad).view(batch, source_len).masked_fill(hidden, pad)
    output = mine(source_tokens, torch.arange(batch * target_len).view(batch, target_len))
    agree(output.detach().numpy(), expected.detach().numpy())


def their_transformer(d_model: int, num_heads: int, d_ff: int, num_layers: int, norm_first: bool) -> Any:
    """nn.Transformer; with post-norm without the additional norms at its ends, which neither the paper nor we have."""
    layer = {"dropout": 0.0, "batch_first": True, "norm_first": norm_first}
    norms = [nn.LayerNorm(d_model) if norm_first else None for _ in range(2)]
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(d_model, num_heads, d_ff, **layer), num_layers, norms[0], enable_nested_tensor=False
    )
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(d_model, num_heads, d_ff, **layer), num_layers, norms[1])
    return nn.Transformer(d_model, num_heads, custom_encoder=encoder, custom_decoder=decoder, batch_first=True)


SAMPLES = [
    ("MultiheadAttention as a module", nn.MultiheadAttention, attention),
    ("TransformerEncoderLayer", nn.TransformerEncoderLayer, encoder_layer),
    ("TransformerDecoderLayer", nn.TransformerDecoderLayer, decoder_layer),
]
AUTHORITIES = [
    Authority(f"PyTorch {name}", "torch", partial(sample_cases, kind, adapter)) for name, kind, adapter in SAMPLES
] + [Authority("PyTorch Transformer", "torch", transformer_cases)]
