"""What four broken implementations of chapter 4 were meant to compute."""

from __future__ import annotations

from selfattn_ref.attention import attention_scores, scaled_dot_product_attention
from selfattn_ref.heads import merge_heads, split_heads
from selfattn_ref.validation import BoolArray, FloatArray, float_array


def repaired_scale(q: FloatArray, k: FloatArray) -> FloatArray:
    """Compare every query with every key, whatever the number of keys.

    q kᵀ / √head_dim — Vaswani et al. (2017), section 3.2.1.

    Args:
        q: (..., q_len, head_dim) queries.
        k: (..., k_len, head_dim) keys.

    Returns:
        scores (..., q_len, k_len), in the dtype of the inputs.

    Raises:
        TypeError: q or k is not a NumPy array of floats.
        ValueError: sizes disagree; the message gives the shapes.

    >>> import numpy as np
    >>> repaired_scale(np.ones((1, 4)), np.ones((3, 4))).tolist()
    [[2.0, 2.0, 2.0]]
    """
    return attention_scores(q, k)


def repaired_softmax(q: FloatArray, k: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Attend in a batch of sentences; each query's weights sum to 1 over the keys of its own sentence.

    softmax(q kᵀ / √head_dim) v — Vaswani et al. (2017), equation 1.

    Args:
        q: (batch, q_len, head_dim) queries.
        k: (batch, k_len, head_dim) keys.
        v: (batch, k_len, value_dim) values.

    Returns:
        output (batch, q_len, value_dim) and weights (batch, q_len, k_len), in the dtype of the inputs.

    Raises:
        TypeError: q, k or v is not a NumPy array of floats.
        ValueError: an array has no batch axis, or sizes disagree; the message gives the shapes.

    >>> import numpy as np
    >>> output, weights = repaired_softmax(np.ones((1, 3, 4)), np.ones((1, 2, 4)), np.array([[[1.0], [3.0]]]))
    >>> weights[0].tolist()
    [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]
    """
    float_array("q", q, "(batch, q_len, head_dim)")
    float_array("k", k, "(batch, k_len, head_dim)")
    float_array("v", v, "(batch, k_len, value_dim)")
    return scaled_dot_product_attention(q, k, v)


def repaired_mask(
    q: FloatArray, k: FloatArray, v: FloatArray, mask: BoolArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Attend only where the mask permits it, with weights that still sum to 1.

    softmax(q kᵀ / √head_dim) v over the permitted keys — Vaswani et al. (2017), section 3.2.3.

    Args:
        q: (..., q_len, head_dim) queries.
        k: (..., k_len, head_dim) keys.
        v: (..., k_len, value_dim) values.
        mask: boolean, broadcastable to (..., q_len, k_len); True where a query may attend; None for everywhere.

    Returns:
        output (..., q_len, value_dim) and weights (..., q_len, k_len), in the dtype of the inputs.

    Raises:
        TypeError: q, k or v is not a NumPy array of floats, or mask not one of booleans.
        ValueError: sizes disagree; the message gives the shapes.

    >>> import numpy as np
    >>> q, k, v = np.ones((1, 4)), np.ones((3, 4)), np.array([[1.0], [3.0], [100.0]])
    >>> output, weights = repaired_mask(q, k, v, np.array([[True, True, False]]))
    >>> output.tolist(), weights.tolist()
    ([[2.0]], [[0.5, 0.5, 0.0]])
    """
    return scaled_dot_product_attention(q, k, v, mask)


def repaired_heads(q: FloatArray, k: FloatArray, v: FloatArray, num_heads: int) -> FloatArray:
    """Attend with several heads; head h reads and writes its own block of every token's features.

    Vaswani et al. (2017), section 3.2.2, between the projections.

    Args:
        q: (seq_len, d_model) queries of all heads, side by side.
        k: (seq_len, d_model) keys.
        v: (seq_len, d_model) values.
        num_heads: number of heads; divides d_model.

    Returns:
        output (seq_len, d_model), the heads side by side, in the dtype of the inputs.

    Raises:
        TypeError: q, k or v is not a NumPy array of floats, or num_heads not an integer.
        ValueError: sizes disagree, or num_heads does not divide d_model; the message gives them.

    >>> import numpy as np
    >>> repaired_heads(np.zeros((2, 4)), np.zeros((2, 4)), np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]), 2).tolist()
    [[3.0, 4.0, 5.0, 6.0], [3.0, 4.0, 5.0, 6.0]]
    """
    for name, array in (("q", q), ("k", k), ("v", v)):
        float_array(name, array, "(seq_len, d_model)")
    heads = (split_heads(q, num_heads), split_heads(k, num_heads), split_heads(v, num_heads))
    output, _ = scaled_dot_product_attention(*heads)
    return merge_heads(output)
