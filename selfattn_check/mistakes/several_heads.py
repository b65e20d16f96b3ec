"""Mistakes in giving each head its features, and in putting the heads' outputs together."""

from __future__ import annotations

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["MERGING", "SCALE_BY_D_MODEL", "SPLITTING"]

Array = np.ndarray

_SWAP = "two steps: reshape to (seq_len, num_heads, head_dim), then swap the first two axes"
_BLOCKS = "head h owns the contiguous features h·head_dim to (h + 1)·head_dim − 1"


def _straight(x: Array, num_heads: int) -> Array:
    return x.reshape(num_heads, x.shape[0], x.shape[1] // num_heads)


def _alternating(x: Array, num_heads: int) -> Array:
    return np.moveaxis(x.reshape(x.shape[0], x.shape[1] // num_heads, num_heads), -1, 0)


def _straight_back(x: Array) -> Array:
    num_heads, seq_len, head_dim = x.shape
    return x.reshape(seq_len, num_heads * head_dim)


def _alternating_back(x: Array) -> Array:
    num_heads, seq_len, head_dim = x.shape
    return np.moveaxis(x, 0, -1).reshape(seq_len, num_heads * head_dim)


SPLITTING = (
    Mistake(
        "split-without-transpose",
        "when the array is reshaped straight to (num_heads, seq_len, head_dim)",
        _SWAP,
        {"split": _straight},
    ),
    Mistake(
        "interleaved-split",
        "when head h gets every num_heads-th feature, beginning with feature h",
        _BLOCKS,
        {"split": _alternating},
    ),
)

MERGING = (
    Mistake(
        "merge-without-transpose",
        "when the heads' outputs are reshaped straight to (seq_len, d_model)",
        "first swap heads and tokens, then reshape to (seq_len, num_heads · head_dim)",
        {"merge": _straight_back},
    ),
    Mistake(
        "interleaved-split",
        "when the heads' outputs take turns, one feature of each",
        _BLOCKS,
        {"merge": _alternating_back},
    ),
    Mistake(
        "interleaved-split",
        "when the features are dealt out to the heads one by one, and collected in the same way",
        _BLOCKS,
        {"split": _alternating, "merge": _alternating_back},
    ),
    Mistake(
        "split-without-transpose",
        "when the array is reshaped straight to (num_heads, seq_len, head_dim) and straight back",
        _SWAP,
        {"split": _straight, "merge": _straight_back},
    ),
)


SCALE_BY_D_MODEL = Mistake(
    "scale-by-d-model",
    "when the scores are divided by √d_model instead of √head_dim",
    "inside a head the dot product has head_dim terms: divide by the root of that",
    {"scale": lambda raw, q, k: raw / (q.shape[0] * q.shape[-1]) ** 0.5},  # q: (num_heads, seq_len, head_dim)
)
