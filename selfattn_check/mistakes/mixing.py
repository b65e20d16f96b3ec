"""Mistakes after the weights: what they average, and what is returned."""

from __future__ import annotations

from selfattn_check.blueprints.attention import swap
from selfattn_check.exercise import Mistake

__all__ = ["MIXING"]

_VALUES = "the output is `weights @ v`: each row of weights averages the rows of v"

MIXING = (
    Mistake(
        "weights-transposed",
        "when the weights are transposed before they meet the values",
        _VALUES,
        {"mix": lambda weights, q, k, v: swap(weights) @ v},
    ),
    Mistake(
        "mixes-wrong-values",
        "when the weights average the keys instead of the values",
        _VALUES,
        {"mix": lambda weights, q, k, v: weights @ k},
    ),
    Mistake(
        "mixes-wrong-values",
        "when the weights average the queries instead of the values",
        _VALUES,
        {"mix": lambda weights, q, k, v: weights @ q},
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
    Mistake(
        "averages-values-equally",
        "when every value gets the same share, whatever the weights",
        _VALUES,
        {"mix": lambda weights, q, k, v: weights * 0 @ v + v.mean(axis=-2, keepdims=True)},
    ),
)
