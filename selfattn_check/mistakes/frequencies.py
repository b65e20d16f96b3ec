"""Mistakes in the frequencies of sinusoidal positions, for the table and for the matrix that shifts it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from selfattn_check.blueprints.positions import frequency
from selfattn_check.exercise import Mistake

__all__ = ["FREQUENCIES"]

Array = np.ndarray

_PAIR = "pair i has the frequency base^(−2i/d_model), i = 0, 1, …, for its sine and its cosine"


def _pairs(d_model: int) -> Array:
    return np.arange(d_model) // 2


def _wrong(code: str, note: str, exponent: Callable[[int], Array]) -> Mistake:
    """Another exponent of the base, given for each column."""
    return Mistake(code, note, _PAIR, {"frequency": lambda d_model, base: float(base) ** exponent(d_model)})


FREQUENCIES = (
    _wrong(
        "frequency-doubled",
        "when the exponent is doubled: −4i/d_model",
        lambda d: -(4 * _pairs(d) / d),
    ),
    _wrong(
        "frequency-halved",
        "when the exponent lacks its factor 2: −i/d_model",
        lambda d: -(_pairs(d) / d),
    ),
    _wrong(
        "frequency-per-column",
        "when every column j has a frequency of its own, base^(−j/d_model)",
        lambda d: -(np.arange(d) / d),
    ),
    _wrong(
        "frequency-per-column",
        "when every column j has a frequency of its own, base^(−2j/d_model)",
        lambda d: -(2 * np.arange(d) / d),
    ),
    _wrong(
        "base-inverted",
        "when the exponent lacks its minus and frequencies grow",
        lambda d: 2 * _pairs(d) / d,
    ),
    _wrong(
        "floors-exponent",
        "when the exponent is rounded down to 0 and every frequency is 1",
        np.zeros,
    ),
    _wrong(
        "timescales-minus-one",
        "when the exponent is −i/(d_model/2 − 1), so that the last frequency is exactly 1/base",
        lambda d: -(_pairs(d) / max(d // 2 - 1, 1)),
    ),
    Mistake(
        "ignores-base",
        "when the base is always 10000",
        "use the argument `base`; 10000 is only its default",
        {"frequency": lambda d_model, base: frequency(d_model, 10000.0)},
    ),
)
