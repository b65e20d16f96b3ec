"""The gradients of multi-head self-attention, derived by hand: back through each step of the forward pass."""

from __future__ import annotations

import numpy as np

from selfattn_ref.attention import attend
from selfattn_ref.attention_gradients import through_attention
from selfattn_ref.heads import cut, head_count, join
from selfattn_ref.multi_head import Params, check_params, mask_for_heads, project
from selfattn_ref.validation import BoolArray, FloatArray, float_array, optional_mask, require


def multi_head_attention_backward(
    grad_output: FloatArray, x: FloatArray, params: Params, num_heads: int, mask: BoolArray | None = None
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Turn the gradient with respect to the output of `multi_head_attention` into those of the tokens and parameters.

    A product y = x w + b has grad_w = xᵀ grad_y, grad_b = Σ grad_y, grad_x = grad_y wᵀ; between the products stands
    `attention_backward`, head by head. Tokens are projected three times, so their three gradients add up.

    Args:
        grad_output: (..., seq_len, d_model) gradient of a scalar with respect to the output.
        x: (..., seq_len, d_model) tokens.
        params: w_q, w_k, w_v, w_o, each (d_model, d_model), and all or none of b_q, b_k, b_v, b_o, each (d_model,).
        num_heads: number of heads; divides d_model.
        mask: boolean, broadcastable to (..., seq_len, seq_len); True where a query may attend.

    Returns:
        grad_x in the shape of x, and grad_params with the names and shapes of params, summed over the batch axes; all
        in the dtype of the inputs. The gradient of b_k is exactly 0: it adds the same to all scores of a query, which
        the softmax does not see.

    Raises:
        TypeError: grad_output, x or a parameter is not a NumPy array of floats, mask not one of booleans,
            params not a mapping.
        ValueError: sizes disagree, num_heads does not divide d_model, params lacks or has too many names, or
            grad_output has not the shape of x.

    >>> params = dict.fromkeys(["w_q", "w_k", "w_v", "w_o"], np.eye(2))
    >>> grad_x, grad_params = multi_head_attention_backward(np.ones((3, 2)), np.ones((3, 2)), params, 2)
    >>> grad_x.round(4).tolist(), grad_params["w_o"].round(4).tolist()
    ([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], [[3.0, 3.0], [3.0, 3.0]])
    """
    x = float_array("x", x, "(..., seq_len, d_model)")
    num_heads = head_count(num_heads, x.shape[-1])
    check_params(params, d_model=x.shape[-1], d_context=x.shape[-1])
    mask = mask_for_heads(optional_mask(mask, (*x.shape[:-1], x.shape[-2])))
    grad_output = float_array("grad_output", grad_output, "(..., seq_len, d_model)")
    fits = grad_output.shape == x.shape
    require(fits, "grad_output", f"have the shape of the output, {x.shape}", f"shape {grad_output.shape}")

    q, k, v = (cut(project(x, params, role), num_heads) for role in "qkv")  # (..., num_heads, seq_len, head_dim)
    output, weights = attend(q, k, v, mask)
    merged = join(output)  # (..., seq_len, d_model)

    grad_merged = grad_output @ params["w_o"].T
    grad_heads = through_attention(cut(grad_merged, num_heads), q, k, v, weights, mask)
    grad_q, grad_k, grad_v = (join(gradient) for gradient in grad_heads)  # (..., seq_len, d_model)

    grad_x = grad_q @ params["w_q"].T + grad_k @ params["w_k"].T + grad_v @ params["w_v"].T
    products = {"q": (x, grad_q), "k": (x, grad_k), "v": (x, grad_v), "o": (merged, grad_output)}
    grad_params = {f"w_{role}": _product_summed(*product) for role, product in products.items()}
    grad_params |= {f"b_{role}": _rows(grad_y).sum(axis=0) for role, (_, grad_y) in products.items()}
    grad_params["b_k"] = np.zeros_like(grad_params["b_k"])  # the sum gives rounding errors of 0
    return grad_x, {name: grad_params[name] for name in params}


def _product_summed(x: FloatArray, grad_y: FloatArray) -> FloatArray:
    """grad_w of y = x w, summed over all tokens of all batches."""
    grad_w: FloatArray = _rows(x).T @ _rows(grad_y)
    return grad_w


def _rows(array: FloatArray) -> FloatArray:
    return array.reshape(-1, array.shape[-1])
