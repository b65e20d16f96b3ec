"""Mistakes in the Jacobian of the softmax: which entries, with which sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.distributions import softmax
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.sharing import DOUBLE_SOFTMAX

__all__ = ["SLOPES"]

Array = np.ndarray

_BOTH = "p_i (1 − p_i) on the diagonal, −p_i p_j off it"
_PAIRS = "off the diagonal stand products of two different weights: `np.outer(p, p)`"


def _eye(p: Array) -> Array:
    return np.eye(len(p), dtype=p.dtype)


def _combining(code: str, note: str, combine: Any, help_line: str = _BOTH) -> Mistake:
    return Mistake(code, note, help_line, {"combine": combine})


def _multiplying(code: str, note: str, multiply: Any) -> Mistake:
    return Mistake(code, note, _PAIRS, {"multiply": multiply})


_SIGMOID = "when the derivative of the logistic function, p (1 − p), stands"
_LOG = "this is the Jacobian of the logarithm of the softmax: multiply row i by p_i"

SLOPES = (
    _combining("diagonal-only", "when only the diagonal p (1 − p) is filled", lambda d, m, p: np.diag(np.diag(d - m))),
    _combining("diagonal-only", "when only diag(p) is returned, without p pᵀ", lambda d, m, p: d),
    _combining("sign-flipped", "when diag(p) is subtracted from p pᵀ, not the other way round", lambda d, m, p: m - d),
    _combining("outer-only", "when diag(p) is missing: −p pᵀ alone", lambda d, m, p: -m),
    _combining("outer-only", "when p pᵀ alone is returned", lambda d, m, p: m),
    _combining("off-diagonal-sign", "when p pᵀ is added to diag(p) instead of subtracted", lambda d, m, p: d + m),
    _combining(
        "off-diagonal-sign",
        "when the entries off the diagonal have no minus",
        lambda d, m, p: np.where(_eye(p) > 0, d - m, m),
    ),
    _combining("sigmoid-derivative", f"{_SIGMOID} in a single row", lambda d, m, p: p * (1 - p)),
    _combining(
        "sigmoid-derivative", f"{_SIGMOID} in every row", lambda d, m, p: np.broadcast_to(p * (1 - p), m.shape).copy()
    ),
    _combining(
        "sigmoid-derivative",
        f"{_SIGMOID} in every column",
        lambda d, m, p: np.broadcast_to((p * (1 - p))[:, None], m.shape).copy(),
    ),
    _combining("sigmoid-derivative", "when every entry is p_i (1 − p_j)", lambda d, m, p: np.outer(p, 1 - p)),
    _combining("sigmoid-derivative", "when every entry is p_j (1 − p_i)", lambda d, m, p: np.outer(1 - p, p)),
    Mistake(
        "identity-for-diagonal",
        "when the identity matrix stands in place of diag(p)",
        "the diagonal begins with p_i, not with 1: `np.diag(p)`",
        {"diagonal": _eye},
    ),
    _multiplying(
        "squares-for-products",
        "when p_i squared is subtracted from the whole row i",
        lambda p: np.broadcast_to((p * p)[:, None], (len(p), len(p))),
    ),
    _multiplying(
        "squares-for-products",
        "when p_j squared is subtracted from the whole column j",
        lambda p: np.broadcast_to(p * p, (len(p), len(p))),
    ),
    _multiplying("inner-for-outer", "when the dot product of p with itself is subtracted everywhere", lambda p: p @ p),
    Mistake(
        "log-softmax",
        "when the logarithm of the softmax is differentiated: δ_ij − p_j",
        _LOG,
        {"diagonal": _eye, "multiply": lambda p: np.broadcast_to(p, (len(p), len(p)))},
    ),
    Mistake(
        "log-softmax",
        "when the logarithm of the softmax is differentiated, and rows and columns are exchanged: δ_ij − p_i",
        _LOG,
        {"diagonal": _eye, "multiply": lambda p: np.broadcast_to(p[:, None], (len(p), len(p)))},
    ),
    Mistake("double-softmax", "when a softmax is applied to p first", DOUBLE_SOFTMAX, {"enter": softmax}),
)
