"""Several heads of attention side by side, over one sequence or from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from selfattn_ref.attention import attend
from selfattn_ref.heads import cut, head_count, join
from selfattn_ref.validation import (
    BoolArray,
    FloatArray,
    Shape,
    batch_shape,
    float_array,
    mapping,
    optional_mask,
    require,
)

Params: TypeAlias = Mapping[str, FloatArray]

WEIGHTS = ("w_q", "w_k", "w_v", "w_o")
BIASES = ("b_q", "b_k", "b_v", "b_o")


def multi_head_attention(
    x: FloatArray, params: Params, num_heads: int, mask: BoolArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Let every token attend to the tokens of its own sequence, in several heads at once.

    Concat(head_1, …, head_h) w_o — Vaswani et al. (2017), section 3.2.2. It is `cross_attention` of x with itself.

    Args:
        x: (..., seq_len, d_model) tokens.
        params: w_q, w_k, w_v, w_o, each (d_model, d_model), applied as x @ w, and all or none of
            b_q, b_k, b_v, b_o, each (d_model,).
        num_heads: number of heads; divides d_model.
        mask: boolean, broadcastable to (..., seq_len, seq_len) over the batch axes of x, the same for all heads;
            True where a query may attend. A query with no permitted key gets weights 0 and output b_o.

    Returns:
        output (..., seq_len, d_model) and weights (..., num_heads, seq_len, seq_len), in the dtype of the inputs.

    Raises:
        TypeError: x or a parameter is not a NumPy array of floats, mask not one of booleans, params not a mapping.
        ValueError: sizes disagree, num_heads does not divide d_model, or params lacks or has too many names.

    >>> params = dict.fromkeys(["w_q", "w_k", "w_v", "w_o"], np.eye(4))
    >>> output, weights = multi_head_attention(np.ones((3, 4)), params, 2)
    >>> output.shape, weights.shape
    ((3, 4), (2, 3, 3))
    """
    return cross_attention(x, x, params, num_heads, mask)


@np.errstate(invalid="ignore", over="ignore")  # hidden tokens may hold anything, see `scaled_dot_product_attention`
def cross_attention(
    x: FloatArray, context: FloatArray, params: Params, num_heads: int, mask: BoolArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Let every token of one sequence attend to the tokens of another, in several heads at once.

    Queries come from x, keys and values from context — Vaswani et al. (2017), section 3.2.3.

    Args:
        x: (..., q_len, d_model) tokens that ask.
        context: (..., k_len, d_context) tokens that are asked.
        params: w_q and w_o (d_model, d_model), w_k and w_v (d_context, d_model), and all or none of
            b_q, b_k, b_v, b_o, each (d_model,).
        num_heads: number of heads; divides d_model.
        mask: boolean, broadcastable to (..., q_len, k_len) over the batch axes, the same for all heads;
            True where a query may attend. A query with no permitted key gets weights 0 and output b_o.

    Returns:
        output (..., q_len, d_model) and weights (..., num_heads, q_len, k_len), in the dtype of the inputs.

    Raises:
        TypeError: x, context or a parameter is not a NumPy array of floats, mask not one of booleans,
            params not a mapping.
        ValueError: sizes disagree, num_heads does not divide d_model, or params lacks or has too many names.

    >>> params = {"w_q": np.eye(4), "w_k": np.ones((6, 4)), "w_v": np.ones((6, 4)), "w_o": np.eye(4)}
    >>> output, weights = cross_attention(np.ones((3, 4)), np.ones((5, 6)), params, 2)
    >>> output.shape, weights.shape
    ((3, 4), (2, 3, 5))
    """
    x = float_array("x", x, "(..., q_len, d_model)")
    context = float_array("context", context, "(..., k_len, d_context)")
    num_heads = head_count(num_heads, x.shape[-1])
    check_params(params, d_model=x.shape[-1], d_context=context.shape[-1])
    batch = batch_shape({"x": x.shape, "context": context.shape}, keep=2)
    mask = mask_for_heads(optional_mask(mask, (*batch, x.shape[-2], context.shape[-2])))

    q = cut(project(x, params, "q"), num_heads)  # (..., num_heads, q_len, head_dim)
    k = cut(project(context, params, "k"), num_heads)  # (..., num_heads, k_len, head_dim)
    v = cut(project(context, params, "v"), num_heads)  # (..., num_heads, k_len, head_dim)
    output, weights = attend(q, k, v, mask)
    return project(join(output), params, "o"), weights


def mask_for_heads(mask: BoolArray | None) -> BoolArray | None:
    """Insert the head axis, (..., 1, q_len, k_len), where the mask has batch axes: the same mask for all heads."""
    return mask if mask is None or mask.ndim <= 2 else np.expand_dims(mask, -3)


def project(x: FloatArray, params: Params, role: str) -> FloatArray:
    """Apply the weights of a role (q, k, v or o) and its bias, if there is one."""
    projected: FloatArray = x @ params[f"w_{role}"]
    return projected + params[f"b_{role}"] if f"b_{role}" in params else projected


def check_params(params: object, d_model: int, d_context: int) -> None:
    """Require a mapping with the right names and shapes of arrays."""
    arrays = mapping("params", params)
    _check_names(arrays)
    wanted: dict[str, Shape] = dict.fromkeys(WEIGHTS, (d_model, d_model)) | dict.fromkeys(BIASES, (d_model,))
    wanted |= dict.fromkeys(("w_k", "w_v"), (d_context, d_model))
    for name, value in arrays.items():
        argument = f"params[{name!r}]"
        array = float_array(argument, value, "(d_in, d_model)" if name in WEIGHTS else "(d_model,)")
        require(array.shape == wanted[name], argument, f"have shape {wanted[name]}", f"shape {array.shape}")


def _check_names(params: Mapping[str, object]) -> None:
    missing = [name for name in WEIGHTS if name not in params]
    require(not missing, "params", f"hold {', '.join(WEIGHTS)}", f"no {', '.join(missing)}")
    unknown = [repr(name) for name in params if name not in WEIGHTS + BIASES]
    require(not unknown, "params", f"hold no names but {', '.join(WEIGHTS + BIASES)}", ", ".join(unknown))
    absent = [name for name in BIASES if name not in params]
    whole = len(absent) in (0, len(BIASES))
    require(whole, "params", f"hold all or none of {', '.join(BIASES)}", f"no {', '.join(absent)}")
