"""Rotary positions: turn queries and keys by their position, so that a score knows only the distance."""

from __future__ import annotations

import numpy as np

from selfattn_ref.positions import frequencies
from selfattn_ref.validation import FloatArray, IntArray, broadcastable, flag, float_array, int_array, number, require


def apply_rotary(
    x: FloatArray,
    positions: IntArray | None = None,
    base: float = 10000.0,
    *,
    cos: FloatArray | None = None,
    sin: FloatArray | None = None,
    interleaved: bool = True,
) -> FloatArray:
    """Turn each pair of features by an angle proportional to the position.

    Pair i of the token at position t, (a, b), becomes (a cos θ − b sin θ, a sin θ + b cos θ) with θ = t / base^(2i/d).
    Lengths do not change, and q·k after turning both depends on their positions through the distance alone.
    Su et al. (2021), section 3.2.2.

    Args:
        x: (..., n, d) queries or keys of one head or several, d even.
        positions: (n,) integers, any order, also negative; 0 … n − 1 if None.
        base: the slowest pair turns once in about 2π·base positions; positive.
        cos: (..., n, d/2) cosines, broadcastable over the leading axes of x, used instead of positions and base
            (other frequencies, or positions that differ within the batch). Together with sin, and without positions.
        sin: (..., n, d/2) sines, likewise.
        interleaved: pair i is the features (2i, 2i + 1) if True, (i, i + d/2) if False, as in Llama's checkpoints.

    Returns:
        A new array (..., n, d) in the dtype of x; the angles are computed in float64.

    Raises:
        TypeError: x, cos or sin is not a NumPy array of floats, positions not one of integers, base not a number,
            or interleaved not a truth value.
        ValueError: d is odd or 0, sizes disagree (the message gives the shapes), base is not positive, cos comes
            without sin or the other way round, or both come with positions.

    >>> apply_rotary(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1])).round(4).tolist()  # cos 1, sin 1
    [[1.0, 0.0], [0.5403, 0.8415]]
    """
    x = float_array("x", x, "(..., n, d)")
    n, d = x.shape[-2:]
    require(d > 0 and d % 2 == 0, "x", "have an even number of features (d)", f"shape {x.shape}")
    interleaved = flag("interleaved", interleaved)
    if positions is not None:
        positions = int_array("positions", positions, "(n,)")
        same = len(positions) == n
        require(same, "positions", "have one entry for each row of x (n)", f"x {x.shape}, positions {positions.shape}")
    base = number("base", base)
    require(base > 0, "base", "be positive", base)
    tables = _given_tables(cos, sin, (*x.shape[:-1], d // 2))
    if tables is None:
        places = np.arange(n) if positions is None else positions
        angles = places[:, None] * frequencies(d, base)  # (n, d/2)
        tables = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
    else:
        require(positions is None, "positions", "be None where cos and sin are given", "an array")

    cosines, sines = tables
    halves = (slice(0, None, 2), slice(1, None, 2)) if interleaved else (slice(0, d // 2), slice(d // 2, None))
    a, b = (x[..., half] for half in halves)  # each (..., n, d/2)
    rotated = np.empty(x.shape, np.result_type(x, cosines, sines))
    rotated[..., halves[0]] = a * cosines - b * sines
    rotated[..., halves[1]] = a * sines + b * cosines
    return rotated


def _given_tables(cos: object, sin: object, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray] | None:
    if cos is None and sin is None:
        return None
    missing, given = ("cos", "sin") if cos is None else ("sin", "cos")
    require(cos is not None and sin is not None, missing, f"be given together with {given}", "None")
    tables = float_array("cos", cos, "(..., n, d/2)"), float_array("sin", sin, "(..., n, d/2)")
    for name, table in zip(("cos", "sin"), tables, strict=True):
        broadcastable(name, table, shape, "(..., n, d/2)")
    return tables
