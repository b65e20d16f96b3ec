"""Projection as steps: choose → apply, which projects three times → adjust → answer.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["projection"]

Array = np.ndarray
Step = Callable[..., Any]


def choose(w_q: Array, w_k: Array, w_v: Array) -> Any:
    """The weights of query, key and value, in this order."""
    return w_q, w_k, w_v


def project(x: Array, w: Array) -> Array:
    """Every token by itself, features last."""
    return x @ w


def apply(x: Array, weights: Any, project: Step) -> Any:
    """All three from the same tokens."""
    return tuple(project(x, w) for w in weights)


def adjust(q: Array, k: Array, v: Array) -> Any:
    """Nothing: a projection is final after the product."""
    return q, k, v


def answer(q: Array, k: Array, v: Array) -> Any:
    """All three results."""
    return q, k, v


def projection(
    x: Array,
    w_q: Array,
    w_k: Array,
    w_v: Array,
    *,
    choose: Step = choose,
    project: Step = project,
    apply: Step = apply,
    adjust: Step = adjust,
    answer: Step = answer,
) -> Any:
    """`project_qkv` as steps."""
    return answer(*adjust(*apply(x, choose(w_q, w_k, w_v), project)))
