"""Mistakes in who comes before whom: where the queries stand among the keys, and what counts as past."""

from __future__ import annotations

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["ALIGNING", "LOOKING", "everything"]

_CORNER = "align to the bottom right: query i stands at position i + k_len − q_len, the last query at the last key"
_ITSELF = "a token may attend to itself: compare positions with `<=`, not `<`"

ALIGNING = (
    Mistake(
        "causal-top-left", "when the first query stands at the first key", _CORNER, {"first": lambda q_len, k_len: 0}
    ),
    Mistake(
        "causal-offset-sign",
        "when the queries are moved by q_len − k_len instead of k_len − q_len",
        _CORNER,
        {"first": lambda q_len, k_len: q_len - k_len},
    ),
    Mistake(
        "ignores-k-len",
        "when k_len is not used and the mask is square",
        "the mask has one column for each key: shape (q_len, k_len)",
        {"width": lambda q_len, k_len: q_len},
    ),
)

LOOKING = (
    Mistake(
        "strict-causal",
        "when a token may not attend to itself",
        _ITSELF,
        {"past": lambda keys, queries: keys < queries},
    ),
    Mistake(
        "causal-one-ahead",
        "when every query also sees the next token",
        "stop at the query's own position: key j is allowed where j ≤ i + k_len − q_len",
        {"past": lambda keys, queries: keys <= queries + 1},
    ),
    Mistake(
        "sees-only-itself",
        "when every query sees its own position only",
        "the keys before a query are allowed as well: compare with `<=`, not `==`",
        {"past": lambda keys, queries: keys == queries},
    ),
)


def everything(keys: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Every key counts as past: (q_len, k_len)."""
    return np.ones(np.broadcast_shapes(keys.shape, queries.shape), dtype=bool)
