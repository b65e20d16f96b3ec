"""Mistakes in a layer of the decoder, beside those in sums and norms: parts, masks, memory, order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from selfattn_check.blueprints import decoder_layer as right
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.residuals import RESIDUALS, norm_slips, one_sum, without_dropout

__all__ = ["DECODING"]

_THREE_NORMS = "norm1 belongs to self-attention, norm2 to the attention to memory, norm3 to the feed-forward network"
_OWN_MASK = "self_mask goes to self-attention, memory_mask to the attention to memory"
_ACROSS = "the tokens ask, memory answers: `self.cross_attention(y, memory, memory, memory_mask)[0]`"
_ORDER = "first self-attention, then the attention to memory, then the feed-forward network"


def _with_parts(change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Callable[..., Mapping[str, Any]]:
    return lambda d_model, num_heads, d_ff, dropout: change(dict(right.parts(d_model, num_heads, d_ff, dropout)))


def _unregistered(made: dict[str, Any]) -> Mapping[str, Any]:
    return {"hidden": [made.pop(name) for name in ("norm1", "norm2", "norm3")], **made}


def _not(mask: Tensor | None) -> Tensor | None:
    return None if mask is None else ~mask


def _causal(mask: Tensor | None, x: Tensor) -> Tensor:
    past = torch.ones(x.shape[-2], x.shape[-2], dtype=torch.bool).tril()
    return past if mask is None else mask & past


def _normed_where_first(module: Any, y: Tensor, memory: Tensor, mask: Tensor | None) -> Any:
    return right.ask(module, y, module.norm2(memory) if module.norm_first else memory, mask)


_PARTS = (
    Mistake.of(
        "shared-layer",
        "when self_attention and cross_attention stand for one layer",
        "make two: each attention learns its own projections",
        parts=_with_parts(lambda made: made | {"cross_attention": made["self_attention"]}),
    ),
    Mistake.of(
        "shared-layer",
        "when norm1, norm2 and norm3 stand for one layer",
        "make three: each norm learns its own scale",
        parts=_with_parts(lambda made: made | {"norm2": made["norm1"], "norm3": made["norm1"]}),
    ),
    Mistake.of(
        "not-registered",
        "when the norms are kept in a plain list",
        "make each part an attribute of the module",
        parts=_with_parts(_unregistered),
    ),
    Mistake.of(
        "shared-norm",
        "when norm1 is used for all steps",
        _THREE_NORMS,
        norms=lambda module: (module.norm1, module.norm1, module.norm1),
    ),
    Mistake.of(
        "shared-norm",
        "when norm1 is used for both attentions",
        _THREE_NORMS,
        norms=lambda module: (module.norm1, module.norm1, module.norm3),
    ),
    Mistake.of(
        "shared-norm",
        "when norm2 is used for the feed-forward network, and norm3 for memory",
        _THREE_NORMS,
        norms=lambda module: (module.norm1, module.norm3, module.norm2),
    ),
    Mistake.of(
        "shared-norm",
        "when norm2 is used for the feed-forward network, too",
        _THREE_NORMS,
        norms=lambda module: (module.norm1, module.norm2, module.norm2),
    ),
)

_MASKS = (
    Mistake.of("ignores-mask", "when self_mask is not passed on", _OWN_MASK, masks=lambda own, other, x: (None, other)),
    Mistake.of("ignores-mask", "when memory_mask is not passed on", _OWN_MASK, masks=lambda own, other, x: (own, None)),
    Mistake.of("ignores-mask", "when neither mask is passed on", _OWN_MASK, masks=lambda own, other, x: (None, None)),
    Mistake.of("masks-exchanged", "when the masks are exchanged", _OWN_MASK, masks=lambda own, other, x: (other, own)),
    Mistake.of(
        "masks-exchanged", "when self_mask hides memory, too", _OWN_MASK, masks=lambda own, other, x: (own, own)
    ),
    Mistake.of(
        "mask-inverted",
        "when both masks are inverted on the way to attention",
        "your attention takes True = may attend, too",
        masks=lambda own, other, x: (_not(own), _not(other)),
    ),
    Mistake.of(
        "mask-inverted",
        "when memory_mask is inverted on the way to attention",
        "your attention takes True = may attend, too",
        masks=lambda own, other, x: (own, _not(other)),
    ),
    Mistake.of(
        "causal-in-encoder",
        "when the future is hidden although no mask says so",
        "pass on the masks that you get: whoever wants the future hidden says so by self_mask",
        masks=lambda own, other, x: (_causal(own, x), other),
    ),
)

_MEMORY = (
    Mistake.of(
        "keys-from-queries",
        "when the second attention looks at the tokens again, not at memory",
        _ACROSS,
        ask=lambda module, y, memory, mask: module.cross_attention(y, y, y, mask)[0],
    ),
    Mistake.of(
        "mixes-wrong-values",
        "when memory gives the keys and the tokens the values",
        _ACROSS,
        ask=lambda module, y, memory, mask: module.cross_attention(y, memory, y, mask)[0],
    ),
    Mistake.of(
        "swaps-x-and-context",
        "when memory asks and the tokens answer",
        _ACROSS,
        ask=lambda module, y, memory, mask: module.cross_attention(memory, y, y, mask)[0],
    ),
    Mistake.of(
        "shared-projection",
        "when self_attention looks at memory, too, and cross_attention is never used",
        _ACROSS,
        ask=lambda module, y, memory, mask: module.self_attention(y, memory, memory, mask)[0],
    ),
    Mistake.of(
        "normalizes-memory",
        "when norm2 normalizes memory, too, in pre-norm",
        "memory is taken as it comes: the encoder has normalized it",
        ask=_normed_where_first,
    ),
    Mistake.of(
        "normalizes-memory",
        "when norm2 normalizes memory, too",
        "memory is taken as it comes: the encoder has normalized it",
        ask=lambda module, y, memory, mask: right.ask(module, y, module.norm2(memory), mask),
    ),
)

_STEPS = (
    Mistake.of(
        "missing-cross-attention",
        "without the attention to memory",
        _ORDER,
        follow=lambda x, first, second, third: third(first(x)),
    ),
    Mistake.of(
        "missing-feed-forward",
        "without the feed-forward network",
        _ORDER,
        follow=lambda x, first, second, third: second(first(x)),
    ),
    Mistake.of(
        "cross-attention-first",
        "when the attention to memory comes before self-attention",
        _ORDER,
        follow=lambda x, first, second, third: third(first(second(x))),
    ),
    Mistake.of(
        "feed-forward-first",
        "when the feed-forward network comes before the attention to memory",
        _ORDER,
        follow=lambda x, first, second, third: second(third(first(x))),
    ),
    Mistake.of(
        "sublayers-side-by-side",
        "when the attention to memory sees the tokens from before self-attention",
        "each step takes what the one before returned",
        follow=lambda x, first, second, third: third(first(x) + second(x) - x),
    ),
)

_OF = ("self-attention", "attention to memory", "the feed-forward network")
_SUMS = (
    *one_sum(*_OF),
    *norm_slips(right.norms, "self_attention", *_OF),
    *without_dropout(
        right.parts,
        {
            "self_attention": "`MultiHeadAttention(d_model, num_heads, dropout)`",
            "cross_attention": "`MultiHeadAttention(d_model, num_heads, dropout)`",
            "feed_forward": "`FeedForward(d_model, d_ff, dropout)`",
        },
    ),
)

DECODING = (*RESIDUALS, *_SUMS, *_PARTS, *_MASKS, *_MEMORY, *_STEPS)
