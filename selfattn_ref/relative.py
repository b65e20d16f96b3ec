"""Distances as part of the scores: ALiBi's penalty, and the shift that Transformer-XL's relative scores need."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, aligned_lengths, float_array, size


def alibi_bias(num_heads: int, q_len: int, k_len: int) -> FloatArray:
    """Penalize distance, in each head with its own slope: an additive bias instead of positions in the input.

    bias[h, i, j] = −2^(−8(h+1)/num_heads) · |i + k_len − q_len − j|: query i stands at position i + k_len − q_len, the
    last query at the last key. Press et al. (2022), section 3, there for j ≤ i only: a causal mask hides the rest.
    For a number of heads that is no power of two, released models interleave the slopes of two such; this does not.

    Args:
        num_heads: number of heads, at least 1.
        q_len: number of queries, 1 ≤ q_len ≤ k_len.
        k_len: number of keys.

    Returns:
        (num_heads, q_len, k_len) float64, for the ``bias`` of `scaled_dot_product_attention`.

    Raises:
        TypeError: an argument is not an integer.
        ValueError: num_heads < 1, or not 1 ≤ q_len ≤ k_len.

    >>> alibi_bias(2, 1, 3).tolist()  # slopes 1/16 and 1/256
    [[[-0.125, -0.0625, 0.0]], [[-0.0078125, -0.00390625, 0.0]]]
    """
    num_heads = size("num_heads", num_heads, at_least=1)
    q_len, k_len = aligned_lengths(q_len, k_len)
    slopes = 2.0 ** (-8.0 * np.arange(1, num_heads + 1) / num_heads)  # (num_heads,)
    positions = np.arange(k_len - q_len, k_len)  # (q_len,), of the queries among the keys
    distances = np.abs(positions[:, None] - np.arange(k_len))  # (q_len, k_len)
    # 0.0 − …: a distance of 0 gives 0, not −0
    return 0.0 - slopes[:, None, None] * distances


def relative_shift(x: FloatArray) -> FloatArray:
    """Move scores from "by distance" to "by key": row i is shifted left by q_len − 1 − i.

    In column c of x every query has its score with the key that lies k_len − 1 − c positions back: the product of the
    queries with one embedding for each distance. The result has in column j the score of query i with key j:
    result[i, j] = x[i, j + q_len − 1 − i] where key j is not later than the query, j ≤ i + k_len − q_len, else 0.
    Dai et al. (2019), appendix B: pad, reshape, cut; no loop and no index array.

    Args:
        x: (..., q_len, k_len) scores by distance, farthest first, 1 ≤ q_len ≤ k_len.

    Returns:
        A new array (..., q_len, k_len), scores by key, in the dtype of x.

    Raises:
        TypeError: x is not a NumPy array of floats.
        ValueError: fewer than two axes, or not 1 ≤ q_len ≤ k_len.

    >>> relative_shift(np.array([[2.0, 1.0, 0.0], [2.0, 1.0, 0.0]])).tolist()  # each entry is its distance
    [[1.0, 0.0, 0.0], [2.0, 1.0, 0.0]]
    """
    x = float_array("x", x, "(..., q_len, k_len)")
    q_len, k_len = aligned_lengths(x.shape[-2], x.shape[-1])
    *batch, _, _ = x.shape
    padded = np.concatenate([np.zeros((*batch, q_len, 1), x.dtype), x], axis=-1)  # (..., q_len, k_len + 1)
    # read in rows of q_len, every entry of row i comes q_len − 1 − i columns earlier than in x
    by_key = padded.reshape(*batch, k_len + 1, q_len)[..., 1:, :].reshape(x.shape)
    return np.tril(by_key, k_len - q_len)
