"""Softmax, its Jacobian and the entropy as steps; each takes the axis that the exercise asks for.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong. Steps that do nothing stand where learners add something.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["entropy", "softmax", "softmax_jacobian"]

Array = np.ndarray
Step = Callable[..., Any]


def aim(axis: int) -> int | None:
    """The axis as it was given."""
    return axis


def peak(x: Array, axis: int | None) -> Array:
    """Largest score of each slice."""
    return x.max(axis=axis, keepdims=True)


def exponent(x: Array, largest: Array) -> Array:
    """Exponentials of the distances from the largest score: at most 1."""
    return np.exp(x - largest)


def total(exponents: Array, axis: int | None) -> Array:
    """Sum of each slice."""
    return exponents.sum(axis=axis, keepdims=True)


def divide(exponents: Array, totals: Array) -> Array:
    """Share of each entry."""
    return exponents / totals


def reweigh(weights: Array, axis: int | None) -> Array:
    """Nothing: the weights are final after the division."""
    return weights


def softmax(
    x: Array,
    axis: int = -1,
    *,
    aim: Step = aim,
    peak: Step = peak,
    exponent: Step = exponent,
    total: Step = total,
    divide: Step = divide,
    reweigh: Step = reweigh,
) -> Any:
    """`softmax` as steps."""
    along = aim(axis)
    exponents = exponent(x, peak(x, along))
    return reweigh(divide(exponents, total(exponents, along)), along)


def enter(p: Array, axis: int | None) -> Array:
    """Nothing: the shares are used as they are."""
    return p


def guard(p: Array) -> Array:
    """1 in place of 0, so that the logarithm of nothing counts as 0."""
    return np.where(p == 0, 1, p).astype(p.dtype)


def weigh(p: Array, logarithms: Array) -> Array:
    """Each logarithm counts as much as its share."""
    return p * logarithms


def gather(terms: Array, axis: int | None) -> Array:
    """Sum of each slice, without its axis."""
    return terms.sum(axis=axis)


def sign(gathered: Array) -> Array:
    """Logarithms of shares are negative; entropy is not."""
    return 0 - gathered


def finish(nats: Array, p: Array, axis: int | None) -> Array:
    """Nothing: nats are what is asked for."""
    return nats


def entropy(
    p: Array,
    axis: int = -1,
    *,
    aim: Step = aim,
    enter: Step = enter,
    guard: Step = guard,
    logarithm: Step = np.log,
    weigh: Step = weigh,
    gather: Step = gather,
    sign: Step = sign,
    finish: Step = finish,
) -> Any:
    """`entropy` as steps."""
    along = aim(axis)
    shares = enter(p, along)
    return finish(sign(gather(weigh(shares, logarithm(guard(shares))), along)), p, along)


def combine(diagonal: Array, products: Array, p: Array) -> Array:
    """diag(p) − p pᵀ."""
    return diagonal - products


def multiply(p: Array) -> Array:
    """All products p_i p_j, (n, n)."""
    return np.outer(p, p)


def softmax_jacobian(
    p: Array,
    *,
    enter: Step = enter,
    diagonal: Step = np.diag,
    multiply: Step = multiply,
    combine: Step = combine,
) -> Any:
    """`softmax_jacobian` as steps."""
    shares = enter(p, -1)
    return combine(diagonal(shares), multiply(shares), shares)
