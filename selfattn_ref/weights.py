"""From scores to weights: the softmax, plain and under a mask."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import BoolArray, FloatArray, float_array, optional_mask, require, size


def softmax(x: FloatArray, axis: int = -1) -> FloatArray:
    """Turn scores into positive weights that sum to one along an axis.

    exp(x) / Σ exp(x), with the maximum subtracted first so that no exponential overflows: the quotient is the same.
    Vaswani et al. (2017), equation 1; Bridle (1990) for the name.

    Args:
        x: floats of any shape with at least one axis. −inf gives weight 0; a NaN or +inf makes its slice NaN.
        axis: the axis along which the weights sum to one.

    Returns:
        Weights in the shape and dtype of x.

    Raises:
        TypeError: x is not a NumPy array of floats, or axis not an integer.
        ValueError: x has no such axis, or a slice along it holds nothing but −inf.

    >>> softmax(np.array([0.0, np.log(3.0)])).round(4).tolist()
    [0.25, 0.75]
    """
    x = float_array("x", x, "(..., n)")
    axis = size("axis", axis, at_least=-x.ndim)
    require(axis < x.ndim, "axis", f"be below the number of axes of x, {x.ndim}", axis)
    empty = (x == -np.inf).all(axis=axis).any()
    require(not empty, "x", f"hold an entry above -inf in every slice along axis {axis}", "a slice without one")
    return softmax_or_zero(x, axis)


def masked_softmax(scores: FloatArray, mask: BoolArray | None = None) -> FloatArray:
    """Softmax over the keys that each query may attend to; every other key gets exactly 0.

    Hidden scores are replaced by −inf before the maximum is taken, so neither their size nor a NaN among them matters.

    Args:
        scores: (..., q_len, k_len) floats, or (k_len,) for one query. −inf gives weight 0, with or without a mask.
        mask: boolean, broadcastable to scores; True where a query may attend. A query with no permitted key
            gets weights 0.

    Returns:
        weights (..., q_len, k_len) in the dtype of scores; each row sums to 1, or to 0 where no key is permitted.

    Raises:
        TypeError: scores is not a NumPy array of floats, or mask not one of booleans.
        ValueError: scores has no axis, or mask does not broadcast to it.

    >>> masked_softmax(np.array([[0.0, 0.0, 9.0]]), np.array([[True, True, False]])).tolist()
    [[0.5, 0.5, 0.0]]
    """
    scores = float_array("scores", scores, "(..., k_len)")
    return softmax_where(scores, optional_mask(mask, scores.shape))


def softmax_where(scores: FloatArray, mask: BoolArray | None) -> FloatArray:
    """The arithmetic of `masked_softmax`, without checks."""
    if mask is None:
        return softmax_or_zero(scores, axis=-1)
    weights = softmax_or_zero(np.where(mask, scores, -np.inf), axis=-1)  # (..., q_len, k_len)
    # a visible NaN spreads over its row; hidden keys keep their 0 even there
    return np.where(mask, weights, 0.0)


@np.errstate(invalid="ignore")  # a visible NaN or +inf gives NaN; the result says so, no warning is needed
def softmax_or_zero(x: FloatArray, axis: int) -> FloatArray:
    """The arithmetic of `softmax`, without checks; a slice of nothing but −inf gives zeros."""
    highest = x.max(axis=axis, keepdims=True, initial=-np.inf)
    exponentials = np.exp(x - np.where(highest == -np.inf, 0.0, highest))
    total = exponentials.sum(axis=axis, keepdims=True)
    weights: FloatArray = exponentials / np.where(total == 0.0, 1.0, total)
    return weights
