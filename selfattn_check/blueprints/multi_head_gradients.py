"""Gradients of several heads as steps: the forward pass, then through_output → cut → one head → join → the parameters.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong. `back` and `product` go back through one product y = x w + b, to x and to w.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import hide, scale
from selfattn_check.blueprints.gradients import forward, head_gradient

__all__ = ["cut", "join", "multi_head_gradient"]

Array = np.ndarray
Params = Mapping[str, Array]
Step = Callable[..., Any]


def project(x: Array, params: Params, role: str) -> Array:
    """Product with the weights, and the bias if there is one."""
    projected = x @ params[f"w_{role}"]
    return projected + params[f"b_{role}"] if f"b_{role}" in params else projected


def cut(x: Array, num_heads: int) -> Array:
    """Contiguous blocks of features: (..., num_heads, seq_len, head_dim)."""
    return np.swapaxes(x.reshape(*x.shape[:-1], num_heads, -1), -2, -3)


def join(x: Array) -> Array:
    """The blocks side by side again: (..., seq_len, d_model)."""
    side_by_side = np.swapaxes(x, -2, -3)
    return side_by_side.reshape(*side_by_side.shape[:-2], -1)


def for_heads(mask: Array | None) -> Array | None:
    """A head axis where the mask has batch axes."""
    return mask if mask is None or mask.ndim <= 2 else np.expand_dims(mask, -3)


def back(grad: Array, w: Array) -> Array:
    """From y = x w to x."""
    return grad @ w.T


def through_output(grad: Array, w_o: Array, back: Step) -> Array:
    """To the merged heads."""
    return back(grad, w_o)


def product(x: Array, grad: Array) -> Array:
    """From y = x w to w, summed over all tokens."""
    return x.reshape(-1, x.shape[-1]).T @ grad.reshape(-1, grad.shape[-1])


def bias(grad: Array) -> Array:
    """From y = x w + b to b, summed over all tokens."""
    return grad.reshape(-1, grad.shape[-1]).sum(axis=0)


def mixed(merged: Array, x: Array, grad: Array) -> Array:
    """What w_o was applied to."""
    return merged


def tokens(of_q: Array, of_k: Array, of_v: Array) -> Array:
    """Tokens went three ways: their gradients add up."""
    return of_q + of_k + of_v


def settle(grad_params: dict[str, Array]) -> Any:
    """All are final."""
    return grad_params


def answer(grad_x: Array, grad_params: dict[str, Array]) -> Any:
    """Both results, the tokens first."""
    return grad_x, grad_params


def multi_head_gradient(
    grad_output: Array,
    x: Array,
    params: Params,
    num_heads: int,
    mask: Array | None = None,
    *,
    project: Step = project,
    scale: Step = scale,
    hide: Step = hide,
    for_heads: Step = for_heads,
    back: Step = back,
    through_output: Step = through_output,
    cut_back: Step = cut,
    join_back: Step = join,
    product: Step = product,
    bias: Step = bias,
    mixed: Step = mixed,
    tokens: Step = tokens,
    settle: Step = settle,
    conclude: Step = answer,
    **of_head: Step,
) -> Any:
    """`multi_head_attention_backward` as steps; `of_head` are the steps of `head_gradient`."""
    q, k, v = (cut(project(x, params, role), num_heads) for role in "qkv")
    for_each = for_heads(mask)
    raw, shares = forward(q, k, for_each, scale=scale, hide=hide)
    merged = join(shares @ v)
    grad_heads = cut_back(through_output(grad_output, params["w_o"], back), num_heads)
    grads = [join_back(grad) for grad in head_gradient(grad_heads, q, k, v, for_each, raw, shares, **of_head)]
    grad_x = tokens(*(back(grad, params[f"w_{role}"]) for role, grad in zip("qkv", grads, strict=True)))
    inputs = (x, x, x, mixed(merged, x, grad_output))
    found = {f"w_{role}": product(*pair) for role, *pair in zip("qkvo", inputs, (*grads, grad_output), strict=True)}
    if "b_o" in params:
        found |= {f"b_{role}": bias(grad) for role, grad in zip("qkvo", (*grads, grad_output), strict=True)}
    return conclude(grad_x, settle({name: found[name] for name in params}))
