"""Mistakes in the softmax: the wrong axis, the wrong maximum, the wrong sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.hiding import clear_empty_rows

__all__ = ["NORMALIZING", "SCALE_AFTER_SOFTMAX"]

Array = np.ndarray

_OVER_KEYS = "normalize along the last axis, the keys: each query's weights sum to 1"
_ROW_MAX = "subtract each row's own maximum before the exponential: it cancels, and nothing overflows"


def _along(code: str, note: str, axis: Any) -> tuple[Mistake, Mistake]:
    """The softmax along other axes than the keys; an axis that the scores lack raises, as it does for the learner."""

    def peak(scores: Array) -> Array:
        return scores.max(axis=axis, keepdims=True)

    def total(exponents: Array) -> Array:
        return exponents.sum(axis=axis, keepdims=True)

    return (
        Mistake(code, note, _OVER_KEYS, {"peak": peak, "total": total}),
        Mistake(code, f"{note}, after each row's own maximum is subtracted", _OVER_KEYS, {"total": total}),
    )


def _subtracting(code: str, note: str, peak: Callable[[Array], Any]) -> tuple[Mistake, Mistake]:
    """Another number than the row's maximum; a row whose exponentials all underflow is then 0, or 0/0."""
    plain = {"divide": lambda exponents, totals: exponents / totals, "clear": clear_empty_rows}
    return (
        Mistake(code, note, _ROW_MAX, {"peak": peak}),
        Mistake(code, note, _ROW_MAX, {"peak": peak, **plain}),
    )


def _softmax(weights: Array) -> Array:
    exponents = np.exp(weights)
    return exponents / exponents.sum(axis=-1, keepdims=True)


def _is_largest(exponents: Array) -> Array:
    return (exponents == exponents.max(axis=-1, keepdims=True)).astype(exponents.dtype)


NORMALIZING = (
    *_along("softmax-over-queries", "when the softmax runs over the queries instead of the keys", -2),
    *_along("softmax-over-all", "when one softmax runs over the whole array", None),
    *_along("softmax-over-all", "when one softmax runs over each whole matrix of scores", (-2, -1)),
    *_along("softmax-over-heads", "when the softmax runs over the axis before the queries", -3),
    *_along("softmax-over-heads", "when the softmax runs over the first axis", 0),
    *_along("softmax-over-heads", "when the softmax runs over the second axis", 1),
    *_subtracting(
        "no-max-subtraction", "without subtracting the maximum first", lambda scores: np.zeros((), scores.dtype)
    ),
    *_subtracting("global-max", "when one maximum is subtracted from all rows", lambda scores: scores.max()),
    *_subtracting(
        "max-over-queries",
        "when each column's maximum is subtracted instead of each row's",
        lambda scores: scores.max(axis=-2, keepdims=True),
    ),
    Mistake(
        "lost-keepdims",
        "when the sum loses its axis: row i is divided by the sum of row j",
        "sum with `keepdims=True`, so that each row is divided by its own sum",
        {"total": lambda exponents: exponents.sum(axis=-1)},
    ),
    Mistake(
        "lost-keepdims",
        "when the maximum loses its axis: row i has the maximum of row j subtracted",
        "take the maximum with `keepdims=True`, so that each row meets its own",
        {"peak": lambda scores: scores.max(axis=-1)},
    ),
    Mistake(
        "lost-keepdims",
        "when maximum and sum both lose their axis",
        "take maximum and sum with `keepdims=True`, so that each row meets its own",
        {"peak": lambda scores: scores.max(axis=-1), "total": lambda exponents: exponents.sum(axis=-1)},
    ),
    Mistake(
        "double-softmax",
        "when the softmax is applied twice",
        "apply it once: the weights already sum to 1",
        {"reweigh": lambda weights, mask, q: _softmax(weights)},
    ),
    Mistake(
        "missing-normalization",
        "when the exponentials are not divided by their sum",
        "divide each row by its sum: weights are shares",
        {"divide": lambda exponents, totals: exponents},
    ),
    Mistake(
        "divides-by-largest",
        "when each row is divided by its largest exponential instead of the sum",
        "divide by the sum of the row: weights are shares of the whole",
        {"total": lambda exponents: exponents.max(axis=-1, keepdims=True)},
    ),
    Mistake(
        "hard-maximum",
        "when the best key takes everything",
        "softmax shares the weight: exponentials divided by their sum",
        {"divide": lambda exponents, totals: _is_largest(exponents)},
    ),
)

SCALE_AFTER_SOFTMAX = Mistake(
    "scale-after-softmax",
    "when the weights are divided by √head_dim after the softmax",
    "scale the scores before the softmax: weights must sum to 1",
    {"scale": lambda raw, q, k: raw, "reweigh": lambda weights, mask, q: weights / q.shape[-1] ** 0.5},
)
