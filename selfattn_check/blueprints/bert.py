"""BERT's self-attention as steps: choose → multiply → shift → split → see → attend → merge → answer.

Each step is a keyword-only parameter, and so are the steps of one head (see `attention`). The defaults together are the
reference; a mistake replaces the steps that it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import attention
from selfattn_check.blueprints.heads import answer, choose, cut, put_together

__all__ = ["bert"]

Array = np.ndarray
Step = Callable[..., Any]

_NAMES = {"q": "query", "k": "key", "v": "value"}


def multiply(x: Array, weight: Array, role: str) -> Array:
    """PyTorch keeps a weight as (out, in)."""
    return x @ weight.T


def shift(projected: Array, bias: Array, role: str) -> Array:
    """Add the bias."""
    return projected + bias


def see(attention_mask: Array) -> Array:
    """Which keys are tokens, for every head and query: (batch, 1, 1, seq_len)."""
    return attention_mask[:, None, None, :] == 1


def bert(
    hidden: Array,
    state_dict: Mapping[str, Array],
    num_heads: int,
    attention_mask: Array,
    *,
    choose: Step = choose,
    multiply: Step = multiply,
    shift: Step = shift,
    split: Step = cut,
    see: Step = see,
    merge: Step = put_together,
    answer: Step = answer,
    **of_one_head: Step,
) -> Any:
    """`bert_self_attention` as steps; `of_one_head` are the steps of `attention` but its answer."""

    def project(role: str) -> Any:
        weight_of, bias_of = (_NAMES[each] for each in choose(role))
        projected = multiply(hidden, state_dict[f"{weight_of}.weight"], role)
        return split(shift(projected, state_dict[f"{bias_of}.bias"], role), num_heads)

    output, weights = attention(project("q"), project("k"), project("v"), see(attention_mask), **of_one_head)
    return answer(merge(output), weights)
