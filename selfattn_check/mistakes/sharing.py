"""Mistakes in a softmax that takes an axis: along what, from which maximum, of which exponentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.distributions import softmax
from selfattn_check.exercise import Mistake

__all__ = ["DOUBLE_SOFTMAX", "SHARING"]

Array = np.ndarray

_AXIS = "hand `axis` on to the maximum and to the sum, both with `keepdims=True`"
_OWN_MAX = "subtract each slice's own maximum before the exponential: it cancels, and nothing overflows"


def _sum_along(axis: int | None) -> Callable[..., Any]:
    return lambda exponents, given: exponents.sum(axis=axis, keepdims=True)


def _always_along(code: str, where: str, axis: int | None) -> tuple[Mistake, Mistake]:
    return (
        Mistake(code, f"when the softmax always runs {where}", _AXIS, {"aim": lambda given: axis}),
        Mistake(code, f"when the sum always runs {where}", _AXIS, {"total": _sum_along(axis)}),
    )


def _divided_unless_zero(exponents: Array, totals: Array) -> Array:
    return exponents / np.where(totals == 0, 1, totals).astype(totals.dtype)


def _subtracting(code: str, note: str, peak: Callable[..., Any]) -> tuple[Mistake, Mistake]:
    """Another number than the slice's maximum; where all exponentials underflow, 0/0, or 0 if someone saw to that."""
    return (
        Mistake(code, note, _OWN_MAX, {"peak": peak}),
        Mistake(code, note, _OWN_MAX, {"peak": peak, "divide": _divided_unless_zero}),
    )


def _clipped(low: float, high: float) -> Mistake:
    return Mistake(
        "clipped-scores",
        f"when scores are clipped at {high:g} before the exponential",
        "subtract the maximum: clipping makes different scores equal",
        {"peak": lambda x, axis: 0.0, "exponent": lambda x, largest: np.exp(np.clip(x, low, high))},
    )


def _without_axis(step: str) -> dict[str, Callable[..., Any]]:
    return {step: (lambda x, axis: x.max(axis=axis)) if step == "peak" else (lambda e, axis: e.sum(axis=axis))}


def _is_largest(weights: Array, axis: int) -> Array:
    return (weights == weights.max(axis=axis, keepdims=True)).astype(weights.dtype)


def _log_softmax(x: Array, axis: int = -1) -> Array:
    moved = x - x.max(axis=axis, keepdims=True)
    logarithms: Array = moved - np.log(np.exp(moved).sum(axis=axis, keepdims=True))
    return logarithms


_KEEP = "take maximum and sum with `keepdims=True`, so that each slice meets its own"
_LOG = "return the weights themselves, not their logarithms"
_EXPONENTIAL = "take the exponential before you divide: scores may be negative"

DOUBLE_SOFTMAX = "apply it once: the weights already sum to 1"

SHARING = (
    *_always_along("ignores-axis", "along the last axis, whatever `axis` says", -1),
    *_always_along("ignores-axis", "along the first axis, whatever `axis` says", 0),
    *_always_along("softmax-over-all", "over the whole array", None),
    *_subtracting("no-max-subtraction", "without subtracting the maximum: exponentials overflow", lambda x, axis: 0.0),
    *_subtracting("global-max", "when one maximum is subtracted from the whole array", lambda x, axis: x.max()),
    *(
        Mistake("max-over-wrong-axis", f"when the maximum is always taken along the {name} axis", _OWN_MAX, {"peak": p})
        for name, p in (
            ("last", lambda x, axis: x.max(axis=-1, keepdims=True)),
            ("first", lambda x, axis: x.max(axis=0, keepdims=True)),
        )
    ),
    Mistake("lost-keepdims", "when the sum loses its axis", _KEEP, _without_axis("total")),
    Mistake("lost-keepdims", "when the maximum loses its axis", _KEEP, _without_axis("peak")),
    Mistake(
        "lost-keepdims",
        "when maximum and sum both lose their axis",
        _KEEP,
        _without_axis("peak") | _without_axis("total"),
    ),
    Mistake("double-softmax", "when the softmax is applied twice", DOUBLE_SOFTMAX, {"reweigh": softmax}),
    Mistake(
        "missing-normalization",
        "when the exponentials are not divided by their sum",
        "divide each slice by its sum: weights are shares",
        {"divide": lambda exponents, totals: exponents},
    ),
    Mistake(
        "divides-by-largest",
        "when each slice is divided by its largest exponential instead of the sum",
        "divide by the sum of the slice: weights are shares of the whole",
        {"total": lambda exponents, axis: exponents.max(axis=axis, keepdims=True)},
    ),
    Mistake(
        "hard-maximum",
        "when the largest score takes everything",
        "softmax shares the weight: exponentials divided by their sum",
        {"reweigh": _is_largest},
    ),
    Mistake("log-softmax", "when the logarithms of the weights are returned", _LOG, {"whole": _log_softmax}),
    Mistake(
        "log-softmax",
        "when the logarithms of the weights are returned",
        _LOG,
        {"reweigh": lambda weights, axis: np.log(weights)},
    ),
    Mistake(
        "missing-exponential",
        "when the scores themselves are divided by their sum",
        _EXPONENTIAL,
        {"peak": lambda x, axis: 0.0, "exponent": lambda x, largest: x - largest},
    ),
    Mistake(
        "missing-exponential",
        "when the distances from the maximum are divided by their sum, without exponentials",
        _EXPONENTIAL,
        {"exponent": lambda x, largest: x - largest},
    ),
    *(
        Mistake("softmin", "when the sign of the scores is turned: the smallest gets most", "exp(x), not exp(−x)", each)
        for each in (
            {"exponent": lambda x, largest: np.exp(largest - x)},
            {"peak": lambda x, axis: x.min(axis=axis, keepdims=True), "exponent": lambda x, lowest: np.exp(lowest - x)},
        )
    ),
    Mistake(
        "mean-subtraction",
        "when the mean is subtracted instead of the maximum: a score far above it still overflows",
        _OWN_MAX,
        {"peak": lambda x, axis: x.mean(axis=axis, keepdims=True)},
    ),
    *(_clipped(low, limit) for limit in (500, 700, 100, 50) for low in (-limit, -np.inf)),
)
