"""Mistakes in following a gradient back through a recurrent network: the derivative, the product, the norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["CHAINING", "DIFFERENTIATING", "MEASURING", "PLACING"]

Array = np.ndarray

_SLOPE = "the derivative of the tanh, from its result h, is `1 - h**2`"
_COLUMN = "column j of ∂h_t/∂h_{t−1} belongs to feature j of h_t: `w_h * (1 - h**2)`, with h = states[t]"


def _sloped(code: str, note: str, slope: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, _SLOPE, {"slope": slope})


DIFFERENTIATING = (
    _sloped("missing-tanh-derivative", "when the derivative of the tanh is left out", np.ones_like),
    _sloped("wrong-tanh-derivative", "when the derivative of the tanh is 1 − h, without the square", lambda h: 1 - h),
    _sloped("wrong-tanh-derivative", "when the derivative of the tanh is h²", lambda h: h**2),
    _sloped("wrong-tanh-derivative", "when the state itself is multiplied in", lambda h: h),
    _sloped(
        "wrong-tanh-derivative",
        "when the tanh is taken of the state, which is a tanh already",
        lambda h: 1 - np.tanh(h) ** 2,
    ),
    _sloped("wrong-tanh-derivative", "when the derivative is the sigmoid's: h (1 − h)", lambda h: h * (1 - h)),
    Mistake(
        "derivative-on-rows",
        "when the derivative of the tanh multiplies the rows of w_h instead of its columns",
        _COLUMN,
        {"one_step": lambda w_h, slopes: slopes[:, None] * w_h},
    ),
    Mistake(
        "derivative-one-step-early",
        "when the derivative of the tanh is taken at h_{t−1} instead of h_t",
        _COLUMN,
        {"gate": lambda states, t: states[t - 1]},
    ),
    Mistake(
        "weight-transposed",
        "when w_h is transposed and the slopes still multiply the columns",
        _COLUMN,
        {"one_step": lambda w_h, slopes: w_h.T * slopes},
    ),
    Mistake(
        "missing-weight",
        "when w_h is left out and only the derivatives of the tanh are multiplied",
        _COLUMN,
        {"one_step": lambda w_h, slopes: np.diag(slopes)},
    ),
)

_PRODUCT = "multiply the Jacobians of all steps in between: `one_step @ to_last`, going back from the end"


def _chained(code: str, note: str, chain: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, _PRODUCT, {"chain": chain})


def _products_of_norms(states: Array, w_h: Array) -> Array:
    norms = np.array([np.linalg.norm(w_h * (1 - h**2), 2) for h in states[1:]])
    return np.append(np.cumprod(norms[::-1])[::-1], 1).astype(states.dtype)


def _powers_of_the_norm(states: Array, w_h: Array) -> Array:
    return (np.linalg.norm(w_h, 2) ** np.arange(len(states))[::-1]).astype(states.dtype)


def _from_the_first(states: Array, w_h: Array) -> Array:
    jacobian, reach = np.eye(len(w_h)), [1.0]
    for h in states[1:]:
        jacobian = jacobian @ (w_h * (1 - h**2))
        reach.append(float(np.linalg.norm(jacobian, 2)))
    return np.array(reach, dtype=states.dtype)


CHAINING = (
    _chained(
        "jacobians-in-wrong-order",
        "when each earlier Jacobian is multiplied from the right",
        lambda one_step, to_last: to_last @ one_step,
    ),
    _chained(
        "forgets-product",
        "when each entry holds the Jacobian of one step only",
        lambda one_step, to_last: one_step,
    ),
    _chained("sums-jacobians", "when the Jacobians are added", lambda one_step, to_last: one_step + to_last),
    _chained(
        "elementwise-product",
        "when `*` multiplies the Jacobians entry by entry",
        lambda one_step, to_last: one_step * to_last,
    ),
    Mistake(
        "product-of-norms",
        "when the norms of the steps are multiplied: that is only an upper bound",
        "multiply the matrices first, take the norm of the product",
        {"whole": _products_of_norms},
    ),
    Mistake(
        "product-of-norms",
        "when the norm of w_h is raised to a power",
        "multiply the Jacobians of the steps, take the norm of the product",
        {"whole": _powers_of_the_norm},
    ),
    Mistake(
        "reach-from-first",
        "when entry t is the norm of ∂h_t/∂h_first: the way from the first state on",
        "start at the last state and go back: entry t is about ∂h_last/∂h_t",
        {"whole": _from_the_first},
    ),
)

_SPECTRAL = "take the largest singular value: `np.linalg.norm(jacobian, 2)`"


def _measuring(code: str, note: str, measure: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, _SPECTRAL, {"measure": measure})


MEASURING = (
    _measuring("another-norm", "when the Frobenius norm is taken", np.linalg.norm),
    _measuring("another-norm", "when the largest entry is taken", lambda j: np.abs(j).max()),
    _measuring("another-norm", "when the largest sum of a column is taken", lambda j: np.linalg.norm(j, 1)),
    _measuring("another-norm", "when the largest sum of a row is taken", lambda j: np.linalg.norm(j, np.inf)),
    _measuring("another-norm", "when the singular values are summed", lambda j: np.linalg.norm(j, "nuc")),
    _measuring("another-norm", "when the smallest singular value is taken", lambda j: np.linalg.norm(j, -2)),
    _measuring("another-norm", "when the square of the norm is taken", lambda j: np.linalg.norm(j, 2) ** 2),
    _measuring(
        "eigenvalue-for-singular-value",
        "when the largest eigenvalue is taken, by magnitude",
        lambda j: np.abs(np.linalg.eigvals(j)).max(),
    ),
)

_NO_STEP = "no step lies between h_last and itself: the last entry is the norm of the identity, 1"


def _placed(code: str, note: str, help_line: str, answer: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, {"answer": answer})


PLACING = (
    Mistake(
        "reach-shifted",
        "when every entry holds one step too many, the last one its own Jacobian",
        _NO_STEP,
        {"measured": lambda to_last, one_earlier: one_earlier},
    ),
    _placed(
        "reach-shifted",
        "when every entry holds one step too few",
        _NO_STEP,
        lambda reach: np.append(reach[1:], np.ones(1, reach.dtype)),
    ),
    _placed("reach-shifted", "when the last entry is missing", _NO_STEP, lambda reach: reach[:-1]),
    _placed(
        "last-not-one",
        "when the last entry stays 0",
        _NO_STEP,
        lambda reach: np.append(reach[:-1], np.zeros(1, reach.dtype)),
    ),
    _placed(
        "reversed-in-time",
        "when the entries come from the last state to the first",
        "entry t belongs to states[t]; the last entry is 1",
        lambda reach: reach[::-1],
    ),
    _placed(
        "clipped-reach",
        "when entries above 1 are cut to 1",
        "gradients may explode as well as vanish: return what comes out",
        lambda reach: np.minimum(reach, 1),
    ),
    _placed(
        "clipped-reach",
        "when an entry may not exceed those after it",
        "a product may grow again on its way back: return what comes out",
        lambda reach: np.minimum.accumulate(reach[::-1])[::-1],
    ),
)
