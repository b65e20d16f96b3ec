"""Mistakes in applying a mask: what a hidden key still does to the weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["HIDING", "clear_empty_rows"]

Array = np.ndarray
Hide = Callable[[Array, Array], Array]
Steps = Mapping[str, Callable[..., Any]]

_SELECT = "select before the softmax: `np.where(mask, scores, -np.inf)`"
_TRUE = "True means may attend: keep the score where the mask is True"
_EMPTY_FILLED = "fill with `-np.inf`, and treat a row without a permitted key on its own: its weights are 0"
_EMPTY = "treat a row without a permitted key on its own: its weights are 0"


def _filled_with(value: float) -> Hide:
    return lambda scores, mask: np.where(mask, scores, np.asarray(value, scores.dtype))


def _adding(value: float) -> Hide:
    return lambda scores, mask: scores + np.where(mask, 0, value).astype(scores.dtype)


def _showing_all(scores: Array, mask: Array) -> Array:
    return scores


def clear_empty_rows(weights: Array, mask: Array | None) -> Array:
    """Weights 0 where the mask permits no key, whatever the softmax made of that row."""
    return weights if mask is None else np.where(mask.any(axis=-1, keepdims=True), weights, 0).astype(weights.dtype)


def _times_mask(weights: Array, mask: Array | None, q: Array | None) -> Array:
    return weights if mask is None else weights * mask


def _renormalize(weights: Array, mask: Array | None, q: Array | None) -> Array:
    kept = _times_mask(weights, mask, q)
    return kept / kept.sum(axis=-1, keepdims=True)


def _renormalize_safely(weights: Array, mask: Array | None, q: Array | None) -> Array:
    kept = _times_mask(weights, mask, q)
    sums = kept.sum(axis=-1, keepdims=True)
    return kept / np.where(sums == 0, 1, sums)


# The ways in which people clean up after a finite fill.
_CLEANINGS: tuple[Steps, ...] = (
    {},
    {"clear": clear_empty_rows},
    {"reweigh": _times_mask},
    {"reweigh": _renormalize_safely},
)


def _weak_fill(value: float, cleanings: tuple[Steps, ...] = _CLEANINGS) -> Iterator[Mistake]:
    number = f"{value:g}".replace("-", "−").replace("e+0", "e")
    help_line = f"fill with `-np.inf`: a permitted score may be lower than {number}"
    for hide, note in (
        (_filled_with(value), f"when hidden scores become {number} instead of −inf"),
        (_adding(value), f"when {number} is added to hidden scores instead of −inf"),
    ):
        for cleaning in cleanings:
            yield Mistake("weak-fill", note, help_line, {"hide": hide, **cleaning})


HIDING = (
    Mistake(
        "default-not-filled-in",
        "when no mask, None, is taken for a mask that hides every key",
        "ask `if mask is not None` first: without a mask every key may be seen",
        {"unmasked": lambda scores: np.full_like(scores, -np.inf)},
    ),
    Mistake("ignores-mask", "when the mask is not used", _SELECT, {"hide": _showing_all}),
    Mistake(
        "mask-inverted",
        "when True is taken as hidden",
        _TRUE,
        {"hide": lambda scores, mask: np.where(mask, -np.inf, scores).astype(scores.dtype)},
    ),
    Mistake(
        "mask-inverted",
        "when True is taken as hidden and hidden scores become −1e9",
        _TRUE,
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
        {"hide": lambda scores, mask: scores + (1 - mask.astype(scores.dtype)) * -np.inf},
    ),
    Mistake(
        "mask-after-softmax",
        "when the weights are multiplied by the mask after the softmax and no longer sum to 1",
        _SELECT,
        {"hide": _showing_all, "reweigh": _times_mask},
    ),
    *(
        Mistake(
            "mask-after-softmax-renormalised",
            "when the mask is applied after the softmax and the rest renormalized: a large hidden score leaves nothing",
            _SELECT,
            {"hide": _showing_all, "reweigh": renormalize},
        )
        for renormalize in (_renormalize, _renormalize_safely)
    ),
    Mistake(
        "nan-on-empty-row",
        "when a row without a permitted key becomes NaN: −inf − (−inf), or 0/0",
        _EMPTY,
        {"floor": lambda largest: largest, "divide": lambda exponents, totals: exponents / totals},
    ),
    *(
        Mistake("nan-on-empty-row", f"when a row without a permitted key {what}", _EMPTY_FILLED, {"hide": hide})
        for what, hide in (
            ("spreads its weight over the hidden keys", lambda s, mask: np.where(mask, s, np.finfo(s.dtype).min)),
            ("spreads its weight over the hidden keys, which score −1e9", _filled_with(-1e9)),
            ("is weighted as if −1e9 had not been added", _adding(-1e9)),
        )
    ),
    Mistake(
        "zero-fill",
        "when hidden scores become 0: exp(0) = 1 is a weight like any other",
        _SELECT,
        {"hide": _filled_with(0)},
    ),
    *_weak_fill(-10, cleanings=({},)),
    *_weak_fill(-100, cleanings=({},)),
    *_weak_fill(-1e4),
    *_weak_fill(-1e9),
)
