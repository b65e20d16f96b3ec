"""Mistakes in copying weights from one module to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from itertools import permutations
from typing import Any

import torch
from torch import Tensor, nn

from selfattn_check.exercise import Mistake

__all__ = ["COPYING"]

_ORDER = "the rows are those of w_q, then w_k, then w_v: `w_q, w_k, w_v = torch_mha.in_proj_weight.chunk(3)`"
_BIAS = "biases are cut like weights: `torch_mha.in_proj_bias.chunk(3)`; that of w_o is `torch_mha.out_proj.bias`"
_LAST = "`mine.w_o` gets those of `torch_mha.out_proj`, weight and bias"
_NONE = "ask `if torch_mha.in_proj_bias is None`, and then `layer.bias.zero_()`"
_COPY = "`mine.w_q.weight.copy_(w_q)` writes the numbers into the parameter that is there"


def _in_order(order: Sequence[int]) -> Callable[[Tensor], list[Tensor]]:
    def cut(packed: Tensor) -> list[Tensor]:
        rows = packed.chunk(3)
        return [rows[place] for place in order]

    return cut


def _permuted() -> tuple[Mistake, ...]:
    names = ("w_q", "w_k", "w_v")
    return tuple(
        Mistake.of(
            "packed-order",
            f"when the packed rows are taken as {', '.join(names[order.index(place)] for place in range(3))}",
            _ORDER,
            cut=_in_order(order),
        )
        for order in permutations(range(3))
        if order != (0, 1, 2)
    )


def _every_third(packed: Tensor) -> list[Tensor]:
    return [packed[place::3] for place in range(3)]


def _own_biases(torch_mha: nn.MultiheadAttention, mine: Any) -> Tensor:
    return torch.cat([mine.w_q.bias, mine.w_k.bias, mine.w_v.bias]).detach()


def _demanded(use: Callable[[Any], object]) -> Callable[..., Tensor]:
    def packed_bias(torch_mha: Any, mine: Any) -> Tensor:
        bias: Tensor = torch_mha.in_proj_bias
        use(bias)  # of None: what this raises is what comes out
        return bias

    return packed_bias


def _requiring(packed_bias: Callable[..., Tensor]) -> Mistake:
    return Mistake.of("requires-bias", "when torch_mha must have biases", _NONE, packed_bias=packed_bias)


def _left(layer: Any) -> None:
    """The bias stays as it was."""


def _own_last(torch_mha: nn.MultiheadAttention, mine: Any) -> Any:
    return mine.w_o.weight.detach(), mine.w_o.bias.detach()


def _own_last_without_bias(torch_mha: nn.MultiheadAttention, mine: Any) -> Any:
    weight, bias = _own_last(torch_mha, mine)
    return weight, None if torch_mha.out_proj.bias is None else bias


def _own_last_bias(torch_mha: nn.MultiheadAttention, mine: Any) -> Any:
    return torch_mha.out_proj.weight, mine.w_o.bias.detach()


def _sharing(layer: Any, name: str, values: Tensor) -> None:
    setattr(layer, name, nn.Parameter(values))


def _sharing_all(layer: Any, name: str, values: Tensor) -> None:
    getattr(layer, name).data = values.data


def _into_a_copy(layer: Any, name: str, values: Tensor) -> None:
    getattr(layer, name).clone().copy_(values)


def _backwards(layer: Any, name: str, values: Tensor) -> None:
    values.copy_(getattr(layer, name))


COPYING = (
    *_permuted(),
    Mistake.of("packed-order", "when every third row of the packed matrix goes to w_q", _ORDER, cut=_every_third),
    Mistake.of(
        "weight-transposed",
        "when the weights are transposed",
        "`nn.Linear` and `nn.MultiheadAttention` store a weight the same way: (out_features, in_features)",
        turn=lambda weight: weight.mT,
    ),
    Mistake.of(
        "weight-transposed",
        "when the weights of w_q, w_k and w_v are transposed",
        "`nn.Linear` and `nn.MultiheadAttention` store a weight the same way: (out_features, in_features)",
        cut=lambda packed: [rows.mT if rows.ndim == 2 else rows for rows in packed.chunk(3)],
    ),
    Mistake.of("missing-output-projection", "when the weights of w_o are not copied", _LAST, last=_own_last),
    Mistake.of(
        "missing-output-projection",
        "when the weights of w_o are not copied, its bias only set to 0 where there is none",
        _LAST,
        last=_own_last_without_bias,
    ),
    Mistake.of("ignores-bias", "when the bias of w_o is not copied", _BIAS, last=_own_last_bias),
    Mistake.of(
        "ignores-bias",
        "when the bias of w_o is not copied, only set to 0 where there is none",
        _BIAS,
        last=lambda theirs, mine: (theirs.out_proj.weight, _own_last_without_bias(theirs, mine)[1]),
    ),
    Mistake.of("ignores-bias", "when the biases of w_q, w_k and w_v are not copied", _BIAS, packed_bias=_own_biases),
    Mistake.of("ignores-bias", "when no bias is copied", _BIAS, packed_bias=_own_biases, last=_own_last_bias),
    Mistake.of("ignores-bias", "when mine keeps its biases where torch_mha has none", _NONE, absent=_left),
    _requiring(_demanded(lambda bias: bias.chunk(3))),
    _requiring(_demanded(lambda bias: bias.split(1))),
    _requiring(_demanded(lambda bias: bias[:1])),
    Mistake.of("requires-bias", "when out_proj must have a bias", _NONE, absent=lambda layer: layer.bias.copy_(None)),
    Mistake.of(
        "copied-in-the-graph",
        "without `torch.no_grad()`: a parameter is written to while its gradient is recorded",
        "do it within `with torch.no_grad():`, or put `@torch.no_grad()` above the function",
        ready=nullcontext,
    ),
    Mistake.of("shares-weights", "when both modules hold the same numbers in memory", _COPY, write=_sharing_all),
    Mistake.of("shares-weights", "when a parameter is a view of the packed one", _COPY, write=_sharing),
    Mistake.of(
        "writes-to-a-copy", "when a copy of the parameter is written to, and mine stays", _COPY, write=_into_a_copy
    ),
    Mistake.of(
        "copied-backwards",
        "when torch_mha gets the weights of mine",
        "mine takes, torch_mha gives: `mine.w_q.weight.copy_(…)`",
        write=_backwards,
    ),
)
