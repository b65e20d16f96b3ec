"""The toy of chapter 0, with which a learner meets the checks."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, float_array


def double(x: FloatArray) -> FloatArray:
    """Multiply every number by two.

    Args:
        x: floats of any shape.

    Returns:
        2x, a new array in the shape and dtype of x.

    Raises:
        TypeError: x is not a NumPy array of floats.

    >>> double(np.array([1.0, -0.5])).tolist()
    [2.0, -1.0]
    """
    return np.asarray(2 * float_array("x", x, "(...)"))
