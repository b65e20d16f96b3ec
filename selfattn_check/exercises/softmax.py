"""Exercise: turn scores into shares, along any axis."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.distributions import softmax as blueprint
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.masked_softmax import READY_MADE_SOFTMAX
from selfattn_check.mistakes.sharing import SHARING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import softmax

__all__ = ["SOFTMAX"]

Draw = dict[str, np.ndarray | int]

STATEMENT = r"""
Turn scores into shares: positive numbers that sum to 1 along one axis. For one slice $x$ of $n$ scores,

$$p_i = \frac{e^{x_i - c}}{\sum_{j=1}^{n} e^{x_j - c}}, \qquad c = \max_j x_j .$$

Every slice along `axis` is treated on its own, with its own $c$, which cancels and keeps the exponentials from
overflowing. A score of $-\infty$ gets the share 0; every slice holds at least one finite score.

| argument | meaning |
|---|---|
| `x` | floats with at least one axis, finite or $-\infty$ |
| `axis` | integer, the axis along which the shares sum to 1; negative values count from the end |
| returns | new array of the shape and dtype of `x` |

```python
>>> import numpy as np
>>> x = np.log([[1.0, 3.0, 4.0],
...             [3.0, 1.0, 4.0]])
>>> softmax(x).round(3)                # rows sum to 1
array([[0.125, 0.375, 0.5  ],
       [0.375, 0.125, 0.5  ]])
>>> softmax(x, axis=0).round(3)        # columns sum to 1
array([[0.25, 0.75, 0.5 ],
       [0.75, 0.25, 0.5 ]])
>>> softmax(np.array([1000.0, 1000.0, -np.inf])).tolist()
[0.5, 0.5, 0.0]

```
"""

HINTS = (
    "Which shapes do the largest scores and the sums have, and do they line up with `x`, whatever `axis` is? "
    "Maximum and sum both run along `axis`.",
    "With `keepdims=True` the maximum of a `(2, 3)` array along axis 0 has shape `(1, 3)` and lines up with it again; "
    "without, it lines up only by luck.",
    "`e = np.exp(x - x.max(axis=axis, keepdims=True))`, then divide `e` by `e.sum(axis=axis, keepdims=True)`.",
)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"x": np.log([1.0, 3.0, 4.0])}


def _batched(rng: np.random.Generator) -> Draw:
    return {"x": rng.normal(size=(2, 3, 5, 7))}


def _square(rng: np.random.Generator) -> Draw:
    return {"x": rng.normal(size=(5, 5))}


def _columns(rng: np.random.Generator) -> Draw:
    return {"x": rng.normal(size=(6, 6)), "axis": 0}


def _middle(rng: np.random.Generator) -> Draw:
    return {"x": rng.normal(size=(2, 5, 3)), "axis": 1}


def _from_the_end(rng: np.random.Generator) -> Draw:
    return {"x": rng.normal(size=(2, 3, 4, 5)), "axis": -3}


def _float32(rng: np.random.Generator) -> Draw:
    return {"x": strided(rng.normal(size=(4, 3)).astype(np.float32)), "axis": 0}


def _read_only(rng: np.random.Generator) -> Draw:
    return {"x": read_only(rng.normal(size=(3, 5)))}


def _large(rng: np.random.Generator) -> Draw:
    return {"x": 800 + rng.normal(size=(3, 5))}


def _low(rng: np.random.Generator) -> Draw:
    return {"x": rng.normal(size=(5, 2)) - 900, "axis": 0}


def _apart(rng: np.random.Generator) -> Draw:
    return {"x": np.array([900.0, 0.0, -900.0, 40.0]) + rng.normal(size=(3, 4)), "axis": 0}


def _wide(rng: np.random.Generator) -> Draw:
    levels = np.repeat([[0.0, 1600.0, 1600.0, -1600.0]], 3, axis=0)
    return {"x": rng.permuted(levels, axis=1) + rng.normal(size=(3, 4))}


def _infinite(rng: np.random.Generator) -> Draw:
    x = rng.normal(size=(3, 4))
    x[[0, 0, 1, 2, 2, 2], [1, 2, 0, 0, 1, 3]] = -np.inf
    return {"x": x}


PROBES = (
    Probe("by hand", "exponentials 1 : 3 : 4, a single slice: you can check it on paper", _by_hand),
    Probe("batched", "four axes of different lengths, shares along the last", _batched),
    Probe("square", "as many slices as entries: a lost axis raises nothing here", _square),
    Probe("columns", "shares along axis 0 of a square array", _columns, part="axis"),
    Probe("middle", "shares along the middle one of three axes", _middle, part="axis"),
    Probe("from the end", "a negative axis that is not the last", _from_the_end, part="axis"),
    Probe("float32", "float32 in, float32 out, from memory with gaps, along axis 0", _float32, part="axis"),
    Probe("read-only", "an input that must not be written to", _read_only),
    Probe("large", "scores near 800, whose exponential overflows", _large, part="stability"),
    Probe("low", "scores near −900, whose exponentials are all rounded to 0", _low, part="stability"),
    Probe("apart", "slices that lie 900 apart, so that each needs its own maximum", _apart, part="stability"),
    Probe("wide", "scores 1600 above and below the others in one slice", _wide, part="stability"),
    Probe("minus infinity", "entries of −∞, up to all but one in a slice", _infinite, part="stability"),
)

SOFTMAX = Exercise(
    id="softmax",
    assignment="02-concepts",
    chapter=2,
    section="Softmax: from scores to shares",
    anchor="softmax-shares",
    title="Turn scores into shares",
    minutes=10,
    difficulty=1,
    statement=STATEMENT,
    reference=softmax,
    blueprint=blueprint,
    returns=("weights",),
    probes=PROBES,
    mistakes=SHARING,
    hints=HINTS,
    forbidden=READY_MADE_SOFTMAX,
    parts={"values": 1, "axis": 1, "stability": 1},
)
