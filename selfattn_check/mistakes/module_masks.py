"""Mistakes in applying a mask to a tensor of scores, and what they do to gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from selfattn_check.exercise import Mistake

__all__ = ["MODULE_MASKS"]

Hide = Callable[[Tensor, Tensor], Tensor]

_FILL = "`scores.masked_fill(~mask, -math.inf)` before the softmax"
_TRUE = "True means may attend: fill where the mask is False"
_EMPTY = "set the weights to 0 after the softmax, too: `weights.masked_fill(~mask, 0)`"
_AXIS = "insert the head axis where the mask has a batch axis: `mask.unsqueeze(-3)`"


def _as_it_comes(weights: Tensor, mask: Tensor | None) -> Tensor:
    return weights


def _times(weights: Tensor, mask: Tensor | None) -> Tensor:
    return weights if mask is None else weights * mask


def _renormalized(weights: Tensor, mask: Tensor | None) -> Tensor:
    kept = _times(weights, mask)
    return kept if mask is None else kept / kept.sum(-1, keepdim=True)


def _visible(scores: Tensor, mask: Tensor) -> Tensor:
    return scores


def _inverted(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(mask, -torch.inf)


def _cleared_where_hidden(weights: Tensor, mask: Tensor | None) -> Tensor:
    return weights if mask is None else weights.masked_fill(mask, 0.0)


def _no_nan(weights: Tensor, mask: Tensor | None) -> Tensor:
    return weights.nan_to_num(0.0)


def _adding(value: float) -> Hide:
    return lambda scores, mask: scores + torch.zeros_like(scores).masked_fill(~mask, value)


def _filling(value: float) -> Hide:
    return lambda scores, mask: scores.masked_fill(~mask, value)


def _weak(value: float) -> Iterator[Mistake]:
    note = "when hidden scores become a finite number, −1e9 say, instead of −∞"
    yield Mistake.of("weak-fill", note, _FILL, hide=_filling(value))
    yield Mistake.of("weak-fill", note, _FILL, hide=_filling(value), clear=_as_it_comes)


MODULE_MASKS = (
    Mistake.of("ignores-mask", "when the mask is not used", _FILL, hide=_visible, clear=_as_it_comes),
    Mistake.of("mask-inverted", "when True is taken as hidden", _TRUE, hide=_inverted, clear=_as_it_comes),
    Mistake.of(
        "mask-inverted",
        "when True is taken as hidden, also where weights are set to 0",
        _TRUE,
        hide=_inverted,
        clear=_cleared_where_hidden,
    ),
    Mistake.of(
        "mask-inverted", "when True is taken as hidden, and NaN becomes 0", _TRUE, hide=_inverted, clear=_no_nan
    ),
    Mistake.of(
        "mask-inverted",
        "when True is taken as hidden and hidden scores become −1e9",
        _TRUE,
        hide=lambda scores, mask: scores.masked_fill(mask, -1e9),
        clear=_as_it_comes,
    ),
    Mistake.of(
        "mask-added-as-0-1",
        "when the mask is added to the scores as 0 and 1",
        _FILL,
        hide=lambda scores, mask: scores + mask,
        clear=_as_it_comes,
    ),
    Mistake.of(
        "mask-multiplies-scores",
        "when the scores are multiplied by the mask",
        _FILL,
        hide=lambda scores, mask: scores * mask,
        clear=_as_it_comes,
    ),
    Mistake.of(
        "zero-fill",
        "when hidden scores become 0: exp(0) = 1 is a weight like any other",
        _FILL,
        hide=_filling(0.0),
        clear=_as_it_comes,
    ),
    Mistake.of(
        "mask-after-softmax",
        "when the weights are multiplied by the mask and no longer sum to 1",
        _FILL,
        hide=_visible,
        clear=_times,
    ),
    Mistake.of(
        "mask-after-softmax-renormalised",
        "when the mask is applied after the softmax and the rest renormalized",
        _FILL,
        hide=_visible,
        clear=_renormalized,
    ),
    Mistake.of(
        "nan-on-empty-row",
        "when a query without a permitted key gets NaN: its softmax is 0/0",
        _EMPTY,
        clear=_as_it_comes,
    ),
    Mistake.of(
        "nan-on-empty-row",
        "when a query without a permitted key spreads its weight over all keys",
        _EMPTY,
        hide=lambda scores, mask: scores.masked_fill(~mask, torch.finfo(scores.dtype).min),
        clear=_as_it_comes,
    ),
    Mistake.of(
        "nan-gradient",
        "when −∞ is added to the scores: a query without a permitted key has a NaN gradient",
        "`masked_fill`, or `torch.where`, lets no gradient through where it fills; a sum does",
        hide=_adding(-torch.inf),
    ),
    Mistake.of(
        "nan-gradient",
        "when −∞ is added to the scores and NaN becomes 0: the gradient stays NaN",
        "`masked_fill`, or `torch.where`, lets no gradient through where it fills; a sum does",
        hide=_adding(-torch.inf),
        clear=_no_nan,
    ),
    *_weak(-1e9),
    Mistake.of(
        "mask-broadcast-silently",
        "when the batch axis of the mask meets the axis of the heads",
        _AXIS,
        widen=lambda mask: mask,
    ),
    Mistake.of(
        "head-axis-misplaced",
        "when a mask without a batch axis gets its head axis after the queries",
        _AXIS,
        widen=lambda mask: mask.unsqueeze(1),
    ),
)
