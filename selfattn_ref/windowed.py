"""Attention to the nearest past only, without computing what lies outside the window."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from selfattn_ref.attention import attention_inputs
from selfattn_ref.validation import FloatArray, aligned_lengths, size
from selfattn_ref.weights import softmax_where


def local_attention(q: FloatArray, k: FloatArray, v: FloatArray, window: int) -> FloatArray:
    """Let every query attend to its own position and the ``window − 1`` keys before it.

    The output of `scaled_dot_product_attention` under `sliding_window_mask`, from scores (..., q_len, window) alone:
    work and memory grow with q_len · window. Beltagy et al. (2020), section 3.1, in its causal form.

    Args:
        q: (..., q_len, head_dim) queries, the last of them at the position of the last key.
        k: (..., k_len, head_dim) keys, 1 ≤ q_len ≤ k_len.
        v: (..., k_len, value_dim) values.
        window: number of keys that a query far from the start sees, at least 1. Padding behind the end of a sequence
            needs no mask: no earlier query sees it.

    Returns:
        output (..., q_len, value_dim), in the dtype of the inputs.

    Raises:
        TypeError: q, k or v is not a NumPy array of floats, or window not an integer.
        ValueError: sizes disagree (the message gives the shapes), not 1 ≤ q_len ≤ k_len, or window < 1.

    >>> x, v = np.zeros((4, 2)), np.array([[0.0], [2.0], [4.0], [6.0]])
    >>> local_attention(x, x, v, window=2).tolist()
    [[0.0], [1.0], [3.0], [5.0]]
    """
    q, k, v, _ = attention_inputs(q, k, v)
    q_len, k_len = aligned_lengths(q.shape[-2], k.shape[-2])
    window = min(size("window", window, at_least=1), k_len)

    scores = np.einsum("...qd,...qdw->...qw", q, _windows(k, q_len, window)) * q.shape[-1] ** -0.5
    position = np.arange(k_len - q_len, k_len)  # (q_len,), of the queries among the keys
    exists = position[:, None] + np.arange(1 - window, 1) >= 0  # (q_len, window)
    weights = softmax_where(scores, exists)  # (..., q_len, window)
    output: FloatArray = np.einsum("...qw,...qdw->...qd", weights, _windows(v, q_len, window))
    return output


def _windows(rows: FloatArray, q_len: int, window: int) -> FloatArray:
    """View rows (..., k_len, d) as (..., q_len, d, window): what each of the last q_len positions sees, itself last.

    Rows before the first are zeros.
    """
    before = [(0, 0)] * (rows.ndim - 2) + [(window - 1, 0), (0, 0)]
    views: FloatArray = sliding_window_view(np.pad(rows, before), window, axis=-2)
    return views[..., rows.shape[-2] - q_len :, :, :]
