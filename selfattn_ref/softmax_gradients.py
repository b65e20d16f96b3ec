"""Gradients of the softmax: the full Jacobian, and the product with it that backpropagation needs."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, float_array, require


def softmax_jacobian(p: FloatArray) -> FloatArray:
    """Differentiate every weight by every score.

    ∂p_i/∂x_j = p_i (δ_ij − p_j), that is diag(p) − p pᵀ — Bridle (1990). It is symmetric, and every row sums to 0.

    Args:
        p: (n,) weights that a softmax returned.

    Returns:
        Jacobian (n, n) in the dtype of p, entry [i, j] = ∂p_i/∂x_j.

    Raises:
        TypeError: p is not a NumPy array of floats.
        ValueError: p has not exactly one axis.

    >>> softmax_jacobian(np.array([0.25, 0.75])).tolist()
    [[0.1875, -0.1875], [-0.1875, 0.1875]]
    """
    p = float_array("p", p, "(n,)")
    jacobian: FloatArray = np.diag(p) - np.outer(p, p)
    return jacobian


def softmax_backward(grad_p: FloatArray, p: FloatArray) -> FloatArray:
    """Turn the gradient with respect to the weights into the gradient with respect to the scores, along the last axis.

    p ∘ (grad_p − Σ grad_p ∘ p): the product of grad_p and `softmax_jacobian`, without the n × n matrix.

    Args:
        grad_p: (..., n) gradient of a scalar with respect to p.
        p: (..., n) weights that a softmax returned. Where a weight is exactly 0, so is the gradient, even if grad_p
            is NaN or infinite there; a row of zeros (a query with no permitted key) has gradient 0.

    Returns:
        Gradient with respect to the scores (..., n), in the dtype of the inputs; every row sums to 0.

    Raises:
        TypeError: grad_p or p is not a NumPy array of floats.
        ValueError: no axis, or shapes that differ.

    >>> softmax_backward(np.array([1.0, 0.0]), np.array([0.25, 0.75])).tolist()
    [0.1875, -0.1875]
    """
    grad_p = float_array("grad_p", grad_p, "(..., n)")
    p = float_array("p", p, "(..., n)")
    require(grad_p.shape == p.shape, "grad_p", f"have the shape of p, {p.shape}", f"shape {grad_p.shape}")
    return through_softmax(grad_p, p)


def through_softmax(grad_p: FloatArray, p: FloatArray) -> FloatArray:
    """The arithmetic of `softmax_backward`, without checks; leading axes may broadcast."""
    grad_p = np.where(p == 0, 0.0, grad_p)  # 0 · NaN is NaN
    along: FloatArray = (grad_p * p).sum(axis=-1, keepdims=True)
    grad_scores: FloatArray = p * (grad_p - along)
    return grad_scores
