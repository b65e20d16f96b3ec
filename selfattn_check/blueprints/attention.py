"""Attention as steps, from the scores to the answer.

compare → scale → hide or unmasked → peak → floor → total → divide → clear → reweigh → mix → answer.

Each step is a keyword-only parameter. The defaults together are the reference, in the order in which one writes it;
a mistake replaces the steps that it gets wrong. `scores` and `weights` are the same steps up to there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["attention", "scores", "swap", "weights"]

Array = np.ndarray
Step = Callable[..., Any]


def swap(x: Array) -> Array:
    """Transpose of the last two axes."""
    return np.swapaxes(x, -1, -2)


def compare(q: Array, k: Array) -> Array:
    """Every query with every key: (..., q_len, k_len)."""
    return q @ swap(k)


def scale(raw: Array, q: Array, k: Array) -> Array:
    """Divide by √head_dim, in the dtype of the scores."""
    return raw / q.shape[-1] ** 0.5


def hide(scores: Array, mask: Array) -> Array:
    """Replace the scores of hidden keys by −inf."""
    return np.where(mask, scores, -np.inf).astype(scores.dtype)


def unmasked(scores: Array) -> Array:
    """Without a mask every key may be seen."""
    return scores


def peak(scores: Array) -> Array:
    """Largest score of each row."""
    return scores.max(axis=-1, keepdims=True)


def floor(largest: Array) -> Array:
    """0 in place of the maximum of a row whose keys are all hidden, for −inf − (−inf) is NaN."""
    return np.where(largest == -np.inf, 0, largest).astype(largest.dtype)


def total(exponents: Array) -> Array:
    """Sum of each row."""
    return exponents.sum(axis=-1, keepdims=True)


def divide(exponents: Array, totals: Array) -> Array:
    """Share of each key; 0 where every key is hidden."""
    return exponents / np.where(totals == 0, 1, totals)


def clear(weights: Array, mask: Array | None) -> Array:
    """Nothing: `floor` and `divide` have seen to the rows without a permitted key."""
    return weights


def reweigh(weights: Array, mask: Array | None, q: Array | None) -> Array:
    """Nothing: the weights are final after the division."""
    return weights


def mix(weights: Array, q: Array, k: Array, v: Array) -> Array:
    """Average of the values."""
    return weights @ v


def answer(output: Array, weights: Array) -> Any:
    """Both results, the output first."""
    return output, weights


def scores(q: Array, k: Array, *, compare: Step = compare, scale: Step = scale) -> Any:
    """`attention_scores` as steps."""
    return scale(compare(q, k), q, k)


def weights(
    scores: Array,
    mask: Array | None = None,
    q: Array | None = None,
    *,
    hide: Step = hide,
    unmasked: Step = unmasked,
    peak: Step = peak,
    floor: Step = floor,
    total: Step = total,
    divide: Step = divide,
    clear: Step = clear,
    reweigh: Step = reweigh,
) -> Any:
    """`masked_softmax` as steps."""
    visible = unmasked(scores) if mask is None else hide(scores, mask)
    exponents = np.exp(visible - floor(peak(visible)))
    return reweigh(clear(divide(exponents, total(exponents)), mask), mask, q)


def attention(
    q: Array,
    k: Array,
    v: Array,
    mask: Array | None = None,
    *,
    compare: Step = compare,
    scale: Step = scale,
    mix: Step = mix,
    answer: Step = answer,
    **of_weights: Step,
) -> Any:
    """`scaled_dot_product_attention` as steps; `of_weights` are the steps of `weights`."""
    shares = weights(scores(q, k, compare=compare, scale=scale), mask, q, **of_weights)
    return answer(mix(shares, q, k, v), shares)
