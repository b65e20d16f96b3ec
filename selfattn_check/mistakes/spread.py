"""Mistakes in the entropy: the logarithm, what happens at 0, the sum, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.distributions import softmax
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.sharing import DOUBLE_SOFTMAX

__all__ = ["SPREAD"]

Array = np.ndarray

_NO_EPSILON = "leave the shares as they are and give 0 log 0 the value 0 with `np.where`"


def _size_along(p: Array, axis: int | None) -> int:
    return p.size if axis is None else p.shape[axis]


def _always_along(where: str, axis: int | None) -> Mistake:
    return Mistake(
        "ignores-axis",
        f"when the sum always runs {where}, whatever `axis` says",
        "hand `axis` on to the sum",
        {"aim": lambda given: axis},
    )


def _plus(epsilon: float) -> Callable[..., Any]:
    return lambda p: p + p.dtype.type(epsilon)


def _with_epsilon(epsilon: float) -> tuple[Mistake, Mistake]:
    code = "epsilon-in-log"
    moved = _plus(epsilon)
    return (
        Mistake(code, f"when {epsilon:g} is added inside the logarithm", _NO_EPSILON, {"guard": moved}),
        Mistake(
            code,
            f"when {epsilon:g} is added to every share",
            _NO_EPSILON,
            {"enter": lambda p, axis: moved(p), "guard": lambda p: p},
        ),
    )


SPREAD = (
    Mistake(
        "wrong-log-base",
        "when the logarithm has base 2, which gives bits",
        "nats come from the natural logarithm, `np.log`",
        {"logarithm": np.log2},
    ),
    Mistake(
        "wrong-log-base",
        "when the logarithm has base 10",
        "nats come from the natural logarithm, `np.log`",
        {"logarithm": np.log10},
    ),
    Mistake(
        "zero-times-log-zero",
        "when 0 log 0 is computed as 0 · (−inf), which is NaN",
        "replace shares of 0 by 1 inside the logarithm: log 1 = 0",
        {"guard": lambda p: p},
    ),
    Mistake(
        "missing-minus",
        "without the minus sign",
        "logarithms of shares are negative: negate the sum",
        {"sign": np.positive},
    ),
    Mistake(
        "keepdims-kept",
        "when the summed axis stays in the result with length 1",
        "sum without `keepdims`: the axis is to be removed",
        {"gather": lambda terms, axis: terms.sum(axis=axis, keepdims=True)},
    ),
    Mistake(
        "mean-for-sum",
        "when the terms are averaged instead of summed",
        "sum the terms: the shares are already the weights of an average",
        {"gather": lambda terms, axis: terms.mean(axis=axis)},
    ),
    *(mistake for epsilon in (1e-8, 1e-9, 1e-7, 1e-6, 1e-5, 1e-3, 1.0) for mistake in _with_epsilon(epsilon)),
    _always_along("along the last axis", -1),
    _always_along("along the first axis", 0),
    _always_along("over the whole array", None),
    Mistake(
        "perplexity",
        "when the exponential of the entropy is returned",
        "return the entropy itself; its exponential is an effective number of choices",
        {"finish": lambda nats, p, axis: np.exp(nats)},
    ),
    Mistake(
        "normalized-entropy",
        "when the entropy is divided by that of equal shares, log n",
        "return nats: no division by log n",
        {"finish": lambda nats, p, axis: nats / float(np.log(_size_along(p, axis)))},
    ),
    Mistake(
        "unweighted-logarithm",
        "when the logarithms are summed without their shares as factors",
        "multiply each logarithm by its share: −Σ p log p",
        {"weigh": lambda p, logarithms: logarithms},
    ),
    Mistake("double-softmax", "when a softmax is applied to the shares first", DOUBLE_SOFTMAX, {"enter": softmax}),
)
