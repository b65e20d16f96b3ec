"""How close is close enough: one table for the whole course."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Tolerance", "tolerance"]


class Tolerance(NamedTuple):
    """Two numbers agree if |yours − expected| ≤ absolute + relative · |expected|."""

    relative: float
    absolute: float


# Wide enough for another order of summation or log-sum-exp, far below every known mistake.
_TABLE = {
    np.dtype(np.float16): Tolerance(1e-2, 1e-3),
    np.dtype(np.float32): Tolerance(1e-4, 1e-5),
    np.dtype(np.float64): Tolerance(1e-8, 1e-10),
}


def tolerance(*dtypes: np.dtype) -> Tolerance:
    """Tolerance between numbers of these types: that of the coarsest float; integers and booleans are exact.

    >>> tolerance(np.dtype("float32"), np.dtype("float64")).absolute
    1e-05
    """
    floats = [_TABLE[dtype] for dtype in map(np.dtype, dtypes) if dtype in _TABLE]
    return max(floats, default=Tolerance(0.0, 0.0))
