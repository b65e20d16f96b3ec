"""One head of attention: project, score, mask, average."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import (
    BoolArray,
    FloatArray,
    Shape,
    batch_shape,
    broadcastable,
    float_array,
    number,
    optional_mask,
    require,
    same_size,
)
from selfattn_ref.weights import softmax_where


def project_qkv(
    x: FloatArray, w_q: FloatArray, w_k: FloatArray, w_v: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give every token its three roles: what it asks, what it offers, what it passes on.

    q = x w_q, k = x w_k, v = x w_v — Vaswani et al. (2017), section 3.2.2.

    Args:
        x: (..., seq_len, d_model) tokens.
        w_q: (d_model, d_k) query weights.
        w_k: (d_model, d_k) key weights.
        w_v: (d_model, d_v) value weights.

    Returns:
        q and k (..., seq_len, d_k), v (..., seq_len, d_v).

    Raises:
        TypeError: an argument is not a NumPy array of floats.
        ValueError: wrong number of axes, or weights whose rows are not d_model; the message gives the shapes.

    >>> q, k, v = project_qkv(np.array([[1.0, 2.0]]), np.eye(2), 2 * np.eye(2), np.ones((2, 1)))
    >>> q.tolist(), k.tolist(), v.tolist()
    ([[1.0, 2.0]], [[2.0, 4.0]], [[3.0]])
    """
    x = float_array("x", x, "(..., seq_len, d_model)")
    for name, weight, shape in (
        ("w_q", w_q, "(d_model, d_k)"),
        ("w_k", w_k, "(d_model, d_k)"),
        ("w_v", w_v, "(d_model, d_v)"),
    ):
        rows = float_array(name, weight, shape).shape[0]
        same_size("have d_model rows", {"x": x.shape, name: weight.shape}, x.shape[-1], rows)
    return x @ w_q, x @ w_k, x @ w_v


def attention_scores(
    q: FloatArray, k: FloatArray, *, scale: float | None = None, softcap: float | None = None
) -> FloatArray:
    """Compare every query with every key.

    q kᵀ / √head_dim — Vaswani et al. (2017), section 3.2.1. With a softcap c the scores are squashed into (−c, c)
    by c · tanh(scores / c) — Gemma Team (2024), section 2.

    Args:
        q: (..., q_len, head_dim) queries.
        k: (..., k_len, head_dim) keys.
        scale: factor of q kᵀ; 1/√head_dim if None.
        softcap: largest magnitude of a score, positive; no limit if None.

    Returns:
        scores (..., q_len, k_len), in the dtype of the inputs.

    Raises:
        TypeError: q or k is not a NumPy array of floats, scale or softcap not a number.
        ValueError: sizes disagree (the message gives the shapes), scale is not finite, or softcap not positive.

    >>> q, k = np.array([[2.0, 0.0, 0.0, 0.0]]), np.array([[3.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    >>> attention_scores(q, k).tolist()
    [[3.0, 0.0]]
    """
    q, k, _ = _queries_and_keys(q, k)
    return scaled_scores(q, k, *scale_and_softcap(scale, softcap))


