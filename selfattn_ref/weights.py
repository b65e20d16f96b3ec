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
    axis = _axis_of("x", x, axis)
    empty = (x == -np.inf).all(axis=axis).any()
    require(not empty, "x", f"hold an entry above -inf in every slice along axis {axis}", "a slice without one")
    return softmax_or_zero(x, axis)


def masked_softmax(scores: FloatArray, mask: BoolArray | None = None) -> FloatArray:
    """Softmax over the keys that each query may attend to; every other key gets exactly 0.

    Hidden scores are replaced by −inf before the maximum is taken, so neither their size nor a NaN among them matters.
    Vaswani et al. (2017), section 3.2.3.

    Args:
        scores: (..., q_len, k_len) floats, or (k_len,) for one query. −inf gives weight 0, with or without a mask.
        mask: boolean, broadcastable to scores, (..., q_len, k_len); True where a query may attend. A query with no
            permitted key gets weights 0.

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


def entropy(p: FloatArray, axis: int = -1) -> FloatArray:
    """Measure how widely a distribution spreads, in nats.

    −Σ p log p with 0 log 0 = 0 — Shannon (1948), section 6. It is 0 where one entry has all the weight and log n where
    all n have the same.

    Args:
        p: (..., n) shares, none negative; that they sum to one is not checked. A NaN makes its slice NaN.
        axis: the axis along which the shares sum to one.

    Returns:
        Nats, in the shape of p without that axis and the dtype of p.

    Raises:
        TypeError: p is not a NumPy array of floats, or axis not an integer.
        ValueError: p has no such axis, or a negative entry.

    >>> entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).round(4).tolist()
    [0.6931, 0.0]
    """
    p = float_array("p", p, "(..., n)")
    axis = _axis_of("p", p, axis)
    negative = p[p < 0]
    require(negative.size == 0, "p", "hold no negative share", negative[:1])
    logarithms = np.log(np.where(p == 0, 1.0, p))
    return np.asarray(0.0 - (p * logarithms).sum(axis=axis))  # not −(…), which is −0.0 for a certain outcome


def softmax_where(scores: FloatArray, mask: BoolArray | None) -> FloatArray:
    """The arithmetic of `masked_softmax`, without checks."""
    if mask is None:
        return softmax_or_zero(scores, axis=-1)
    weights = softmax_or_zero(np.where(mask, scores, -np.inf), axis=-1)  # (..., q_len, k_len)
    # a visible NaN spreads over its row; hidden keys keep their 0 even there
    return np.where(mask, weights, 0.0)


# A visible NaN or +inf gives NaN, and a difference too large for the dtype the right weight, 0: no warning is needed.
@np.errstate(invalid="ignore", over="ignore")
def softmax_or_zero(x: FloatArray, axis: int) -> FloatArray:
    """The arithmetic of `softmax`, without checks; a slice of nothing but −inf gives zeros."""
    highest = x.max(axis=axis, keepdims=True, initial=-np.inf)
    exponentials = np.exp(x - np.where(highest == -np.inf, 0.0, highest))
    total = exponentials.sum(axis=axis, keepdims=True)
    weights: FloatArray = exponentials / np.where(total == 0.0, 1.0, total)
    return weights


def _axis_of(argument: str, array: FloatArray, axis: object) -> int:
    place = size("axis", axis, at_least=-array.ndim)
    require(place < array.ndim, "axis", f"be below the number of axes of {argument}, {array.ndim}", place)
    return place
