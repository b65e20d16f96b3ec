"""Soft look-up as steps: compare → scale → the steps of `weights` → mix → answer.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong. The softmax is the one of attention, on a single row of scores.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints import attention

__all__ = ["lookup"]

Array = np.ndarray
Step = Callable[..., Any]


def compare(query: Array, keys: Array, values: Array) -> Array:
    """The query with every key: (n,)."""
    return keys @ query


def scale(scores: Array, query: Array, temperature: float) -> Array:
    """Divide by the temperature, and by nothing else."""
    return scores / temperature


def mix(weights: Array, keys: Array, values: Array, temperature: float) -> Array:
    """Sum of the values, each times its weight: (d_v,)."""
    return weights @ values


def answer(blend: Array, weights: Array) -> Any:
    """The blend alone."""
    return blend


def lookup(
    query: Array,
    keys: Array,
    values: Array,
    temperature: float = 1.0,
    *,
    compare: Step = compare,
    scale: Step = scale,
    mix: Step = mix,
    answer: Step = answer,
    **of_weights: Step,
) -> Any:
    """`soft_lookup` as steps; `of_weights` are the steps of `attention.weights`."""
    scores = scale(compare(query, keys, values), query, temperature)
    weights = attention.weights(scores, None, query, **of_weights)
    return answer(mix(weights, keys, values, temperature), weights)
