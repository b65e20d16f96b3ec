"""Mistakes in projecting tokens to queries, keys and values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import swap
from selfattn_check.exercise import Mistake

__all__ = ["ADJUSTING", "ANSWERING", "CHAINING", "CHOOSING", "MULTIPLYING"]

Array = np.ndarray

_WEIGHTS = ("w_q", "w_k", "w_v")
_RIGHT = (0, 1, 2)


def _pick(roles: tuple[int, ...]) -> Callable[..., Any]:
    return lambda *weights: tuple(weights[role] for role in roles)


def _choosing() -> Iterator[Mistake]:
    """Every way of using the three weights but the right one."""
    for roles in product(range(3), repeat=3):
        used = [_WEIGHTS[role] for role in roles]
        note = f"when q is x @ {used[0]}, k is x @ {used[1]} and v is x @ {used[2]}"
        if len({*roles}) == 3 and roles != _RIGHT:
            yield Mistake(
                "packed-order",
                note,
                "return `q, k, v` in this order, each from its own weights",
                {"choose": _pick(roles)},
            )
        elif len({*roles}) < 3:
            yield Mistake(
                "shared-projection", note, "each role has its own weights: w_q, w_k, w_v", {"choose": _pick(roles)}
            )


CHOOSING = tuple(_choosing())


def _multiplied(code: str, note: str, help_line: str, project: Callable[[Array, Array], Any]) -> Mistake:
    return Mistake(code, note, help_line, {"project": project})


_RIGHT_HAND = "tokens are rows and weights stand on the right: `x @ w`, (..., seq_len, d_model) @ (d_model, d_k)"


def _flat(x: Array, w: Array) -> Array:
    return x.reshape(-1, x.shape[-1]) @ w


MULTIPLYING = (
    _multiplied("weight-transposed", "when the weights are transposed: x @ wᵀ", _RIGHT_HAND, lambda x, w: x @ w.T),
    _multiplied(  # not the same: einsum stretches an axis of length 1, where @ raises
        "weight-transposed",
        "when einsum sums over the last axis of the weights instead of the first",
        _RIGHT_HAND,
        lambda x, w: np.einsum("...d,kd->...k", x, w),
    ),
    Mistake(
        "weight-transposed",
        "when the weights of k alone are transposed",
        _RIGHT_HAND,
        {"choose": lambda w_q, w_k, w_v: (w_q, w_k.T, w_v)},
    ),
    _multiplied("weights-times-inputs", "when the weights stand on the left: w @ x", _RIGHT_HAND, lambda x, w: w @ x),
    _multiplied(
        "weights-times-inputs", "when the weights stand on the left: wᵀ @ x", _RIGHT_HAND, lambda x, w: w.T @ x
    ),
    _multiplied(
        "weights-times-inputs",
        "when tokens are taken as columns: wᵀ @ xᵀ",
        _RIGHT_HAND,
        lambda x, w: w.T @ swap(x),
    ),
    _multiplied(
        "weights-times-inputs",
        "when tokens are taken as columns, with `.T` that reverses the batch axes too",
        _RIGHT_HAND,
        lambda x, w: w.T @ x.T,
    ),
    _multiplied(
        "transposes-all-axes",
        "when tokens are taken as columns with `.T`, which reverses the batch axes too",
        _RIGHT_HAND,
        lambda x, w: (w.T @ x.T).T,
    ),
    _multiplied(
        "weights-times-inputs", "when the weights stand on the left: w @ xᵀ", _RIGHT_HAND, lambda x, w: w @ swap(x)
    ),
    _multiplied("inputs-transposed", "when the tokens are transposed: xᵀ @ w", _RIGHT_HAND, lambda x, w: swap(x) @ w),
    _multiplied(
        "inputs-transposed",
        "when the tokens are transposed, with `.T` that reverses the batch axes too",
        _RIGHT_HAND,
        lambda x, w: x.T @ w,
    ),
    _multiplied(
        "elementwise-product",
        "when `*` multiplies entry by entry",
        "use the matrix product `@`: every feature of a token contributes to every feature of the result",
        lambda x, w: x * w,
    ),
    _multiplied(
        "loses-batch-axes",
        "when all batch axes are merged into one long sequence",
        "`x @ w` keeps the batch axes of x: no reshape is needed",
        _flat,
    ),
    _multiplied(
        "sums-over-batch",
        "when the batch axes are summed",
        "`x @ w` keeps the batch axes of x; in einsum, name them on both sides: '...nd,dk->...nk'",
        lambda x, w: (x @ w).sum(axis=tuple(range(x.ndim - 2))),
    ),
    _multiplied(
        "missing-projection",
        "when the tokens are returned as they came in",
        "multiply x by each weight",
        lambda x, w: x,
    ),
)

_FROM_X = "all three come from the tokens: q = x @ w_q, k = x @ w_k, v = x @ w_v"


def _applied(note: str, apply: Callable[..., Any], code: str = "chained-projection") -> Mistake:
    return Mistake(code, note, _FROM_X, {"apply": apply})


def _chain(x: Array, weights: Any, project: Any) -> Any:
    q = project(x, weights[0])
    k = project(q, weights[1])
    return q, k, project(k, weights[2])


def _keys_and_values_from_queries(x: Array, weights: Any, project: Any) -> Any:
    q = project(x, weights[0])
    return q, project(q, weights[1]), project(q, weights[2])


def _keys_from_queries(x: Array, weights: Any, project: Any) -> Any:
    q = project(x, weights[0])
    return q, project(q, weights[1]), project(x, weights[2])


def _values_from_keys(x: Array, weights: Any, project: Any) -> Any:
    k = project(x, weights[1])
    return project(x, weights[0]), k, project(k, weights[2])


def _values_as_they_are(x: Array, weights: Any, project: Any) -> Any:
    return project(x, weights[0]), project(x, weights[1]), x


CHAINING = (
    _applied("when k is made from q, and v from k", _chain),
    _applied("when k and v are made from q instead of x", _keys_and_values_from_queries),
    _applied("when k is made from q instead of x", _keys_from_queries),
    _applied("when v is made from k instead of x", _values_from_keys),
    _applied("when the tokens themselves are the values", _values_as_they_are, "missing-projection"),
)


def _softmax(x: Array) -> Array:
    exponents = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def _adjusted(code: str, note: str, help_line: str, adjust: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, {"adjust": adjust})


_UNSCALED = "return the plain products: the scores are scaled, in the next exercise"

ADJUSTING = (
    _adjusted(
        "scale-too-early",
        "when q is already divided by √d_k",
        _UNSCALED,
        lambda q, k, v: (q / q.shape[-1] ** 0.5, k, v),
    ),
    _adjusted(
        "scale-too-early",
        "when q and k are already divided by √d_k",
        _UNSCALED,
        lambda q, k, v: (q / q.shape[-1] ** 0.5, k / q.shape[-1] ** 0.5, v),
    ),
    _adjusted(
        "scale-too-early",
        "when q and k are already divided by the fourth root of d_k",
        _UNSCALED,
        lambda q, k, v: (q / q.shape[-1] ** 0.25, k / q.shape[-1] ** 0.25, v),
    ),
    _adjusted(
        "scale-too-early",
        "when all three are divided by the root of their width",
        _UNSCALED,
        lambda *qkv: tuple(each / each.shape[-1] ** 0.5 for each in qkv),
    ),
    _adjusted(
        "softmax-too-early",
        "when the softmax is applied already",
        "return the plain products: the softmax comes after the scores",
        lambda *qkv: tuple(_softmax(each) for each in qkv),
    ),
    _adjusted(
        "transposes-keys-early",
        "when k is transposed already",
        "return k like q, (..., seq_len, d_k): it is transposed where the scores are made",
        lambda q, k, v: (q, swap(k), v),
    ),
    _adjusted(
        "transposes-keys-early",
        "when k is transposed already, with `.T` that reverses the batch axes too",
        "return k like q, (..., seq_len, d_k): it is transposed where the scores are made",
        lambda q, k, v: (q, k.T, v),
    ),
)


def _answered(code: str, note: str, answer: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, "return all three: `return q, k, v`", {"answer": answer})


ANSWERING = (
    _answered("drops-results", "when only q is returned", lambda q, k, v: q),
    _answered("drops-results", "when only v is returned", lambda q, k, v: v),
    _answered("drops-results", "when only q and k are returned", lambda q, k, v: (q, k)),
    _answered("drops-results", "when only k and v are returned", lambda q, k, v: (k, v)),
    _answered(
        "returns-one-array",
        "when q, k and v are concatenated to one array",
        lambda q, k, v: np.concatenate([q, k, v], axis=-1),
    ),
    _answered(
        "returns-one-array",
        "when q, k and v are joined along their first axis",
        lambda q, k, v: np.concatenate([q, k, v]),
    ),
    _answered("returns-one-array", "when q, k and v are stacked to one array", lambda q, k, v: np.stack([q, k, v])),
    _answered("returns-one-array", "when q, k and v are put into one array", lambda q, k, v: np.array([q, k, v])),
)
