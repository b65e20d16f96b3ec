"""Several heads as steps: sources → project → split → fit → attend → merge → project → tidy → answer.

Each step is a keyword-only parameter, and so are the steps of one head (see `attention`). The defaults together are the
reference; a mistake replaces the steps that it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import attention

__all__ = [
    "cross",
    "cut",
    "join",
    "merge",
    "multi_head",
    "multiply",
    "put_together",
    "shift",
    "split",
    "swap_heads",
    "to_blocks",
]

Array = np.ndarray
Params = Mapping[str, Array]
Step = Callable[..., Any]


def accept(x: Array, num_heads: int) -> Array:
    """Refuse features that cannot be shared out equally."""
    if x.shape[-1] % num_heads:
        raise ValueError(f"num_heads must divide d_model, got num_heads={num_heads}, d_model={x.shape[-1]}")
    return x


def to_blocks(x: Array, num_heads: int) -> Array:
    """Contiguous blocks of features: (..., seq_len, num_heads, head_dim)."""
    return x.reshape(*x.shape[:-1], num_heads, x.shape[-1] // num_heads)


def swap_heads(x: Array) -> Array:
    """Exchange tokens and heads: the axes −2 and −3."""
    return np.swapaxes(x, -2, -3)


def join(x: Array) -> Array:
    """Heads side by side: (..., seq_len, num_heads, head_dim) → (..., seq_len, num_heads · head_dim)."""
    return x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])


def split(
    x: Array, num_heads: int, *, accept: Step = accept, to_blocks: Step = to_blocks, arrange: Step = swap_heads
) -> Any:
    """`split_heads` as steps."""
    return arrange(to_blocks(accept(x, num_heads), num_heads))


def merge(x: Array, *, arrange: Step = swap_heads, join: Step = join) -> Any:
    """`merge_heads` as steps."""
    return join(arrange(x))


def sources(x: Array, context: Array) -> Any:
    """What queries, keys and values are made of."""
    return x, context, context


def choose(role: str) -> tuple[str, str]:
    """Which role's weights and which role's bias are used for a role: q, k, v or o."""
    return role, role


def multiply(x: Array, w: Array, role: str) -> Array:
    """Every token by itself, features last."""
    return x @ w


def shift(projected: Array, params: Params, role: str) -> Array:
    """Add the role's bias where there is one."""
    return projected + params[f"b_{role}"] if f"b_{role}" in params else projected


def cut(x: Array, num_heads: int) -> Array:
    """Features to heads: (..., num_heads, seq_len, head_dim)."""
    return swap_heads(to_blocks(x, num_heads))


def fit(mask: Array | None, q_len: int, k_len: int) -> Array | None:
    """Insert the head axis before the queries: the same mask for every head."""
    return mask if mask is None else mask[..., None, :, :]


def put_together(x: Array) -> Array:
    """Heads to features: (..., seq_len, d_model)."""
    return join(swap_heads(x))


def tidy(output: Array, mask: Array | None) -> Array:
    """Nothing: the output is final after its projection."""
    return output


def answer(output: Array, weights: Array) -> Any:
    """Both results, the output first, weights for each head."""
    return output, weights


def cross(
    x: Array,
    context: Array,
    params: Params,
    num_heads: int,
    mask: Array | None = None,
    *,
    sources: Step = sources,
    choose: Step = choose,
    multiply: Step = multiply,
    shift: Step = shift,
    split: Step = cut,
    fit: Step = fit,
    merge: Step = put_together,
    tidy: Step = tidy,
    answer: Step = answer,
    **of_one_head: Step,
) -> Any:
    """`cross_attention` as steps; `of_one_head` are the steps of `attention` but its answer."""

    def project(tokens: Array, role: str) -> Any:
        weights_of, bias_of = choose(role)
        return shift(multiply(tokens, params[f"w_{weights_of}"], role), params, bias_of)

    asking, asked, handed_over = sources(x, context)
    q = split(project(asking, "q"), num_heads)
    k = split(project(asked, "k"), num_heads)
    v = split(project(handed_over, "v"), num_heads)
    output, weights = attention(q, k, v, fit(mask, asking.shape[-2], asked.shape[-2]), **of_one_head)
    return answer(tidy(project(merge(output), "o"), mask), weights)


def multi_head(x: Array, params: Params, num_heads: int, mask: Array | None = None, **steps: Step) -> Any:
    """`multi_head_attention` as steps: those of `cross`, from a sequence to itself."""
    return cross(x, x, params, num_heads, mask, **steps)
