"""Doubling as steps: change → arrange. Even a toy is told apart by what is computed and in which shape it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["doubling"]

Array = np.ndarray
Step = Callable[..., Any]


def change(x: Array) -> Array:
    """Every number times two."""
    return 2 * x


def arrange(result: Array) -> Array:
    """Nothing: the result has the shape of the input."""
    return result


def doubling(x: Array, *, change: Step = change, arrange: Step = arrange) -> Any:
    """`double` as steps."""
    return arrange(change(x))
