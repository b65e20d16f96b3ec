"""Mistakes in applying a mask: what a hidden key still does to the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["HIDING"]

Array = np.ndarray
Steps = Mapping[str, Callable[..., Any]]

_SELECT = "select before the softmax: `np.where(mask, scores, -np.inf)`"
_EMPTY = "treat a row without a permitted key on its own: its weights are 0"


def _filled_with(value: float) -> Callable[[Array, Array], Array]:
    return lambda scores, mask: np.where(mask, scores, np.asarray(value, scores.dtype))


def _bare_peak(scores: Array) -> Array:
    return scores.max(axis=-1, keepdims=True)


def _bare_division(exponents: Array, totals: Array) -> Array:
    return exponents / totals


def _empty_rows_cleared(weights: Array, mask: Array | None, q: Array | None) -> Array:
    return weights if mask is None else np.where(mask.any(axis=-1, keepdims=True), weights, 0).astype(weights.dtype)


def _times_mask(weights: Array, mask: Array | None, q: Array | None) -> Array:
    return weights if mask is None else weights * mask


def _times_mask_renormalized(weights: Array, mask: Array | None, q: Array | None) -> Array:
    kept = _times_mask(weights, mask, q)
    return kept / kept.sum(axis=-1, keepdims=True)


def _times_mask_renormalized_safely(weights: Array, mask: Array | None, q: Array | None) -> Array:
    kept = _times_mask(weights, mask, q)
    sums = kept.sum(axis=-1, keepdims=True)
    return kept / np.where(sums == 0, 1, sums)


def _show_all(scores: Array, mask: Array) -> Array:
    return scores


_BARE: Steps = {"peak": _bare_peak, "divide": _bare_division}


def _weak_fill(value: float) -> tuple[Mistake, ...]:
    """A finite number in place of −inf, with each way of treating rows that are all hidden."""
    note = f"when hidden scores become {value:g} instead of −inf"
    help_line = f"fill with `-np.inf`: a permitted score may be lower than {value:g}"
    cleanings: tuple[Steps, ...] = (
        {},
        {"reweigh": _empty_rows_cleared},
        {"reweigh": _times_mask},
        {"reweigh": _times_mask_renormalized_safely},
    )
    return tuple(Mistake("weak-fill", note, help_line, {"hide": _filled_with(value), **more}) for more in cleanings)


def _lowest(scores: Array, mask: Array) -> Array:
    return np.where(mask, scores, np.finfo(scores.dtype).min)


HIDING = (
    Mistake(
        "ignores-mask",
        "when the mask is not used",
        _SELECT,
        {"hide": _show_all},
    ),
    Mistake(
        "mask-inverted",
        "when True is taken as hidden",
        "True means may attend: keep the score where the mask is True",
        {"hide": lambda scores, mask: np.where(mask, -np.inf, scores).astype(scores.dtype)},
    ),
    Mistake(
        "mask-inverted",
        "when True is taken as hidden, with NaN in rows that are then empty",
        "True means may attend: keep the score where the mask is True",
        {"hide": lambda scores, mask: np.where(mask, -np.inf, scores).astype(scores.dtype), **_BARE},
    ),
    Mistake(
        "mask-inverted",
        "when True is taken as hidden and hidden scores become −1e9",
        "True means may attend: keep the score where the mask is True",
        {"hide": lambda scores, mask: np.where(mask, np.asarray(-1e9, scores.dtype), scores)},
    ),
    Mistake(
        "mask-added-as-0-1",
        "when the mask is added to the scores as 0 and 1",
        _SELECT,
        {"hide": lambda scores, mask: scores + mask},
    ),
    Mistake(
        "mask-multiplies-scores",
        "when the scores are multiplied by the mask: a score of 0 still gets weight",
        _SELECT,
        {"hide": lambda scores, mask: scores * mask},
    ),
    Mistake(
        "inf-times-mask",
        "when (1 − mask) · (−inf) is added: 0 · inf is NaN where attending is allowed",
        _SELECT,
        {"hide": lambda scores, mask: scores + (1 - mask.astype(scores.dtype)) * -np.inf, **_BARE},
    ),
    Mistake(
        "mask-after-softmax",
        "when the weights are multiplied by the mask after the softmax and no longer sum to 1",
        _SELECT,
        {"hide": _show_all, "reweigh": _times_mask},
    ),
    Mistake(
        "mask-after-softmax-renormalised",
        "when the mask is applied after the softmax and the rest renormalized: a large hidden score leaves nothing",
        _SELECT,
        {"hide": _show_all, "reweigh": _times_mask_renormalized},
    ),
    Mistake(
        "mask-after-softmax-renormalised",
        "when the mask is applied after the softmax and the rest renormalized: a large hidden score leaves nothing",
        _SELECT,
        {"hide": _show_all, "reweigh": _times_mask_renormalized_safely},
    ),
    Mistake("nan-on-empty-row", "when a row without a permitted key becomes 0/0 = NaN", _EMPTY, _BARE),
    Mistake(
        "nan-on-empty-row",
        "when a row without a permitted key spreads its weight over the hidden keys",
        _EMPTY,
        {"hide": _lowest},
    ),
    Mistake(
        "nan-on-empty-row",
        "when −1e9 stands for −inf: a row without a permitted key spreads its weight over the hidden keys",
        _EMPTY,
        {"hide": _filled_with(-1e9)},
    ),
    *(mistake for value in (-10, -100, -1e3, -1e4, -1e6, -1e9) for mistake in _weak_fill(value)),
    Mistake(
        "zero-fill",
        "when hidden scores become 0: exp(0) = 1 is a weight like any other",
        _SELECT,
        {"hide": lambda scores, mask: np.where(mask, scores, 0).astype(scores.dtype)},
    ),
)
