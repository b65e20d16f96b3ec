"""Mistakes in the form of a mask: its sense, its dtype, its axes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["FORMS", "TRANSPOSED", "additive"]

_BOOLEANS = "return booleans: a comparison gives them, and `mask.astype(bool)` turns 0 and 1 into them"


def _as_numbers(dtype: str, kind: str) -> Mistake:
    return Mistake(
        "mask-as-numbers",
        f"as {kind} 0 and 1 instead of booleans",
        _BOOLEANS,
        {"finish": lambda mask: mask.astype(dtype)},
    )


def additive(hidden: float) -> Callable[[np.ndarray], np.ndarray]:
    """Turns a boolean mask into what is added to the scores: 0 where attending is allowed."""
    return lambda mask: np.where(mask, 0.0, hidden)


def _additive(hidden: float, kind: str) -> Mistake:
    return Mistake(
        "additive-mask",
        f"as numbers to add to the scores, 0 and {kind}, instead of booleans",
        "return booleans, True where a query may attend; the next exercise turns them into −inf",
        {"finish": additive(hidden)},
    )


FORMS = (
    Mistake(
        "mask-inverted",
        "with True where attending is forbidden",
        "True means may attend: turn the comparison around, or negate the mask with `~`",
        {"sense": lambda mask: ~mask},
    ),
    _as_numbers("float64", "floats"),
    _as_numbers("int64", "integers"),
    _as_numbers("uint8", "unsigned integers"),
    _additive(-np.inf, "−inf"),
    _additive(-1e9, "−1e9"),
    _additive(-1e4, "−1e4"),
    _additive(float(np.finfo(np.float32).min), "the lowest float32"),
    Mistake(
        "additive-mask",
        "as 1 where attending is allowed and −inf where not, instead of booleans",
        "return booleans, True where a query may attend; the next exercise turns them into −inf",
        {"finish": lambda mask: np.where(mask, 1.0, -np.inf)},
    ),
    Mistake(
        "inf-times-mask",
        "when (1 − mask) is multiplied by −inf: 0 · inf is NaN",
        "return booleans, True where a query may attend; to choose between numbers use `np.where`, not a product",
        {"finish": lambda mask: (1 - mask) * -np.inf},
    ),
)

TRANSPOSED = (
    Mistake(
        "mask-transposed",
        "when rows and columns are swapped",
        "queries are the rows, keys the columns: shape (q_len, k_len)",
        {"arrange": lambda mask: mask.T},
    ),
    Mistake(
        "mask-extra-axes",
        "with a batch axis in front",
        "return two axes, (q_len, k_len): batch axes are added by broadcasting",
        {"arrange": lambda mask: mask[None]},
    ),
    Mistake(
        "mask-extra-axes",
        "with a batch axis and a head axis in front",
        "return two axes, (q_len, k_len): batch axes are added by broadcasting",
        {"arrange": lambda mask: mask[None, None]},
    ),
)
