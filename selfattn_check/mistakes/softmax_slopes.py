"""Mistakes in the way back through a softmax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["ARGUMENTS", "SOFTMAX_SLOPES"]

Array = np.ndarray

_RULE = "p ∘ (grad_p − Σ grad_p ∘ p): subtract the weighted average, then multiply by p"
_ROWS = "sum along the keys with `axis=-1, keepdims=True`: each row has its own average"


def _summing(code: str, note: str, along: Callable[..., Any], help_line: str = _ROWS) -> Mistake:
    return Mistake(code, note, help_line, {"along": along})


def _softmax(x: Array) -> Array:
    exponents = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


SOFTMAX_SLOPES = (
    Mistake(
        "diagonal-only-backward",
        "when only the product of grad_p and p is taken: a weight takes nothing from the others",
        _RULE,
        {"center": lambda grad_p, along, p: grad_p},
    ),
    Mistake(
        "diagonal-only-backward",
        "when only the diagonal p (1 − p) of the Jacobian is used",
        _RULE,
        {"center": lambda grad_p, along, p: grad_p * (1 - p)},
    ),
    Mistake(
        "missing-p-factor",
        "without the factor p in front",
        _RULE,
        {"spread": lambda centered, p: centered},
    ),
    Mistake(
        "missing-p-factor",
        "when p multiplies grad_p but not the sum: p * grad_p − Σ grad_p ∘ p",
        _RULE,
        {"center": lambda grad_p, along, p: grad_p * p - along, "spread": lambda centered, p: centered},
    ),
    Mistake(
        "unweighted-sum",
        "when grad_p is summed without its weights",
        _RULE,
        {"weigh": lambda grad_p, p: grad_p},
    ),
    Mistake(
        "log-softmax-backward",
        "when the logarithm of the softmax is differentiated: grad_p − p Σ grad_p",
        _RULE,
        {
            "weigh": lambda grad_p, p: grad_p,
            "center": lambda grad_p, along, p: grad_p - along * p,
            "spread": lambda centered, p: centered,
        },
    ),
    Mistake(
        "p-factor-twice",
        "when the product of grad_p and p is centered, and multiplied by p once more",
        _RULE,
        {"center": lambda grad_p, along, p: grad_p * p - along},
    ),
    Mistake(
        "sum-added",
        "when the sum is added instead of subtracted",
        "subtract it: what one weight gains, the others lose",
        {"center": lambda grad_p, along, p: grad_p + along},
    ),
    Mistake(
        "gradient-negated",
        "when the gradient has the opposite sign",
        "grad_p less the sum, not the sum less grad_p",
        {"sign": np.negative},
    ),
    _summing(
        "mean-for-sum",
        "when the mean of the products is taken in place of their sum",
        lambda weighted: weighted.mean(axis=-1, keepdims=True),
        "the weights sum to 1 already: their average is a plain sum of products",
    ),
    _summing(
        "backward-over-queries",
        "when the sum runs over the second to last axis",
        lambda weighted: weighted.sum(axis=-2, keepdims=True),
    ),
    _summing(
        "backward-over-queries",
        "when the sum runs over the first axis",
        lambda weighted: weighted.sum(axis=0),
    ),
    _summing("backward-over-all", "when one sum over everything is subtracted", lambda weighted: weighted.sum()),
    _summing(
        "lost-keepdims",
        "when the sum loses its axis: row i has the sum of row j subtracted",
        lambda weighted: weighted.sum(axis=-1),
    ),
)

ARGUMENTS = (
    Mistake(
        "arguments-swapped",
        "when grad_p and p have exchanged their places",
        "grad_p comes first, and p is the factor in front",
        {"start": lambda grad_p, p: (p, grad_p)},
    ),
    Mistake(
        "double-softmax",
        "when a softmax is applied to p first",
        "p is what a softmax returned: use it as it is",
        {"start": lambda grad_p, p: (grad_p, _softmax(p))},
    ),
)
