"""Copying the weights of PyTorch's attention into one's own, as steps: cut, turn, join, biases; ready; write.

Each step is a keyword-only parameter; the defaults together are the reference, and a mistake replaces the steps that
it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["copied"]

Step = Callable[..., Any]


def cut(packed: Tensor) -> Sequence[Tensor]:
    """Query, key and value, below each other."""
    return packed.chunk(3)


def turn(weight: Tensor) -> Tensor:
    """Both store the weight of a layer in the same way."""
    return weight


def last(torch_mha: nn.MultiheadAttention, mine: Any) -> Any:
    """Weight and bias of the output projection."""
    return torch_mha.out_proj.weight, torch_mha.out_proj.bias


def packed_bias(torch_mha: nn.MultiheadAttention, mine: Any) -> Any:
    """The three biases in a row; None where there are none."""
    return torch_mha.in_proj_bias


def absent(layer: Any) -> None:
    """A bias for which there is none becomes 0."""
    layer.bias.zero_()


def ready() -> AbstractContextManager[Any]:
    """Nothing of it is to be learned from."""
    return torch.no_grad()


def write(layer: Any, name: str, values: Tensor) -> None:
    """Into the parameter that is there."""
    getattr(layer, name).copy_(values)


def copied(
    mine: Any,
    torch_mha: nn.MultiheadAttention,
    *,
    cut: Step = cut,
    turn: Step = turn,
    last: Step = last,
    packed_bias: Step = packed_bias,
    absent: Step = absent,
    ready: Step = ready,
    write: Step = write,
) -> None:
    """`copy_weights` as steps."""
    w_o, b_o = last(torch_mha, mine)
    weights = (*map(turn, cut(torch_mha.in_proj_weight)), turn(w_o))
    packed = packed_bias(torch_mha, mine)
    biases = (*(3 * (None,) if packed is None else cut(packed)), b_o)
    with ready():
        for layer, weight, bias in zip((mine.w_q, mine.w_k, mine.w_v, mine.w_o), weights, biases, strict=True):
            write(layer, "weight", weight)
            if bias is None:
                absent(layer)
            else:
                write(layer, "bias", bias)
