"""Where a token stands: sinusoidal positions, and the matrix that moves them."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, integer, number, require, size


def sinusoidal_positions(num_positions: int, d_model: int, base: float = 10000.0) -> FloatArray:
    """Give every position its own pattern of waves, to be added to the tokens.

    P[t, 2i] = sin(t / base^(2i/d_model)), P[t, 2i+1] = cos(t / base^(2i/d_model)) — Vaswani et al. (2017), section 3.5.

    Args:
        num_positions: number of positions t = 0, 1, …
        d_model: width of the model, even: a sine and a cosine for each frequency.
        base: positive; the wavelengths grow geometrically from 2π positions towards base · 2π.

    Returns:
        (num_positions, d_model) float64, every entry in [−1, 1].

    Raises:
        TypeError: num_positions or d_model is not an integer, base not a number.
        ValueError: num_positions is negative, d_model odd or below 2, or base not positive and finite.

    >>> sinusoidal_positions(2, 4).round(4).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.8415, 0.5403, 0.01, 1.0]]
    """
    num_positions = size("num_positions", num_positions, at_least=0)
    angles = np.arange(num_positions)[:, None] * frequencies(d_model, base)  # (num_positions, d_model / 2)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(num_positions, d_model)


def position_shift_matrix(offset: int, d_model: int, base: float = 10000.0) -> FloatArray:
    """Write a shift of all positions as one linear map, the same for every position.

    P[t + offset] = P[t] M for the P of `sinusoidal_positions` and all t: each pair (sine, cosine) of frequency w turns
    by the angle offset·w, so M is block-diagonal and orthogonal. Vaswani et al. (2017), section 3.5, say it exists.

    Args:
        offset: number of positions to move by; may be negative.
        d_model: width of the model, even.
        base: as in `sinusoidal_positions`.

    Returns:
        M (d_model, d_model) float64.

    Raises:
        TypeError: offset or d_model is not an integer, base not a number.
        ValueError: d_model is odd or below 2, or base not positive and finite.

    >>> position_shift_matrix(1, 2).round(4).tolist()
    [[0.5403, -0.8415], [0.8415, 0.5403]]
    """
    angles = float(integer("offset", offset)) * frequencies(d_model, base)  # (d_model / 2,)
    sine, cosine = np.sin(angles), np.cos(angles)
    even = np.arange(0, d_model, 2)
    shift = np.zeros((d_model, d_model))
    shift[even, even], shift[even, even + 1] = cosine, -sine  # cos(a + b) = cos a cos b − sin a sin b
    shift[even + 1, even], shift[even + 1, even + 1] = sine, cosine  # sin(a + b) = sin a cos b + cos a sin b
    return shift


def frequencies(d_model: int, base: float) -> FloatArray:
    """Radians per position of each pair of features, 1 / base^(2i/d_model), as (d_model / 2,) float64."""
    d_model = size("d_model", d_model, at_least=2)
    require(d_model % 2 == 0, "d_model", "be even", d_model)
    base = number("base", base)
    require(base > 0, "base", "be positive", base)
    return base ** -(np.arange(0, d_model, 2) / d_model)
