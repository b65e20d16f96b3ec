"""A gradient without calculus: the authority that a derived gradient is checked against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from selfattn_ref.validation import FloatArray, float_array, function, kind_of, number, require


def numerical_gradient(f: Callable[[FloatArray], float], x: FloatArray, eps: float = 1e-5) -> FloatArray:
    """Differentiate a scalar function by central differences.

    (f(x + eps·e_i) − f(x − eps·e_i)) / (2·eps) for every entry i. The error is eps² · f‴/6 from cutting the Taylor
    series off and about 1e-16 · |f| / eps from rounding in float64; near eps = 1e-5 the sum is smallest.
    Nocedal and Wright (2006), section 8.1. In float32 the rounding alone is about 1e-2 · |f|: use float64.

    Args:
        f: takes an array like x, which it may modify, and returns one number.
        x: floats of any shape; f is called twice for every entry.
        eps: positive step.

    Returns:
        The gradient in the shape and dtype of x.

    Raises:
        TypeError: f cannot be called or returns no number, x is not a NumPy array of floats, or eps not a number.
        ValueError: eps is not positive and finite, or f returns an array with axes.

    >>> numerical_gradient(lambda x: x[0] ** 2 + 3.0 * x[1], np.array([2.0, 5.0])).round(6).tolist()
    [4.0, 3.0]
    """
    f = function("f", f, "an array")
    x = float_array("x", x, "(...)")
    eps = number("eps", eps)
    require(eps > 0, "eps", "be positive", eps)

    def moved(index: tuple[int, ...], step: float) -> float:
        near = x.copy()
        near[index] += step
        return _scalar(f(near))

    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        gradient[index] = (moved(index, eps) - moved(index, -eps)) / (2 * eps)
    return gradient


def _scalar(result: object) -> float:
    array = np.asarray(result)
    require(array.dtype.kind in "fiu", "f", "return a number", kind_of(result), TypeError)
    require(array.ndim == 0, "f", "return a single number", f"shape {array.shape}")
    return float(array)