def scaled_dot_product_attention(
    q: FloatArray,
    k: FloatArray,
    v: FloatArray,
    mask: BoolArray | None = None,
    *,
    scale: float | None = None,
    softcap: float | None = None,
    bias: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Average the values, weighted by how well each query matches each key.

    softmax(q kᵀ / √head_dim) v — Vaswani et al. (2017), equation 1. With the options
    scores = softcap · tanh(scale · q kᵀ / softcap) + bias, then the mask.

    Args:
        q: (..., q_len, head_dim) queries.
        k: (..., k_len, head_dim) keys.
        v: (..., k_len, value_dim) values.
        mask: boolean, broadcastable to (..., q_len, k_len); True where a query may attend.
            A query with no permitted key gets weights and output 0. A hidden key contributes nothing,
            even if its score or value is NaN or infinite.
        scale: factor of q kᵀ; 1/√head_dim if None.
        softcap: largest magnitude of a score before the bias, positive; no limit if None.
        bias: floats added to the scores, broadcastable to (..., q_len, k_len); −inf hides, as the mask does.

    Returns:
        output (..., q_len, value_dim) and weights (..., q_len, k_len), in the dtype of the inputs.

    Raises:
        TypeError: q, k, v or bias is not a NumPy array of floats, mask not one of booleans, scale or softcap no number.
        ValueError: sizes disagree; the message names the arguments and their shapes.

    >>> q, k, v = np.ones((1, 4)), np.ones((2, 4)), np.array([[1.0], [3.0]])
    >>> output, weights = scaled_dot_product_attention(q, k, v)
    >>> output.tolist(), weights.tolist()
    ([[2.0]], [[0.5, 0.5]])
    """
    q, k, v, scores_shape = attention_inputs(q, k, v)
    mask = optional_mask(mask, scores_shape)
    if bias is not None:
        bias = float_array("bias", bias, "(...)")
        broadcastable("bias", bias, scores_shape)
    scale, softcap = scale_and_softcap(scale, softcap)
    return attend(q, k, v, mask, scale=scale, softcap=softcap, bias=bias)


@np.errstate(invalid="ignore")  # inf − inf where the bias hides an infinite score
def attend(
    q: FloatArray,
    k: FloatArray,
    v: FloatArray,
    mask: BoolArray | None,
    *,
    scale: float | None = None,
    softcap: float | None = None,
    bias: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """The arithmetic of `scaled_dot_product_attention`, without checks."""
    scores = scaled_scores(q, k, scale, softcap)  # (..., q_len, k_len)
    if bias is not None:
        scores = scores + bias
        visible = bias != -np.inf
        mask = visible if mask is None else mask & visible
    weights = softmax_where(scores, mask)  # (..., q_len, k_len)
    return weighted_sum(weights, v, mask), weights


# A hidden key may hold anything, and a visible NaN or inf shows in the result: no warning is needed.
@np.errstate(invalid="ignore", over="ignore")
def scaled_scores(q: FloatArray, k: FloatArray, scale: float | None, softcap: float | None) -> FloatArray:
    """The arithmetic of `attention_scores`, without checks."""
    if scale is None:
        scale = q.shape[-1] ** -0.5  # a Python float: np.sqrt would turn float32 scores into float64
    scores: FloatArray = q @ np.swapaxes(k, -1, -2) * scale  # (..., q_len, k_len)
    if softcap is not None:
        scores = softcap * np.tanh(scores / softcap)
    return scores


@np.errstate(invalid="ignore")  # 0 · inf where a query sees an infinite value with weight 0
def weighted_sum(weights: FloatArray, v: FloatArray, mask: BoolArray | None) -> FloatArray:
    """Multiply weights and values so that a hidden value cannot leak: 0 · NaN is NaN, hence not a plain product."""
    finite = np.asarray(np.isfinite(v).all(axis=(*range(v.ndim - 2), -1)))  # (k_len,), in every batch
    if mask is None or finite.all():
        output: FloatArray = weights @ v
        return output
    visible: BoolArray = np.broadcast_to(mask, weights.shape)
    output = weights @ np.where(finite[:, None], v, 0.0)
    for key in np.flatnonzero(~finite):
        one = slice(key, key + 1)
        output = output + np.where(visible[..., one], weights[..., one] * v[..., one, :], 0.0)
    return output


def attention_inputs(q: object, k: object, v: object) -> tuple[FloatArray, FloatArray, FloatArray, Shape]:
    """Accept queries, keys and values that fit together; return them and the shape of the scores."""
    queries, keys, scores_shape = _queries_and_keys(q, k)
    values = float_array("v", v, "(..., k_len, value_dim)")
    same_size("have as many rows (k_len) as k", {"k": keys.shape, "v": values.shape}, keys.shape[-2], values.shape[-2])
    batch_shape({"q": queries.shape, "k": keys.shape, "v": values.shape}, keep=2)
    return queries, keys, values, scores_shape


def _queries_and_keys(q: object, k: object) -> tuple[FloatArray, FloatArray, Shape]:
    queries = float_array("q", q, "(..., q_len, head_dim)")
    keys = float_array("k", k, "(..., k_len, head_dim)")
    shapes = {"q": queries.shape, "k": keys.shape}
    same_size("have as many features (head_dim) as q", shapes, queries.shape[-1], keys.shape[-1])
    require(queries.shape[-1] > 0, "q", "have at least one feature (head_dim)", f"shape {queries.shape}")
    return queries, keys, (*batch_shape(shapes, keep=2), queries.shape[-2], keys.shape[-2])


def scale_and_softcap(scale: object, softcap: object) -> tuple[float | None, float | None]:
    """Accept None or a finite factor, and None or a positive limit."""
    factor = None if scale is None else number("scale", scale)
    limit = None if softcap is None else number("softcap", softcap)
    require(limit is None or limit > 0, "softcap", "be positive", limit)
    return factor, limit
