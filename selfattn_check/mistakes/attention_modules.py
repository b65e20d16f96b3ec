"""Mistakes in multi-head attention as a PyTorch module: registering, roles, heads, scores, results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from selfattn_check.blueprints import attention_module as right
from selfattn_check.exercise import Mistake

__all__ = ["BUILDING", "HEADS", "RESULTS", "ROLES", "SCORING"]

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


def _made(code: str, note: str, help_line: str, layers: Callable[[int, int], Mapping[str, Any]]) -> Mistake:
    return Mistake(code, note, help_line, {"layers": layers})


BUILDING = (
    _made("not-registered", "when all four layers are kept in a plain list or dict", _ATTRIBUTES, _listed(_NAMES)),
    _made("not-registered", "when w_q, w_k, w_v are kept in a plain list or dict", _ATTRIBUTES, _listed(_NAMES[:3])),
    _made("shared-layer", "when all four names stand for one layer", _FOUR, _shared(*_NAMES)),
    _made("shared-layer", "when w_q, w_k and w_v stand for one layer", _FOUR, _shared("w_q", "w_k", "w_v")),
    _made("shared-layer", "when w_k and w_v stand for one layer", _FOUR, _shared("w_k", "w_v")),
    _made(
        "ignores-bias",
        "when the layers are made with bias=False",
        "`nn.Linear` has a bias by default: leave it",
        lambda d_model, num_heads: {name: nn.Linear(d_model, d_model, bias=False) for name in _NAMES},
    ),
    _made(
        "width-of-one-head",
        "when w_q, w_k and w_v lead to the width of one head",
        "all heads are projected together: d_model to d_model, then split",
        lambda d_model, num_heads: {
            **{name: nn.Linear(d_model, d_model // num_heads) for name in _NAMES[:3]},
            "w_o": nn.Linear(d_model, d_model),
        },
    ),
    Mistake(
        "floors-head-dim",
        "when the constructor takes a num_heads that does not divide d_model",
        _VALUE_ERROR,
        {"admit": lambda d_model, num_heads: None},
    ),
    Mistake(
        "asserts-instead-of-raising",
        "when an assertion refuses the sizes",
        _VALUE_ERROR,
        {"admit": lambda d_model, num_heads: _assert(d_model % num_heads == 0)},
    ),
)


def _assert(condition: bool) -> None:
    assert condition


def _projected(code: str, note: str, help_line: str, project: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, {"roles": project})


_OWN = "each role has its own layer: `self.w_q(query)`, `self.w_k(key)`, `self.w_v(value)`"

ROLES = (
    _projected(
        "keys-from-queries", "when k and v are made from query", _OWN, lambda m, q, k, v: right.roles(m, q, q, q)
    ),
    _projected("keys-from-queries", "when k is made from query", _OWN, lambda m, q, k, v: right.roles(m, q, q, v)),
    _projected("mixes-wrong-values", "when v is made from key", _OWN, lambda m, q, k, v: right.roles(m, q, k, k)),
    _projected(
        "swaps-keys-and-values", "when key and value are exchanged", _OWN, lambda m, q, k, v: right.roles(m, q, v, k)
    ),
    _projected(
        "shared-projection", "when w_q projects all three", _OWN, lambda m, q, k, v: (m.w_q(q), m.w_q(k), m.w_q(v))
    ),
    _projected(
        "shared-projection", "when w_q projects key too", _OWN, lambda m, q, k, v: (m.w_q(q), m.w_q(k), m.w_v(v))
    ),
    _projected(
        "packed-order", "when w_q projects key, and w_k query", _OWN, lambda m, q, k, v: (m.w_k(q), m.w_q(k), m.w_v(v))
    ),
    _projected("missing-projection", "when value is not projected", _OWN, lambda m, q, k, v: (m.w_q(q), m.w_k(k), v)),
    _projected("missing-projection", "when nothing is projected at the start", _OWN, lambda m, q, k, v: (q, k, v)),
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
    Mistake(
        "split-without-transpose",
        "when the projections are reshaped straight to (batch, num_heads, seq_len, head_dim)",
        _SPLIT,
        {"split": _straight},
    ),
    Mistake(
        "split-without-transpose",
        "when heads and tokens change places neither in the split nor in the merge",
        _SPLIT,
        {"split": _straight, "merge": _straight_back},
    ),
    Mistake("interleaved-split", "when head h takes every num_heads-th feature", _SPLIT, {"split": _alternating}),
    Mistake(
        "interleaved-split",
        "when head h takes every num_heads-th feature, and gives them back so",
        _SPLIT,
        {"split": _alternating, "merge": lambda heads: heads.movedim(-3, -1).flatten(-2)},
    ),
    Mistake(
        "merge-without-transpose",
        "when the heads are reshaped straight to (batch, q_len, d_model)",
        _MERGE,
        {"merge": _straight_back},
    ),
    Mistake(
        "view-after-transpose",
        "when `view` is asked for what only a copy can be: transposed numbers in one row",
        "use `reshape`, or `.contiguous()` before `view`",
        {"merge": lambda heads: heads.transpose(1, 2).view(heads.shape[0], heads.shape[2], -1)},
    ),
    Mistake(
        "averages-heads",
        "when every head's share of the output is the average over the heads",
        "put the heads side by side: head h owns features h·head_dim to (h+1)·head_dim",
        {"merge": lambda heads: right.merge(heads.mean(1, keepdim=True).expand_as(heads))},
    ),
)


def _scaled(code: str, note: str, help_line: str, scale: Callable[..., Tensor]) -> Mistake:
    return Mistake(code, note, help_line, {"scale": scale})


_SCALE = "divide the scores by √head_dim, before the softmax"

SCORING = (
    _scaled("missing-scale", "without dividing the scores by √head_dim", _SCALE, lambda raw, d, h: raw),
    _scaled(
        "scale-by-d", "when the scores are divided by head_dim, without the root", _SCALE, lambda raw, d, h: raw / d
    ),
    _scaled(
        "scale-by-d-model", "when the scores are divided by √d_model", _SCALE, lambda raw, d, h: raw / (d * h) ** 0.5
    ),
    _scaled(
        "scale-by-sequence",
        "when the scores are divided by √k_len",
        _SCALE,
        lambda raw, d, h: raw / raw.shape[-1] ** 0.5,
    ),
    Mistake(
        "keys-times-queries",
        "when keys are compared with queries: k qᵀ",
        "the queries are the rows: `q @ k.transpose(-2, -1)`",
        {"compare": lambda q, k: k @ q.transpose(-2, -1)},
    ),
    Mistake(
        "softmax-over-queries",
        "when the softmax runs over the queries",
        "over the keys: `softmax(dim=-1)`",
        {"normalize": lambda scores: scores.softmax(dim=-2)},
    ),
    Mistake(
        "softmax-over-heads",
        "when the softmax runs over the heads",
        "over the keys: `softmax(dim=-1)`",
        {"normalize": lambda scores: scores.softmax(dim=1)},
    ),
)


def _detaching(weights: Tensor, dropout: nn.Dropout) -> Tensor:
    return torch.dropout(weights.detach(), dropout.p, dropout.training)


_BOTH = "return both: `return output, weights`"
_ON_WEIGHTS = "drop weights, after the softmax and before they meet the values: `self.dropout(weights) @ v`"
_MODULE = "use `nn.Dropout`, which knows the mode, or pass `training=self.training`"

RESULTS = (
    Mistake(
        "missing-output-projection",
        "when the merged heads are returned, without w_o",
        "one more projection after the merge: `self.w_o(merged)`",
        {"finish": lambda merged, module: merged},
    ),
    Mistake(
        "detached-weights",
        "when the weights are cut off from the graph: w_q and w_k learn nothing",
        "leave out `.detach()`, `.data` and `torch.no_grad()` in forward",
        {"drop": _detaching},
    ),
    Mistake(
        "dropout-in-eval",
        "when weights are dropped in eval mode, too",
        _MODULE,
        {"drop": lambda weights, dropout: nn.functional.dropout(weights, dropout.p)},
    ),
    Mistake(
        "missing-dropout",
        "when nothing is dropped in training mode",
        _ON_WEIGHTS,
        {"drop": lambda weights, dropout: weights},
    ),
    Mistake(
        "dropout-misplaced",
        "when the output is dropped instead of the weights",
        _ON_WEIGHTS,
        {"drop": lambda weights, dropout: weights, "finish": lambda merged, module: module.dropout(module.w_o(merged))},
    ),
    Mistake(
        "dropout-misplaced",
        "when the output is dropped, beside the weights",
        _ON_WEIGHTS,
        {"finish": lambda merged, module: module.dropout(module.w_o(merged))},
    ),
    *(
        Mistake.of("dropout-misplaced", f"when {what} are dropped {how}", _ON_WEIGHTS, mix=mix, **instead)
        for how, instead in (
            ("instead of the weights", {"drop": lambda weights, dropout: weights}),
            ("beside the weights", {}),
        )
        for what, mix in (
            ("the values", lambda weights, v, dropout: weights @ dropout(v)),
            ("the averages of the values, before w_o,", lambda weights, v, dropout: dropout(weights @ v)),
        )
    ),
    Mistake(
        "weights-after-dropout",
        "when the weights are returned after dropout",
        "keep the weights: `dropped = self.dropout(weights)`",
        {"answer": lambda output, weights, dropped: (output, dropped)},
    ),
    Mistake(
        "averages-weights",
        "when the weights are averaged over the heads",
        "return them a head: (batch, num_heads, q_len, k_len)",
        {"answer": lambda output, weights, dropped: (output, weights.mean(1))},
    ),
    Mistake(
        "drops-weights", "when only the output is returned", _BOTH, {"answer": lambda output, weights, dropped: output}
    ),
    Mistake(
        "swaps-results",
        "when the weights are returned before the output",
        "return the output first: `return output, weights`",
        {"answer": lambda output, weights, dropped: (weights, output)},
    ),
)
