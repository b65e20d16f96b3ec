"""Exercise: the toy with which a learner meets the checks."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.doubling import doubling
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import double

__all__ = ["DOUBLE"]

Array = np.ndarray
Draw = dict[str, Array]

STATEMENT = r"""
Multiply every number of an array by two.

$$y_i = 2 x_i$$

| array | shape |
|---|---|
| `x` | `(...)`: any shape with at least one axis; float32 or float64 |
| returns | the same shape, a **new** array in the dtype of `x` |

`x` itself stays as it is: never change what the caller lends you.

```python
>>> import numpy as np
>>> double(np.array([1.0, -0.5, 0.0]))
array([ 2., -1.,  0.])

```
"""

HINTS = (
    "NumPy does arithmetic on whole arrays: no loop is needed.",
    "`x * 2` makes a new array of the same shape and dtype; `x *= 2` would write into the caller's array.",
    "The whole body is one line: `return 2 * x`.",
)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"x": np.array([1.0, -0.5, 0.0])}


def _matrix(rng: np.random.Generator) -> Draw:
    return {"x": rng.normal(size=(3, 4))}


def _four_axes(rng: np.random.Generator) -> Draw:
    return {"x": rng.normal(size=(2, 1, 3, 5))}


def _float32(rng: np.random.Generator) -> Draw:
    return {"x": strided(rng.normal(size=(4, 3)).astype(np.float32))}


def _read_only(rng: np.random.Generator) -> Draw:
    return {"x": read_only(rng.normal(size=7))}


def _empty(rng: np.random.Generator) -> Draw:
    return {"x": np.empty((0, 3))}


PROBES = (
    Probe("by hand", "three numbers: you can check it on paper", _by_hand),
    Probe("matrix", "two axes, and numbers of both signs", _matrix),
    Probe("four axes", "any shape is asked for", _four_axes),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "an input that must not be written to", _read_only),
    Probe("empty", "no number at all: the shape remains", _empty),
)


def _changed(code: str, note: str, help_line: str, change: object) -> Mistake:
    return Mistake(code, note, help_line, {"change": change})  # type: ignore[dict-item]


def _arranged(code: str, note: str, help_line: str, arrange: object) -> Mistake:
    return Mistake(code, note, help_line, {"arrange": arrange})  # type: ignore[dict-item]


_TIMES_TWO = "multiply by two: `2 * x`"
_EACH_ONCE = "an array is not a list: `2 * x` multiplies each number, it does not repeat them"
_SAME_SHAPE = "the result has the shape of x: `2 * x` keeps it by itself"

MISTAKES = (
    _changed(
        "squares", "when every number is multiplied by itself", "twice x is `2 * x`; `x ** 2` is x · x", np.square
    ),
    _changed("adds-two", "when two is added instead of multiplied", _TIMES_TWO, lambda x: x + 2),
    _changed("wrong-factor", "when the numbers are not changed", _TIMES_TWO, lambda x: x.copy()),
    _changed("wrong-factor", "when every number is halved", _TIMES_TWO, lambda x: x / 2),
    _changed("wrong-factor", "when every number is doubled twice", _TIMES_TWO, lambda x: 4 * x),
    _changed("wrong-factor", "when the sign is turned around as well", _TIMES_TWO, lambda x: -2 * x),
    _changed(
        "doubles-magnitude", "when the sign is lost", "no absolute value: −1 doubled is −2", lambda x: 2 * np.abs(x)
    ),
    _changed(
        "doubles-first-only",
        "when only the first entry, or row, is doubled",
        "double all of x at once: `2 * x`",
        lambda x: np.concatenate([2 * x[:1], x[1:]]),
    ),
    Mistake(
        "repeats-instead",
        "when the numbers are repeated one after the other",
        _EACH_ONCE,
        {"change": lambda x: x, "arrange": lambda x: np.concatenate([x, x])},
    ),
    Mistake(
        "repeats-instead",
        "when every number is repeated beside itself",
        _EACH_ONCE,
        {"change": lambda x: x, "arrange": lambda x: np.repeat(x, 2)},
    ),
    Mistake(
        "repeats-instead",
        "when the array is stacked on itself",
        _EACH_ONCE,
        {"change": lambda x: x, "arrange": lambda x: np.stack([x, x])},
    ),
    _arranged("loses-axes", "when the result is flattened to one axis", _SAME_SHAPE, np.ravel),
    _arranged("loses-axes", "when axes of length 1 are dropped", _SAME_SHAPE, np.squeeze),
    _arranged("loses-axes", "when all numbers are summed", _SAME_SHAPE, np.sum),
    _arranged("loses-axes", "when the numbers are summed along the last axis", _SAME_SHAPE, lambda x: x.sum(axis=-1)),
)

DOUBLE = Exercise(
    id="double",
    assignment="00-start",
    chapter=0,
    section="How a check talks",
    anchor="how-a-check-talks",
    title="Double every number",
    minutes=3,
    difficulty=1,
    statement=STATEMENT,
    reference=double,
    blueprint=doubling,
    returns=("doubled",),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 1},
)
