"""Exercise: give every position its own pattern of waves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.positions import sinusoidal_positions as blueprint
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.mistakes.frequencies import FREQUENCIES
from selfattn_check.probe import Probe
from selfattn_ref import sinusoidal_positions

__all__ = ["SINUSOIDAL_POSITIONS"]

Array = np.ndarray

STATEMENT = r"""
Make a table with a row for each position. Two neighboring columns are a pair: a sine and a cosine of the same
frequency. For positions $t = 0, 1, \dots$ and pairs $i = 0, \dots, d/2 - 1$ of a model of width $d$,

$$P_{t,\,2i} = \sin\frac{t}{b^{2i/d}}, \qquad P_{t,\,2i+1} = \cos\frac{t}{b^{2i/d}} .$$

| argument | meaning |
|---|---|
| `num_positions` | integer, at least 1: rows of the table |
| `d_model` | integer $d$, at least 2, even; an odd one raises `ValueError`, whatever its text |
| `base` | number $b > 1$ |
| returns | new array `(num_positions, d_model)` of float64 |

```python
>>> sinusoidal_positions(3, 4).round(4)
array([[ 0.    ,  1.    ,  0.    ,  1.    ],
       [ 0.8415,  0.5403,  0.01  ,  1.    ],
       [ 0.9093, -0.4161,  0.02  ,  0.9998]])
>>> sinusoidal_positions(2, 5)
Traceback (most recent call last):
    ...
ValueError: d_model must be even, got 5

```
"""

HINTS = (
    "There are `d_model / 2` frequencies, not `d_model`. Angles are positions as a column times frequencies as a row.",
    "`np.arange(0, d_model, 2)` is already $2i$: the frequencies are `base ** -(np.arange(0, d_model, 2) / d_model)`. "
    "Sines go to columns 0, 2, 4, …, cosines to 1, 3, 5, ….",
    "After `if d_model % 2: raise ValueError(...)`: `angles = np.arange(num_positions)[:, None] * frequencies`, an "
    "empty table `(num_positions, d_model)`, then `table[:, 0::2] = np.sin(angles)` and "
    "`table[:, 1::2] = np.cos(angles)`.",
)


def _sized(num_positions: int, d_model: int, base: float | None = None) -> Callable[..., dict[str, Any]]:
    sizes = {"num_positions": num_positions, "d_model": d_model}
    return lambda rng: sizes if base is None else {**sizes, "base": base}


def _drawn(rng: np.random.Generator) -> dict[str, Any]:
    num_positions, pairs = rng.integers(3, 40, size=2).tolist()
    return {"num_positions": num_positions, "d_model": 2 * pairs, "base": round(rng.uniform(50, 5000), 1)}


PROBES = (
    Probe("by hand", "three positions of width 4: frequencies 1 and 1/100", _sized(3, 4)),
    Probe("wide", "five positions of width 14", _sized(5, 14)),
    Probe("square", "as many positions as features: a transposed table has the same shape", _sized(8, 8)),
    Probe("one pair", "width 2: a single frequency, which is 1", _sized(6, 2)),
    Probe("one position", "position 0 alone: sines are 0, cosines 1", _sized(1, 6)),
    Probe("far", "3000 positions: small errors in the frequencies have grown", _sized(3000, 6)),
    Probe("base", "another base", _sized(7, 10, 50.0)),
    Probe("whole base", "the base as an integer", _sized(4, 6, 100)),
    Probe("drawn", "sizes and a base that nobody knows beforehand", _drawn),
    Probe("odd", "an odd width is a ValueError", _sized(3, 5), raises=ValueError),
)


def _columns(d_model: int) -> Array:
    """Columns of sines, then columns of cosines."""
    return np.concatenate([np.arange(0, d_model, 2), np.arange(1, d_model, 2)])


def _where_odd(even: Any, odd: Any) -> Callable[[Array], Array]:
    return lambda angles: np.where(np.arange(angles.shape[1]) % 2 == 1, odd(angles), even(angles))


_TURNS = "sine in even columns 0, 2, …, cosine in odd ones"

MISTAKES = (
    *FREQUENCIES,
    Mistake("sine-cosine-swapped", "when sine and cosine are exchanged", _TURNS, {"wave": _where_odd(np.cos, np.sin)}),
    Mistake("sine-only", "when every column is a sine", _TURNS, {"wave": np.sin}),
    Mistake("sine-only", "when every column is a cosine", _TURNS, {"wave": np.cos}),
    Mistake(
        "concatenated-halves",
        "when all sines come first and all cosines after them",
        "alternate: `table[:, 0::2]` are the sines, `table[:, 1::2]` the cosines",
        {"lay": lambda table: table[:, _columns(table.shape[1])]},
    ),
    Mistake(
        "positions-from-one",
        "when positions are counted from 1",
        "the first position is 0: `np.arange(num_positions)`",
        {"places": lambda num_positions: np.arange(1, num_positions + 1)},
    ),
    Mistake(
        "positions-transposed",
        "when rows are features and columns positions",
        "one row for each position: positions as a column times frequencies as a row",
        {"lay": lambda table: table.T},
    ),
    Mistake(
        "odd-width-accepted",
        "when an odd d_model is not refused",
        "begin with `if d_model % 2: raise ValueError(...)`",
        {"accept": lambda d_model: None},
    ),
)

SINUSOIDAL_POSITIONS = Exercise(
    id="sinusoidal_positions",
    assignment="02-concepts",
    chapter=2,
    section="Sinusoidal positions: a pattern for every place",
    anchor="sinusoidal",
    title="Give every position a pattern of waves",
    minutes=15,
    difficulty=1,
    statement=STATEMENT,
    reference=sinusoidal_positions,
    blueprint=blueprint,
    returns=("positions",),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
