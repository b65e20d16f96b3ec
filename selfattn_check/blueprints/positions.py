"""Sinusoidal positions and the matrix that shifts them, as steps; each column has its own angle.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong. Both functions take their frequencies from the same step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["frequency", "position_shift_matrix", "sinusoidal_positions", "turn"]

Array = np.ndarray
Step = Callable[..., Any]


def accept(d_model: int) -> None:
    """Refuse an odd width."""
    if d_model % 2:
        raise ValueError(f"d_model must be even, got {d_model}")


def places(num_positions: int) -> Array:
    """Positions t, counted from 0."""
    return np.arange(num_positions)


def frequency(d_model: int, base: float) -> Array:
    """Radians per position of each column, (d_model,): columns 2i and 2i + 1 share theirs."""
    pair = np.arange(d_model) // 2
    return float(base) ** -(2 * pair / d_model)


def wave(angles: Array) -> Array:
    """Sine in even columns, cosine in odd ones."""
    odd = np.arange(angles.shape[1]) % 2 == 1
    return np.where(odd, np.cos(angles), np.sin(angles))


def lay(table: Array) -> Array:
    """Nothing: rows are positions, and columns stand as they should."""
    return table


def sinusoidal_positions(
    num_positions: int,
    d_model: int,
    base: float = 10000.0,
    *,
    accept: Step = accept,
    places: Step = places,
    frequency: Step = frequency,
    wave: Step = wave,
    lay: Step = lay,
) -> Any:
    """`sinusoidal_positions` as steps."""
    accept(d_model)
    return lay(wave(places(num_positions)[:, None] * frequency(d_model, base)))


def step(offset: int) -> int:
    """The offset as it was given."""
    return offset


def turn(sine: Array, cosine: Array) -> Array:
    """A rotation for each pair of columns; a row takes sine and cosine of its own angle."""
    even = np.arange(0, len(sine), 2)
    shift = np.diag(cosine)
    shift[even, even + 1] = -sine[even]
    shift[even + 1, even] = sine[even + 1]
    return shift


def position_shift_matrix(
    offset: int,
    d_model: int,
    base: float = 10000.0,
    *,
    step: Step = step,
    frequency: Step = frequency,
    turn: Step = turn,
    lay: Step = lay,
) -> Any:
    """`position_shift_matrix` as steps."""
    angles = step(offset) * frequency(d_model, base)
    return lay(turn(np.sin(angles), np.cos(angles)))
