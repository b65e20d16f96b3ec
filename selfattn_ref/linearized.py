"""Attention without a softmax: a kernel that lets the sum over the keys be taken first."""

from __future__ import annotations

import numpy as np

from selfattn_ref.attention import attention_inputs
from selfattn_ref.validation import FloatArray, aligned_lengths, flag


def linear_attention(q: FloatArray, k: FloatArray, v: FloatArray, causal: bool = False) -> FloatArray:
    """Average the values with weights φ(q)·φ(k) instead of exp(q·k), in time that grows with n instead of n².

    φ(q_i)ᵀ Σ_j φ(k_j) v_jᵀ  /  φ(q_i)ᵀ Σ_j φ(k_j), with φ(x) = elu(x) + 1 = x + 1 for x > 0, exp(x) otherwise, and no
    scale — Katharopoulos et al. (2020), equations 5 and 7. If causal, the two sums run over j ≤ i + k_len − q_len
    alone (equations 8 to 12): a state of fixed size, updated token by token, as in a recurrent network.

    Args:
        q: (..., q_len, head_dim) queries.
        k: (..., k_len, head_dim) keys.
        v: (..., k_len, value_dim) values.
        causal: whether a query sees no later key; aligned to the bottom right, like `causal_mask`.

    Returns:
        output (..., q_len, value_dim), in the dtype of the inputs. 0 where a query has no key, or where all
        its weights are too small for the dtype.

    Raises:
        TypeError: q, k or v is not a NumPy array of floats, or causal not a truth value.
        ValueError: sizes disagree (the message gives the shapes), or causal and not 1 ≤ q_len ≤ k_len.

    >>> q, k, v = np.array([[0.0]]), np.array([[0.0], [2.0]]), np.array([[4.0], [8.0]])
    >>> linear_attention(q, k, v).tolist()  # weights 1 and 3, divided by 4
    [[7.0]]
    """
    q, k, v, _ = attention_inputs(q, k, v)
    if flag("causal", causal):
        aligned_lengths(q.shape[-2], k.shape[-2])
        return _recurrent(_feature(q), _feature(k), v)
    q, k = _feature(q), _feature(k)
    keys = k.sum(axis=-2)  # (..., head_dim)
    return _ratio(q @ (np.swapaxes(k, -1, -2) @ v), (q @ keys[..., None]))


def _recurrent(q: FloatArray, k: FloatArray, v: FloatArray) -> FloatArray:
    q_len, earlier = q.shape[-2], k.shape[-2] - q.shape[-2]
    known = slice(0, earlier)
    values = np.swapaxes(k[..., known, :], -1, -2) @ v[..., known, :]  # (..., head_dim, value_dim)
    keys = k[..., known, :].sum(axis=-2)  # (..., head_dim)
    outputs = []
    for i in range(q_len):
        key, value, query = k[..., earlier + i, :], v[..., earlier + i, :], q[..., i, None, :]
        values = values + key[..., :, None] * value[..., None, :]
        keys = keys + key
        outputs.append(_ratio(query @ values, query @ keys[..., None]))  # (..., 1, value_dim)
    return np.concatenate(outputs, axis=-2)


def _feature(x: FloatArray) -> FloatArray:
    """elu(x) + 1: positive, so that no weight is negative."""
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def _ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    ratio: FloatArray = numerator / np.where(denominator == 0, 1, denominator)
    return ratio
