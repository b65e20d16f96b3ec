"""Mistakes around several heads: which weights and biases project them, how they are cut, joined and reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import swap
from selfattn_check.blueprints.heads import cut, multiply, shift, swap_heads
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.cutting import alternate, as_it_is, needing, reshape_straight
from selfattn_check.mistakes.joining import gather_alternating, reshape_straight_back

__all__ = ["BIASES", "FITTING", "JOINED", "PROJECTING", "REPORTING", "SPLITTING"]

Array = np.ndarray
Params = Mapping[str, Array]

_ROLES = "each role has its own weights: q from w_q, k from w_k, v from w_v, and w_o at the end"
_RIGHT_HAND = "tokens are rows and weights stand on the right: `x @ w`"
_OUTPUT = "after the merge, one more projection: `merged @ params['w_o']`"
_BIAS = "add each bias to its own projection, if `params` has it"
_HEAD_AXIS = "insert the head axis before the queries: `mask[..., None, :, :]`"
_SPLIT = "reshape to (..., seq_len, num_heads, head_dim), then `np.swapaxes(x, -2, -3)`"
_MERGE = "first `np.swapaxes(x, -2, -3)`, then reshape to (..., seq_len, d_model)"


def _using(code: str, note: str, **instead: str) -> Mistake:
    return Mistake(code, note, _ROLES, {"choose": lambda role: (instead.get(role, role),) * 2})


def _using_weights(code: str, note: str, **instead: str) -> Mistake:
    return Mistake(code, note, _ROLES, {"choose": lambda role: (instead.get(role, role), role)})


def _transposed(note: str, roles: str) -> Mistake:
    def project(x: Array, w: Array, role: str) -> Array:
        return x @ w.T if role in roles else multiply(x, w, role)

    return Mistake("weight-transposed", note, _RIGHT_HAND, {"multiply": project})


def _unprojected(roles: str) -> Callable[..., Array]:
    return lambda x, w, role: x if role in roles else multiply(x, w, role)


def _without_bias(roles: str) -> Callable[..., Array]:
    return lambda projected, params, role: projected if role in roles else shift(projected, params, role)


PROJECTING = (
    _using("shared-projection", "when q, k and v are all made with w_q", k="q", v="q"),
    _using("shared-projection", "when k is made with the weights of q", k="q"),
    _using_weights("shared-projection", "when k is made with the weights of q and its own bias", k="q"),
    _using("shared-projection", "when v is made with the weights of k", v="k"),
    _using_weights("shared-projection", "when v is made with the weights of k and its own bias", v="k"),
    _using("packed-order", "when q is made with w_k, and k with w_q", q="k", k="q"),
    _using("packed-order", "when k is made with w_v, and v with w_k", k="v", v="k"),
    _transposed("when all four weights are transposed: x @ wᵀ", "qkvo"),
    _transposed("when w_q, w_k and w_v are transposed", "qkv"),
    _transposed("when w_o is transposed", "o"),
    Mistake(
        "missing-projection",
        "when the tokens themselves are cut into heads, without w_q, w_k and w_v",
        _ROLES,
        {"multiply": _unprojected("qkv"), "shift": _without_bias("qkv")},
    ),
    Mistake(
        "missing-output-projection",
        "when the merged heads are returned, without w_o",
        _OUTPUT,
        {"multiply": _unprojected("o"), "shift": _without_bias("o")},
    ),
    Mistake(
        "missing-output-projection",
        "when b_o is added to the merged heads, without w_o",
        _OUTPUT,
        {"multiply": _unprojected("o")},
    ),
)


def _clear_hidden(output: Array, mask: Array | None) -> Array:
    return output if mask is None else np.where(mask.any(axis=-1, keepdims=True), output, 0).astype(output.dtype)


BIASES = (
    Mistake("ignores-bias", "when no bias is added", _BIAS, {"shift": _without_bias("qkvo")}),
    Mistake("ignores-bias", "when b_o is not added", _BIAS, {"shift": _without_bias("o")}),
    Mistake("ignores-bias", "when b_q, b_k and b_v are not added", _BIAS, {"shift": _without_bias("qkv")}),
    Mistake(
        "requires-bias",
        "when the biases are used without asking whether there are any",
        "add a bias only where it is: `if 'b_q' in params`",
        {"shift": lambda projected, params, role: projected + params[f"b_{role}"]},
    ),
    Mistake(
        "bias-lost-on-empty-row",
        "when the output of a query without a permitted key is set to 0 after the projection",
        "such a query gets weights 0; its output is what the projection makes of 0: b_o",
        {"tidy": _clear_hidden},
    ),
)


def _first_head_for_all(x: Array, num_heads: int) -> Array:
    heads = cut(x, num_heads)
    return np.broadcast_to(heads[..., :1, :, :], heads.shape)


SPLITTING = (
    Mistake(
        "split-without-transpose",
        "when q, k and v are reshaped straight to (..., num_heads, seq_len, head_dim)",
        _SPLIT,
        {"split": reshape_straight},
    ),
    Mistake(
        "interleaved-split",
        "when head i gets every num_heads-th feature, and the heads are joined as if they had contiguous ones",
        "head i owns the contiguous features i·head_dim to (i + 1)·head_dim − 1",
        {"split": alternate},
    ),
    Mistake(
        "interleaved-split",
        "when head i gets every num_heads-th feature, and gives it back to where it was",
        "head i owns the contiguous features i·head_dim to (i + 1)·head_dim − 1",
        {"split": alternate, "merge": gather_alternating},
    ),
    *(
        Mistake(
            "fixed-number-of-axes",
            f"when the shape of x is unpacked as {what}",
            "keep the batch axes, however many: `*batch, seq_len, d_model = x.shape`",
            {"split": needing(axes, cut)},
        )
        for axes, what in ((3, "one batch axis, tokens and features"), (2, "tokens and features, without a batch"))
    ),
    Mistake(
        "one-head-only",
        "when every head gets the first head's features",
        "head i owns the features i·head_dim to (i + 1)·head_dim − 1",
        {"split": _first_head_for_all},
    ),
)

JOINED = (
    Mistake(
        "merge-without-transpose",
        "when the heads are reshaped straight to (..., seq_len, d_model)",
        _MERGE,
        {"merge": reshape_straight_back},
    ),
    Mistake(
        "split-without-transpose",
        "when the heads are cut and joined by a reshape alone",
        _SPLIT,
        {"split": reshape_straight, "merge": reshape_straight_back},
    ),
    *(
        Mistake(
            "heads-not-joined",
            "when w_o meets rows of head_dim features instead of d_model",
            _MERGE,
            {"merge": unjoined},
        )
        for unjoined in (lambda x: x[..., 0, :, :], as_it_is, swap_heads)
    ),
)


def _no_future(mask: Array | None, q_len: int, k_len: int, ahead: int) -> Array:
    past = np.tri(q_len, k_len, ahead, dtype=bool)
    return past if mask is None else (mask & past)[..., None, :, :]


FITTING = (
    Mistake(
        "mask-broadcast-silently",
        "when the mask gets no head axis, so that its batch meets the heads",
        _HEAD_AXIS,
        {"fit": as_it_is},
    ),
    Mistake(
        "head-axis-misplaced",
        "when the head axis is inserted at position 1, whatever axes the mask has",
        _HEAD_AXIS,
        {"fit": lambda mask, q_len, k_len: mask if mask is None else mask[:, None]},
    ),
    Mistake(
        "head-axis-misplaced",
        "when the head axis is inserted by `mask[:, None, :, :]`, which needs a mask of three axes",
        _HEAD_AXIS,
        {"fit": lambda mask, q_len, k_len: mask if mask is None else mask[:, None, :, :]},
    ),
    Mistake(
        "default-not-filled-in",
        "when the mask is used although it is None",
        "insert the head axis only where there is a mask: `if mask is not None`",
        {"fit": lambda mask, q_len, k_len: mask[..., None, :, :]},
    ),
    Mistake(
        "mask-transposed",
        "when rows and columns of the mask are swapped",
        "queries are the rows of the mask, keys the columns: use it as it is",
        {"fit": lambda mask, q_len, k_len: mask if mask is None else swap(mask)[..., None, :, :]},
    ),
    Mistake(
        "causal-in-encoder",
        "when the future is hidden although no mask asks for it",
        "hide only what the mask hides: without a mask every key may be seen",
        {"fit": lambda mask, q_len, k_len: _no_future(mask, q_len, k_len, k_len - q_len)},
    ),
)


def _of_all_heads(combine: Callable[..., Any]) -> Callable[[Array, Array], Any]:
    return lambda output, weights: (output, combine(weights))


_PER_HEAD = "return the weights of each head, (..., num_heads, q_len, k_len)"

REPORTING = (
    Mistake(
        "averages-weights",
        "when the weights are averaged over the heads",
        _PER_HEAD,
        {"answer": _of_all_heads(lambda weights: weights.mean(axis=-3))},
    ),
    Mistake(
        "averages-weights",
        "when the weights of the heads are added",
        _PER_HEAD,
        {"answer": _of_all_heads(lambda weights: weights.sum(axis=-3))},
    ),
    Mistake(
        "one-head-only",
        "when only the first head's weights are returned",
        _PER_HEAD,
        {"answer": _of_all_heads(lambda weights: weights[..., 0, :, :])},
    ),
    Mistake(
        "drops-weights",
        "when only the output is returned",
        "return both: `return output, weights`",
        {"answer": lambda output, weights: output},
    ),
    Mistake(
        "swaps-results",
        "when the weights are returned before the output",
        "return the output first: `return output, weights`",
        {"answer": lambda output, weights: (weights, output)},
    ),
)
