"""Vectors brought to length 1: their dot products are cosines."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, float_array, require


def directions(argument: str, value: object, shape: str) -> FloatArray:
    """Accept vectors along the last axis, none of them zero, and divide each by its Euclidean length."""
    rows = float_array(argument, value, shape)
    largest = np.abs(rows).max(axis=-1, keepdims=True, initial=0.0)
    zero = np.argwhere(largest[..., 0] == 0.0)  # (rows of zeros, axes)
    require(
        len(zero) == 0, argument, "hold no row of zeros, which has no direction", f"zeros in row {zero[:1].ravel()}"
    )
    rows = rows / largest  # the squares of very long or short vectors would leave the range of the dtype
    return rows / np.sqrt((rows**2).sum(axis=-1, keepdims=True))
