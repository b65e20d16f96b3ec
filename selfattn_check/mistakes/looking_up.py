"""Mistakes in a soft look-up: what is compared, what the temperature does, and what is blended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.normalizing import NORMALIZING

__all__ = ["BLENDING", "COMPARING", "COOLING", "NORMALIZING_ONE_ROW"]

Array = np.ndarray


def _compared(code: str, note: str, help_line: str, compare: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, {"compare": compare})


def _cosine(query: Array, keys: Array, values: Array) -> Array:
    return keys @ query / np.linalg.norm(keys, axis=-1) / np.linalg.norm(query)


def _squared_distances(query: Array, keys: Array, values: Array) -> Array:
    return np.square(keys - query).sum(axis=-1)


def _distances(query: Array, keys: Array, values: Array) -> Array:
    return np.sqrt(_squared_distances(query, keys, values))


_DOT = "compare by the plain dot product: `keys @ query`"

COMPARING = (
    _compared(
        "sums-wrong-axis",
        "when `query @ keys` sums over the entries instead of the features",
        "one score for each key: `keys @ query`, (n, d) @ (d,) gives (n,)",
        lambda query, keys, values: query @ keys,
    ),
    Mistake(
        "swaps-keys-and-values",
        "when the query is compared with the values and the keys are blended",
        "compare with the keys, blend the values",
        {"compare": lambda query, keys, values: values @ query, "mix": lambda weights, keys, *_: weights @ keys},
    ),
    _compared("cosine-scores", "when query and keys are scaled to length 1 first", _DOT, _cosine),
    _compared("distance-scores", "when the scores are minus the distances", _DOT, lambda *all_: -_distances(*all_)),
    _compared(
        "distance-scores",
        "when the scores are minus the squared distances",
        _DOT,
        lambda *all_: -_squared_distances(*all_),
    ),
    _compared("distance-scores", "when the farthest key has the largest score", _DOT, _distances),
)


def _cooled(code: str, note: str, help_line: str, scale: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, {"scale": scale})


_ONLY_TEMPERATURE = "divide by the temperature alone: this look-up has no 1/√d"
_DIVIDE = "divide the scores by the temperature, before the softmax: cold means sharp"

COOLING = (
    _cooled(
        "unasked-scale",
        "when the scores are divided by √d as well",
        _ONLY_TEMPERATURE,
        lambda scores, query, temperature: scores / (query.shape[-1] ** 0.5 * temperature),
    ),
    _cooled(
        "unasked-scale",
        "when the scores are divided by d as well",
        _ONLY_TEMPERATURE,
        lambda scores, query, temperature: scores / (query.shape[-1] * temperature),
    ),
    _cooled(
        "unasked-scale",
        "when the scores are divided by √d instead of the temperature",
        _ONLY_TEMPERATURE,
        lambda scores, query, temperature: scores / query.shape[-1] ** 0.5,
    ),
    _cooled(
        "temperature-inverted",
        "when the scores are multiplied by the temperature",
        _DIVIDE,
        lambda scores, query, temperature: scores * temperature,
    ),
    _cooled(
        "ignores-temperature", "when the temperature is not used", _DIVIDE, lambda scores, query, temperature: scores
    ),
    Mistake(
        "temperature-after-softmax",
        "when the weights are divided by the temperature instead of the scores",
        _DIVIDE,
        {
            "scale": lambda scores, query, temperature: scores,
            "mix": lambda weights, keys, values, temperature: weights / temperature @ values,
        },
    ),
)

# Divided by the largest, a single row of exponentials is what it is undivided, if the maximum was subtracted.
_SHARED = ("no-max-subtraction", "double-softmax", "missing-normalization", "hard-maximum")

NORMALIZING_ONE_ROW = (
    *(mistake for mistake in NORMALIZING if mistake.code in _SHARED),
    Mistake(
        "softmax-over-queries",
        "when the scores are a column and the softmax runs along its rows of one: every weight is 1",
        "normalize over the entries: all n weights together sum to 1",
        {"divide": lambda exponents, totals: np.ones_like(exponents)},
    ),
)


def _mixed(code: str, note: str, help_line: str, mix: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, {"mix": mix})


_BLEND = "sum the values, each times its weight: `weights @ values`"

BLENDING = (
    _mixed("mixes-wrong-values", "when the keys are blended instead of the values", _BLEND, lambda w, k, v, t: w @ k),
    _mixed(
        "averages-values-equally",
        "when the values are averaged and the weights not used",
        _BLEND,
        lambda w, k, v, t: v.mean(axis=0),
    ),
    _mixed(
        "sums-wrong-axis",
        "when `values @ weights` sums over the features instead of the entries",
        _BLEND,
        lambda w, k, v, t: v @ w,
    ),
    _mixed(
        "elementwise-product",
        "when `*` multiplies weights and values entry by entry",
        _BLEND,
        lambda w, k, v, t: w * v,
    ),
    _mixed("missing-sum", "when the weighted values are not summed", _BLEND, lambda w, k, v, t: w[:, None] * v),
    Mistake(
        "returns-weights",
        "when the weights are returned instead of the blend",
        _BLEND,
        {"answer": lambda blend, weights: weights},
    ),
    Mistake(
        "returns-weights",
        "when the weights are returned beside the blend",
        "return the blend alone",
        {"answer": lambda blend, weights: (blend, weights)},
    ),
)
