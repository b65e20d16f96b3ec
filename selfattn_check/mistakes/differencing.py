"""Mistakes in differentiating by differences: which entry moves, how far, and what is divided by what."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["DIFFERENCING"]

Array = np.ndarray
Index = tuple[int, ...]

_CENTRAL = "take f on both sides: (f(x + eps·e_i) − f(x − eps·e_i)) / (2·eps)"
_ONE_ENTRY = "move one entry, all others stay: `near = x.copy()`, then `near[index] += eps`"
_RESTORE = "put the entry back before the next one moves, or begin each time with a fresh copy"
_SHAPE = "entry i of the gradient belongs to entry i of x: `np.zeros_like(x)`, filled by index"


def _forward(f: Any, near: Array, index: Index, eps: float, move: Any) -> Any:
    return f(move(near, index, eps)), f(near)


def _backward(f: Any, near: Array, index: Index, eps: float, move: Any) -> Any:
    return f(near), f(move(near, index, -eps))


def _once(gain: float, eps: float) -> float:
    return gain / eps


def _leave(step: float) -> Any:
    def put_back(near: Array, index: Index, eps: float) -> None:
        near[index] += step * eps

    return put_back


def _all_entries(near: Array, index: Index, step: float) -> Array:
    return near + step


def _other_way_round(near: Array, index: Index, step: float) -> Array:
    moved = near.copy()
    moved[index[::-1]] += step
    return moved


def _in_proportion(near: Array, index: Index, step: float) -> Array:
    moved = near.copy()
    moved[index] *= 1 + step
    return moved


def _second(f: Any, near: Array, index: Index, eps: float, move: Any) -> Any:
    return f(move(near, index, eps)) - 2 * f(near), -f(move(near, index, -eps))


DIFFERENCING = (
    Mistake(
        "one-sided-difference",
        "when f(x) stands in place of f(x − eps): a step to one side",
        _CENTRAL,
        {"ends": _forward, "slope": _once},
    ),
    Mistake(
        "one-sided-difference",
        "when f(x) stands in place of f(x + eps): a step back to one side",
        _CENTRAL,
        {"ends": _backward, "slope": _once},
    ),
    Mistake(
        "one-sided-difference",
        "when f(x) stands in place of f(x − eps), and 2·eps divides all the same",
        _CENTRAL,
        {"ends": _forward},
    ),
    Mistake(
        "difference-not-halved",
        "when the difference is divided by eps, though its ends lie 2·eps apart",
        "the way from x − eps to x + eps is 2·eps long: divide by that",
        {"slope": _once},
    ),
    Mistake(
        "difference-not-halved",
        "when the product with eps is divided off twice: `/ 2 * eps` multiplies by eps",
        "write `/ (2 * eps)`: without the parentheses the product with eps comes after the division",
        {"slope": lambda gain, eps: gain / 2 * eps},
    ),
    Mistake(
        "difference-undivided",
        "when the difference is not divided by the way",
        "a slope is gain divided by way: divide by 2·eps",
        {"slope": lambda gain, eps: gain},
    ),
    Mistake("entry-not-restored", "when each entry stays at x − eps", _RESTORE, {"put_back": _leave(-1)}),
    Mistake("entry-not-restored", "when each entry stays at x + eps", _RESTORE, {"put_back": _leave(1)}),
    Mistake("moves-every-entry", "when all entries move at once", _ONE_ENTRY, {"move": _all_entries}),
    Mistake(
        "moves-every-entry",
        "when all entries move at once, and one number is returned",
        _ONE_ENTRY,
        {"move": _all_entries, "arrange": lambda gradient: gradient.flat[0]},
    ),
    Mistake(
        "moves-whole-row",
        "when a whole row moves at once: `range(len(x))` counts rows, not entries",
        "go through all entries: `for index in np.ndindex(x.shape)`",
        {"places": lambda x: range(len(x))},
    ),
    Mistake(
        "wrong-entry-moved",
        "when entry [j, i] moves and the slope is written to entry [i, j]",
        "use one index for the entry that moves and for the entry that is filled",
        {"move": _other_way_round},
    ),
    Mistake("flat-gradient", "when the gradient is returned flat", _SHAPE, {"arrange": np.ravel}),
    Mistake(
        "gradient-summed",
        "when the slopes of all entries are added up",
        _SHAPE,
        {"arrange": np.sum},
    ),
    Mistake(
        "absolute-difference",
        "when the sign of the difference is lost",
        "f may fall: keep the sign of f(x + eps) − f(x − eps)",
        {"contrast": lambda after, before: abs(after - before)},
    ),
    Mistake(
        "difference-reversed",
        "when f(x + eps) is subtracted from f(x − eps)",
        "what comes after less what was before: f(x + eps) − f(x − eps)",
        {"contrast": lambda after, before: before - after},
    ),
    Mistake(
        "ignores-eps",
        "when the step is 1e-5 whatever the caller asked for",
        "use the argument eps in the step and in the division",
        {"size": lambda eps: 1e-5},
    ),
    Mistake(
        "relative-step",
        "when each entry is multiplied by 1 ± eps instead of moved by eps",
        "the step is eps for every entry: add it, do not multiply",
        {"move": _in_proportion},
    ),
    Mistake(
        "second-difference",
        "when the second derivative is computed: (f(x + eps) − 2 f(x) + f(x − eps)) / eps²",
        _CENTRAL,
        {"ends": _second, "slope": lambda gain, eps: gain / eps**2},
    ),
    Mistake(
        "rounds-the-point",
        "when the entries are rounded to whole numbers",
        "copy x as it is, `x.copy()`: an array of integers drops the step",
        {"begin": lambda x: x.astype(int)},
    ),
    Mistake(
        "rounds-the-point",
        "when the entries are rounded to float32, which keeps 7 digits",
        "copy x as it is, `x.copy()`: in float32 a step of 1e-5 is lost in rounding",
        {"begin": lambda x: x.astype(np.float32)},
    ),
)
