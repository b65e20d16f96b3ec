"""Mistakes in the scores: what is compared with what, and by what it is divided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import compare, swap
from selfattn_check.exercise import Mistake

__all__ = ["COMPARING", "SCALING"]


def _divided_by(code: str, note: str, divisor: Callable[[Any, Any], float]) -> Mistake:
    return Mistake(
        code,
        note,
        "divide the scores by √head_dim, the root of the number of features of one query",
        {"scale": lambda raw, q, k: raw / divisor(q, k)},
    )


SCALING = (
    Mistake(
        "missing-scale",
        "without dividing the scores by √head_dim",
        "divide the scores by √head_dim before the softmax",
        {"scale": lambda raw, q, k: raw},
    ),
    _divided_by("scale-by-d", "when the scores are divided by head_dim itself", lambda q, k: q.shape[-1]),
    _divided_by(
        "scale-twice", "when √head_dim divides twice, on the queries and on the scores", lambda q, k: q.shape[-1]
    ),
    _divided_by("scale-by-sequence", "when the scores are divided by √k_len", lambda q, k: k.shape[-2] ** 0.5),
    _divided_by("scale-by-sequence", "when the scores are divided by √q_len", lambda q, k: q.shape[-2] ** 0.5),
    _divided_by("scale-by-sequence", "when the scores are divided by k_len", lambda q, k: k.shape[-2]),
    _divided_by(
        "scale-by-fourth-root", "when only the fourth root of head_dim divides", lambda q, k: q.shape[-1] ** 0.25
    ),
    Mistake(
        "scale-inverted",
        "when the scores are multiplied by √head_dim instead of divided",
        "divide: the scores of wide queries are too large, not too small",
        {"scale": lambda raw, q, k: raw * q.shape[-1] ** 0.5},
    ),
)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


COMPARING = (
    Mistake(
        "keys-times-queries",
        "when the keys are multiplied by the queries: k qᵀ instead of q kᵀ",
        "queries are the rows: q @ kᵀ has shape (..., q_len, k_len)",
        {"compare": lambda q, k: compare(k, q)},
    ),
    Mistake(
        "transposes-all-axes",
        "when `k.T` reverses every axis, the batch axes too",
        "swap only the last two axes: `np.swapaxes(k, -1, -2)`",
        {"compare": lambda q, k: q @ k.T},
    ),
    Mistake(
        "missing-transpose",
        "when the keys are not transposed",
        "transpose the last two axes of k, so that features meet features",
        {"compare": lambda q, k: q @ k},
    ),
    Mistake(
        "cosine-scores",
        "when queries and keys are scaled to length 1 first",
        "use the plain dot product: the length of a query or key matters",
        {"compare": lambda q, k: _unit(q) @ swap(_unit(k)), "scale": lambda raw, q, k: raw},
    ),
    Mistake(
        "queries-with-queries",
        "when the queries are compared with themselves and the keys are not used",
        "multiply q by the transpose of k, not of q",
        {"compare": lambda q, k: compare(q, q)},
    ),
    Mistake(
        "queries-with-queries",
        "when the keys are compared with themselves and the queries are not used",
        "multiply q by the transpose of k",
        {"compare": lambda q, k: compare(k, k)},
    ),
)
