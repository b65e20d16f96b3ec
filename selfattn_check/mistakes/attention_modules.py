"""Mistakes in multi-head attention as a PyTorch module: registering, roles, heads, scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from selfattn_check.blueprints import attention_module as right
from selfattn_check.exercise import Mistake

__all__ = ["BUILDING", "HEADS", "ROLES", "SCORING"]

_NAMES = ("w_q", "w_k", "w_v", "w_o")
_ATTRIBUTES = "make each layer an attribute of the module: `self.w_q = nn.Linear(d_model, d_model)`"
_FOUR = "make four layers: `nn.Linear` is called once for each of w_q, w_k, w_v, w_o"
_VALUE_ERROR = "`raise ValueError` before anything is built if num_heads does not divide d_model"


def _listed(names: tuple[str, ...]) -> Callable[[int, int], Mapping[str, Any]]:
    def layers(d_model: int, num_heads: int) -> Mapping[str, Any]:
        made = dict(right.layers(d_model, num_heads))
        return {"hidden": [made.pop(name) for name in names], **made}

    return layers


def _shared(*names: str) -> Callable[[int, int], Mapping[str, Any]]:
    def layers(d_model: int, num_heads: int) -> Mapping[str, Any]:
        made = dict(right.layers(d_model, num_heads))
        return {name: made[names[0]] if name in names else layer for name, layer in made.items()}

    return layers


BUILDING = (
    Mistake.of(
        "not-registered", "when all four layers are kept in a plain list or dict", _ATTRIBUTES, layers=_listed(_NAMES)
    ),
    Mistake.of(
        "not-registered", "when w_q, w_k, w_v are kept in a plain list or dict", _ATTRIBUTES, layers=_listed(_NAMES[:3])
    ),
    Mistake.of("shared-layer", "when all four names stand for one layer", _FOUR, layers=_shared(*_NAMES)),
    Mistake.of("shared-layer", "when w_q, w_k and w_v stand for one layer", _FOUR, layers=_shared("w_q", "w_k", "w_v")),
    Mistake.of("shared-layer", "when w_k and w_v stand for one layer", _FOUR, layers=_shared("w_k", "w_v")),
    Mistake.of(
        "ignores-bias",
        "when the layers are made with bias=False",
        "`nn.Linear` has a bias by default: leave it",
        layers=lambda d_model, num_heads: {name: nn.Linear(d_model, d_model, bias=False) for name in _NAMES},
    ),
    Mistake.of(
        "width-of-one-head",
        "when w_q, w_k and w_v lead to the width of one head",
        "all heads are projected together: d_model to d_model, then split",
        layers=lambda d_model, num_heads: {
            **{name: nn.Linear(d_model, d_model // num_heads) for name in _NAMES[:3]},
            "w_o": nn.Linear(d_model, d_model),
        },
    ),
    Mistake.of(
        "floors-head-dim",
        "when the constructor takes a num_heads that does not divide d_model",
        _VALUE_ERROR,
        admit=lambda d_model, num_heads: None,
    ),
    Mistake.of(
        "asserts-instead-of-raising",
        "when an assertion refuses the sizes",
        _VALUE_ERROR,
        admit=lambda d_model, num_heads: _assert(d_model % num_heads == 0),
    ),
)


def _assert(condition: bool) -> None:
    assert condition


_OWN = "each role has its own layer: `self.w_q(query)`, `self.w_k(key)`, `self.w_v(value)`"

ROLES = (
    Mistake.of(
        "keys-from-queries", "when k and v are made from query", _OWN, roles=lambda m, q, k, v: right.roles(m, q, q, q)
    ),
    Mistake.of(
        "keys-from-queries", "when k is made from query", _OWN, roles=lambda m, q, k, v: right.roles(m, q, q, v)
    ),
    Mistake.of("mixes-wrong-values", "when v is made from key", _OWN, roles=lambda m, q, k, v: right.roles(m, q, k, k)),
    Mistake.of(
        "swaps-keys-and-values",
        "when key and value are exchanged",
        _OWN,
        roles=lambda m, q, k, v: right.roles(m, q, v, k),
    ),
    Mistake.of(
        "shared-projection",
        "when w_q projects all three",
        _OWN,
        roles=lambda m, q, k, v: (m.w_q(q), m.w_q(k), m.w_q(v)),
    ),
    Mistake.of(
        "shared-projection", "when w_q projects key too", _OWN, roles=lambda m, q, k, v: (m.w_q(q), m.w_q(k), m.w_v(v))
    ),
    Mistake.of(
        "packed-order",
        "when w_q projects key, and w_k query",
        _OWN,
        roles=lambda m, q, k, v: (m.w_k(q), m.w_q(k), m.w_v(v)),
    ),
    Mistake.of(
        "missing-projection", "when value is not projected", _OWN, roles=lambda m, q, k, v: (m.w_q(q), m.w_k(k), v)
    ),
    Mistake.of(
        "missing-projection", "when nothing is projected at the start", _OWN, roles=lambda m, q, k, v: (q, k, v)
    ),
)

_SPLIT = "cut the features, then exchange axes: `x.view(batch, -1, num_heads, head_dim).transpose(1, 2)`"
_MERGE = "exchange heads and tokens first: `x.transpose(1, 2).reshape(batch, -1, d_model)`"


def _straight(x: Tensor, num_heads: int) -> Tensor:
    return x.reshape(x.shape[0], num_heads, x.shape[1], -1)


def _alternating(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (-1, num_heads)).movedim(-1, -3)


def _straight_back(heads: Tensor) -> Tensor:
    return heads.reshape(heads.shape[0], heads.shape[2], -1)


HEADS = (
    Mistake.of(
        "split-without-transpose",
        "when the projections are reshaped straight to (batch, num_heads, seq_len, head_dim)",
        _SPLIT,
        split=_straight,
    ),
    Mistake.of(
        "split-without-transpose",
        "when heads and tokens change places neither in the split nor in the merge",
        _SPLIT,
        split=_straight,
        merge=_straight_back,
    ),
    Mistake.of("interleaved-split", "when head h takes every num_heads-th feature", _SPLIT, split=_alternating),
    Mistake.of(
        "interleaved-split",
        "when head h takes every num_heads-th feature, and gives them back so",
        _SPLIT,
        split=_alternating,
        merge=lambda heads: heads.movedim(-3, -1).flatten(-2),
    ),
    Mistake.of(
        "merge-without-transpose",
        "when the heads are reshaped straight to (batch, q_len, d_model)",
        _MERGE,
        merge=_straight_back,
    ),
    Mistake.of(
        "view-after-transpose",
        "when `view` is asked for what only a copy can be: transposed numbers in one row",
        "use `reshape`, or `.contiguous()` before `view`",
        merge=lambda heads: heads.transpose(1, 2).view(heads.shape[0], heads.shape[2], -1),
    ),
    Mistake.of(
        "averages-heads",
        "when every head's share of the output is the average over the heads",
        "put the heads side by side: head h owns features h·head_dim to (h+1)·head_dim",
        merge=lambda heads: right.merge(heads.mean(1, keepdim=True).expand_as(heads)),
    ),
)


_SCALE = "divide the scores by √head_dim, before the softmax"

SCORING = (
    Mistake.of("missing-scale", "without dividing the scores by √head_dim", _SCALE, scale=lambda raw, d, h: raw),
    Mistake.of(
        "scale-by-d",
        "when the scores are divided by head_dim, without the root",
        _SCALE,
        scale=lambda raw, d, h: raw / d,
    ),
    Mistake.of(
        "scale-by-d-model",
        "when the scores are divided by √d_model",
        _SCALE,
        scale=lambda raw, d, h: raw / (d * h) ** 0.5,
    ),
    Mistake.of(
        "scale-by-sequence",
        "when the scores are divided by √k_len",
        _SCALE,
        scale=lambda raw, d, h: raw / raw.shape[-1] ** 0.5,
    ),
    Mistake.of(
        "keys-times-queries",
        "when keys are compared with queries: k qᵀ",
        "the queries are the rows: `q @ k.transpose(-2, -1)`",
        compare=lambda q, k: k @ q.transpose(-2, -1),
    ),
    Mistake.of(
        "softmax-over-queries",
        "when the softmax runs over the queries",
        "over the keys: `softmax(dim=-1)`",
        normalize=lambda scores: scores.softmax(dim=-2),
    ),
    Mistake.of(
        "softmax-over-heads",
        "when the softmax runs over the heads",
        "over the keys: `softmax(dim=-1)`",
        normalize=lambda scores: scores.softmax(dim=1),
    ),
)
