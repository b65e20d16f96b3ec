"""The spread of random scores as steps: draw → draw → dot → scale → measure.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["spread"]

Array = np.ndarray
Step = Callable[..., Any]


def draw(rng: np.random.Generator, num_samples: int, d_k: int) -> tuple[Array, Array]:
    """All queries, then all keys: (num_samples, d_k) each."""
    return rng.standard_normal((num_samples, d_k)), rng.standard_normal((num_samples, d_k))


def dot(q: Array, k: Array) -> Array:
    """Each query with its own key: (num_samples,)."""
    return (q * k).sum(axis=-1)


def wanted(scaled: bool) -> bool:
    """Whether the scores are to be scaled."""
    return scaled


def scale(scores: Array, d_k: int) -> Array:
    """Divide by √d_k."""
    return scores / d_k**0.5


def measure(scores: Array) -> Any:
    """Mean squared distance from the mean."""
    return scores.var()


def spread(
    d_k: int,
    num_samples: int,
    rng: np.random.Generator,
    scaled: bool,
    *,
    draw: Step = draw,
    dot: Step = dot,
    wanted: Step = wanted,
    scale: Step = scale,
    measure: Step = measure,
) -> Any:
    """`score_variance` as steps."""
    scores = dot(*draw(rng, num_samples, d_k))
    return measure(scale(scores, d_k) if wanted(scaled) else scores)
