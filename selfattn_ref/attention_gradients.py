"""The gradients of one head of attention, derived by hand."""

from __future__ import annotations

import numpy as np

from selfattn_ref.attention import scaled_dot_product_attention, weighted_sum
from selfattn_ref.softmax_gradients import through_softmax
from selfattn_ref.validation import BoolArray, FloatArray, Shape, float_array, require


def attention_backward(
    grad_output: FloatArray, q: FloatArray, k: FloatArray, v: FloatArray, mask: BoolArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Turn the gradient with respect to the output of `scaled_dot_product_attention` into those of its inputs.

    With S = q kᵀ / √head_dim, A = softmax(S), O = A v and the gradient G of O:
    grad_v = Aᵀ G; grad_A = G vᵀ; grad_S = A ∘ (grad_A − Σ grad_A ∘ A); grad_q = grad_S k / √head_dim;
    grad_k = grad_Sᵀ q / √head_dim — Dao et al. (2022), appendix B.2.

    Args:
        grad_output: (..., q_len, value_dim) gradient of a scalar with respect to the output.
        q: (..., q_len, head_dim) queries.
        k: (..., k_len, head_dim) keys.
        v: (..., k_len, value_dim) values.
        mask: boolean, broadcastable to (..., q_len, k_len); True where a query may attend. A query with no permitted
            key gets gradient 0, and so do a key and its value that no query may attend to, whatever they hold.

    Returns:
        grad_q, grad_k, grad_v in the shapes of q, k, v and the dtype of the inputs. Where leading axes broadcast, each
        gradient is summed over the copies of its array.

    Raises:
        TypeError: grad_output, q, k or v is not a NumPy array of floats, mask not one of booleans.
        ValueError: sizes disagree, or grad_output has not the shape of the output.

    >>> q, k, v = np.zeros((1, 4)), np.zeros((2, 4)), np.array([[1.0], [3.0]])
    >>> k[0, 0] = 2.0
    >>> grad_q, grad_k, grad_v = attention_backward(np.ones((1, 1)), q, k, v)
    >>> grad_q.tolist(), grad_k.tolist(), grad_v.tolist()
    ([[-0.5, 0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]], [[0.5], [0.5]])
    """
    grad_output = float_array("grad_output", grad_output, "(..., q_len, value_dim)")
    output, weights = scaled_dot_product_attention(q, k, v, mask)  # checks q, k, v and mask
    fits = grad_output.shape == output.shape
    require(fits, "grad_output", f"have the shape of the output, {output.shape}", f"shape {grad_output.shape}")
    return through_attention(grad_output, q, k, v, weights, mask)


@np.errstate(invalid="ignore", over="ignore")  # hidden keys and values may hold anything
def through_attention(
    grad_output: FloatArray, q: FloatArray, k: FloatArray, v: FloatArray, weights: FloatArray, mask: BoolArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The arithmetic of `attention_backward`, without checks, from the weights of the forward pass."""
    visible = None if mask is None else np.broadcast_to(mask, weights.shape)  # (..., q_len, k_len)
    visible_back = None if visible is None else np.swapaxes(visible, -1, -2)  # (..., k_len, q_len)

    grad_v = weighted_sum(np.swapaxes(weights, -1, -2), grad_output, visible_back)
    grad_weights = grad_output @ np.swapaxes(v, -1, -2)  # (..., q_len, k_len)
    scale = q.shape[-1] ** -0.5
    grad_scores = through_softmax(grad_weights, weights) * scale
    grad_q = weighted_sum(grad_scores, k, visible)
    grad_k = weighted_sum(np.swapaxes(grad_scores, -1, -2), q, visible_back)
    return summed_to(grad_q, q.shape), summed_to(grad_k, k.shape), summed_to(grad_v, v.shape)


def summed_to(gradient: FloatArray, shape: Shape) -> FloatArray:
    """Undo a broadcast: sum a gradient over the axes along which an array of ``shape`` was repeated."""
    added = gradient.ndim - len(shape)
    repeated = tuple(axis + added for axis, length in enumerate(shape) if length == 1)
    summed: FloatArray = gradient.sum(axis=(*range(added), *repeated), keepdims=True)
    return summed.reshape(shape)
