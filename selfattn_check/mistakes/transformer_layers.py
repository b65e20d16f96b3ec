"""Mistakes in the feed-forward network and in what holds the parts of a layer together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn
from torch.nn import functional

from selfattn_check.blueprints import transformer_layers as right
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.residuals import RESIDUALS, norm_slips, one_sum, without_dropout

__all__ = ["ENCODING", "FEEDING"]

_BETWEEN = "ReLU once, between the layers: `self.linear2(self.dropout(self.linear1(x).relu()))`"
_DROP = "drop between the layers, after the ReLU: `self.dropout(self.linear1(x).relu())`"
_ATTRIBUTES = "make each layer an attribute of the module: `self.linear1 = nn.Linear(d_model, d_ff)`"


def _in_a_list(d_model: int, d_ff: int) -> Mapping[str, Any]:
    return {"layers": [nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)]}


def _without_bias(d_model: int, d_ff: int) -> Mapping[str, Any]:
    return {"linear1": nn.Linear(d_model, d_ff, bias=False), "linear2": nn.Linear(d_ff, d_model, bias=False)}


FEEDING = (
    Mistake.of(
        "missing-activation",
        "without an activation: two linear layers are one",
        _BETWEEN,
        activate=lambda hidden: hidden,
    ),
    Mistake.of("another-activation", "with GELU in place of ReLU", _BETWEEN, activate=functional.gelu),
    Mistake.of("another-activation", "with tanh in place of ReLU", _BETWEEN, activate=lambda hidden: hidden.tanh()),
    Mistake.of(
        "activation-misplaced",
        "when the ReLU comes after the second layer, not between them",
        _BETWEEN,
        activate=lambda hidden: hidden,
        give=lambda output, x, dropout: output.relu(),
    ),
    Mistake.of(
        "activation-misplaced",
        "when a ReLU comes after both layers",
        _BETWEEN,
        give=lambda output, x, dropout: output.relu(),
    ),
    Mistake.of(
        "activation-misplaced",
        "when the ReLU comes before the first layer",
        _BETWEEN,
        activate=lambda hidden: hidden,
        take=lambda x, dropout: x.relu(),
    ),
    Mistake.of(
        "missing-dropout", "when nothing is dropped in training mode", _DROP, drop=lambda hidden, dropout: hidden
    ),
    Mistake.of(
        "dropout-misplaced",
        "when the output is dropped instead of the hidden features",
        _DROP,
        drop=lambda hidden, dropout: hidden,
        give=lambda output, x, dropout: dropout(output),
    ),
    Mistake.of(
        "dropout-misplaced",
        "when the output is dropped, beside the hidden features",
        _DROP,
        give=lambda output, x, dropout: dropout(output),
    ),
    Mistake.of(
        "dropout-misplaced",
        "when the input is dropped instead of the hidden features",
        _DROP,
        drop=lambda hidden, dropout: hidden,
        take=lambda x, dropout: dropout(x),
    ),
    Mistake.of(
        "dropout-in-eval",
        "when features are dropped in eval mode, too",
        "use `nn.Dropout`, which knows the mode, or pass `training=self.training`",
        drop=lambda hidden, dropout: functional.dropout(hidden, dropout.p),
    ),
    Mistake.of(
        "unasked-residual",
        "when the tokens are added to the result already",
        "return the second layer's output: the layer around adds",
        give=lambda output, x, dropout: x + output,
    ),
    Mistake.of("not-registered", "when the layers are kept in a plain list", _ATTRIBUTES, linears=_in_a_list),
    Mistake.of(
        "ignores-bias",
        "when the layers are made with bias=False",
        "`nn.Linear` has a bias by default: leave it",
        linears=_without_bias,
    ),
)

_TWO_NORMS = "norm1 belongs to attention, norm2 to the feed-forward network"


def _sharing_a_norm(d_model: int, num_heads: int, d_ff: int, dropout: float) -> Mapping[str, Any]:
    made = dict(right.parts(d_model, num_heads, d_ff, dropout))
    return made | {"norm2": made["norm1"]}


def _unregistered(d_model: int, num_heads: int, d_ff: int, dropout: float) -> Mapping[str, Any]:
    made = dict(right.parts(d_model, num_heads, d_ff, dropout))
    return {"hidden": [made.pop("norm1"), made.pop("norm2")], **made}


ENCODING = (
    *RESIDUALS,
    *one_sum("attention", "the feed-forward network"),
    *norm_slips(right.norms, "attention", "attention", "the feed-forward network"),
    *without_dropout(
        right.parts,
        {
            "attention": "`MultiHeadAttention(d_model, num_heads, dropout)`",
            "feed_forward": "`FeedForward(d_model, d_ff, dropout)`",
        },
    ),
    Mistake.of(
        "shared-norm",
        "when norm1 is used for both steps",
        _TWO_NORMS,
        norms=lambda module: (module.norm1, module.norm1),
    ),
    Mistake.of(
        "shared-norm",
        "when norm1 and norm2 are exchanged",
        _TWO_NORMS,
        norms=lambda module: (module.norm2, module.norm1),
    ),
    Mistake.of(
        "shared-layer",
        "when norm1 and norm2 stand for one layer",
        "make two: each norm learns its own scale",
        parts=_sharing_a_norm,
    ),
    Mistake.of(
        "not-registered",
        "when the norms are kept in a plain list",
        "make each part an attribute of the module",
        parts=_unregistered,
    ),
    Mistake.of(
        "ignores-mask",
        "when the mask is not passed on",
        "`self.attention(y, y, y, mask)`",
        look=lambda module, y, mask, x: module.attention(y, y, y)[0],
    ),
    Mistake.of(
        "mask-inverted",
        "when the mask is inverted on the way to attention",
        "your attention takes True = may attend, too",
        look=lambda module, y, mask, x: module.attention(y, y, y, None if mask is None else ~mask)[0],
    ),
    Mistake.of(
        "feed-forward-first",
        "when the feed-forward network comes before attention",
        "first attention, then the feed-forward network",
        follow=lambda x, first, second: first(second(x)),
    ),
    Mistake.of(
        "sublayers-side-by-side",
        "when the feed-forward network sees the tokens from before attention",
        "the second step takes what the first returned",
        follow=lambda x, first, second: first(x) + second(x) - x,
    ),
    Mistake.of(
        "missing-feed-forward",
        "without the feed-forward network",
        "two steps: attention, then the feed-forward network",
        follow=lambda x, first, second: first(x),
    ),
)
