"""Between one wide sequence and several narrow ones: split into heads, merge them again."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, float_array, require, size


def split_heads(x: FloatArray, num_heads: int) -> FloatArray:
    """Cut the features into equal contiguous blocks, one for each head.

    Head i owns the features i·head_dim … (i+1)·head_dim − 1 of every token.
    Vaswani et al. (2017), section 3.2.2.

    Args:
        x: (..., seq_len, d_model) floats.
        num_heads: number of heads; divides d_model.

    Returns:
        A new array (..., num_heads, seq_len, d_model / num_heads).

    Raises:
        TypeError: x is not a NumPy array of floats, or num_heads not an integer.
        ValueError: fewer than two axes, num_heads below 1, or d_model not divisible by it.

    >>> split_heads(np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]), 2).tolist()
    [[[1.0, 2.0], [5.0, 6.0]], [[3.0, 4.0], [7.0, 8.0]]]
    """
    x = float_array("x", x, "(..., seq_len, d_model)")
    return cut(x, head_count(num_heads, x.shape[-1]))


def merge_heads(x: FloatArray) -> FloatArray:
    """Put the heads' features side by side again: the inverse of `split_heads`.

    Vaswani et al. (2017), section 3.2.2, "Concat".

    Args:
        x: (..., num_heads, seq_len, head_dim) floats.

    Returns:
        A new array (..., seq_len, num_heads · head_dim).

    Raises:
        TypeError: x is not a NumPy array of floats.
        ValueError: fewer than three axes.

    >>> merge_heads(np.array([[[1.0, 2.0], [5.0, 6.0]], [[3.0, 4.0], [7.0, 8.0]]])).tolist()
    [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]
    """
    return join(float_array("x", x, "(..., num_heads, seq_len, head_dim)"))


def head_count(num_heads: object, d_model: int) -> int:
    """Accept a number of heads that divides d_model."""
    heads = size("num_heads", num_heads, at_least=1)
    require(d_model % heads == 0, "num_heads", "divide d_model", f"num_heads={heads}, d_model={d_model}")
    return heads


def cut(x: FloatArray, num_heads: int) -> FloatArray:
    """The arithmetic of `split_heads`, without checks."""
    *batch, seq_len, d_model = x.shape
    blocks = x.reshape(*batch, seq_len, num_heads, d_model // num_heads)
    return np.swapaxes(blocks, -2, -3).copy()  # (..., num_heads, seq_len, head_dim)


def join(x: FloatArray) -> FloatArray:
    """The arithmetic of `merge_heads`, without checks."""
    *batch, num_heads, seq_len, head_dim = x.shape
    rows = np.swapaxes(x, -2, -3).copy()  # (..., seq_len, num_heads, head_dim)
    return rows.reshape(*batch, seq_len, num_heads * head_dim)
