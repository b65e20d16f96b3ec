"""Central differences as steps: begin → for each entry: move twice → ends → contrast → slope → put back → arrange.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["difference"]

Array = np.ndarray
Index = tuple[int, ...]
Step = Callable[..., Any]


def begin(x: Array) -> Array:
    """A copy, which may be moved."""
    return x.copy()


def size(eps: float) -> float:
    """The step that the caller asked for."""
    return eps


def places(x: Array) -> Any:
    """Every entry of an array with any number of axes."""
    return np.ndindex(x.shape)


def move(near: Array, index: Index, step: float) -> Array:
    """One entry moved, all others as they are."""
    moved = near.copy()
    moved[index] += step
    return moved


def ends(f: Any, near: Array, index: Index, eps: float, move: Step) -> Any:
    """The values of f on both sides."""
    return f(move(near, index, eps)), f(move(near, index, -eps))


def contrast(after: float, before: float) -> float:
    """What f has gained, with its sign."""
    return after - before


def slope(gain: float, eps: float) -> float:
    """Gain divided by the way, which is two steps long."""
    return gain / (2 * eps)


def put_back(near: Array, index: Index, eps: float) -> None:
    """Nothing: `move` has left the array as it was."""


def arrange(gradient: Array) -> Any:
    """In the shape of x already."""
    return gradient


def difference(
    f: Any,
    x: Array,
    eps: float = 1e-5,
    *,
    begin: Step = begin,
    size: Step = size,
    places: Step = places,
    move: Step = move,
    ends: Step = ends,
    contrast: Step = contrast,
    slope: Step = slope,
    put_back: Step = put_back,
    arrange: Step = arrange,
) -> Any:
    """`numerical_gradient` as steps."""
    near, step = begin(x), size(eps)
    gradient = np.zeros_like(x)
    for index in places(x):
        gradient[index] = slope(contrast(*ends(f, near, index, step, move)), step)
        put_back(near, index, step)
    return arrange(gradient)
