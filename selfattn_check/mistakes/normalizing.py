"""Mistakes in the softmax: the wrong axis, the wrong maximum, the wrong sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["NORMALIZING"]

Array = np.ndarray


def _finite(largest: Array) -> Array:
    return np.where(largest == -np.inf, 0, largest).astype(largest.dtype)


def _along(code: str, note: str, help_line: str, axis: Any) -> Mistake:
    """The softmax along other axes than the keys; an axis that the scores lack raises, as it would for the learner."""
    return Mistake(
        code,
        note,
        help_line,
        {
            "peak": lambda scores: _finite(scores.max(axis=axis, keepdims=True)),
            "total": lambda exponents: exponents.sum(axis=axis, keepdims=True),
        },
    )


def _max_subtracted(code: str, note: str, help_line: str, peak: Callable[[Array], Any]) -> Mistake:
    return Mistake(code, note, help_line, {"peak": peak})


_OVER_KEYS = "normalize along the last axis, the keys: each query's weights sum to 1"
_ROW_MAX = "subtract each row's own maximum before the exponential: it cancels, and nothing overflows"


def _softmax_of(weights: Array) -> Array:
    exponents = np.exp(weights)
    return exponents / exponents.sum(axis=-1, keepdims=True)


NORMALIZING = (
    _along("softmax-over-queries", "when the softmax runs over the queries instead of the keys", _OVER_KEYS, -2),
    _along("softmax-over-all", "when one softmax runs over the whole array", _OVER_KEYS, None),
    _along("softmax-over-all", "when one softmax runs over each whole matrix of scores", _OVER_KEYS, (-2, -1)),
    _along("softmax-over-heads", "when the softmax runs over the axis before the queries", _OVER_KEYS, -3),
    _along("softmax-over-heads", "when the softmax runs over the first axis", _OVER_KEYS, 0),
    _along("softmax-over-heads", "when the softmax runs over the second axis", _OVER_KEYS, 1),
    _max_subtracted("no-max-subtraction", "without subtracting the maximum first", _ROW_MAX, lambda scores: 0),
    _max_subtracted(
        "global-max", "when one maximum is subtracted from all rows", _ROW_MAX, lambda scores: _finite(scores.max())
    ),
    _max_subtracted(
        "max-over-queries",
        "when each column's maximum is subtracted instead of each row's",
        _ROW_MAX,
        lambda scores: _finite(scores.max(axis=-2, keepdims=True)),
    ),
    Mistake(
        "lost-keepdims",
        "when the sum loses its axis: row i is divided by the sum of row j",
        "sum with `keepdims=True`, so that each row is divided by its own sum",
        {"total": lambda exponents: exponents.sum(axis=-1)},
    ),
    Mistake(
        "lost-keepdims",
        "when maximum and sum both lose their axis",
        "take maximum and sum with `keepdims=True`, so that each row meets its own",
        {
            "peak": lambda scores: _finite(scores.max(axis=-1)),
            "total": lambda exponents: exponents.sum(axis=-1),
        },
    ),
    Mistake(
        "double-softmax",
        "when the softmax is applied twice",
        "apply it once: the weights already sum to 1",
        {"reweigh": lambda weights, mask, q: _softmax_of(weights)},
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
        {
            "divide": lambda exponents, totals: (exponents == exponents.max(axis=-1, keepdims=True)).astype(
                exponents.dtype
            )
        },
    ),
    Mistake(
        "scale-after-softmax",
        "when the weights are divided by √head_dim after the softmax",
        "scale the scores before the softmax: weights must sum to 1",
        {"scale": lambda raw, q, k: raw, "reweigh": lambda weights, mask, q: weights / q.shape[-1] ** 0.5},
    ),
)
