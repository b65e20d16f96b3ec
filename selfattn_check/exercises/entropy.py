"""Exercise: how widely do weights spread?"""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.distributions import entropy as blueprint
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.spread import SPREAD
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import entropy

__all__ = ["ENTROPY"]

Draw = dict[str, np.ndarray | int]

STATEMENT = r"""
Measure how widely a distribution spreads, in nats:

$$H(p) = -\sum_{i=1}^{n} p_i \log p_i, \qquad 0 \log 0 = 0,$$

with the natural logarithm. $H$ is 0 where one entry has everything and $\log n$ where all $n$ have the same.

| argument | meaning |
|---|---|
| `p` | floats with at least one axis: shares, not negative, that sum to 1 along `axis`; some may be exactly 0 |
| `axis` | integer, the axis along which the shares sum to 1; negative values count from the end |
| returns | nats, in the dtype of `p` and in its shape without that axis; for one distribution a number |

Add nothing to the shares: the value at 0 is a limit, and it is exactly 0.

```python
>>> import numpy as np
>>> p = np.array([[0.5, 0.25, 0.25],
...               [1.0, 0.0, 0.0]])
>>> entropy(p).round(4).tolist()       # 1.5 · log 2, and 0
[1.0397, 0.0]
>>> float(entropy(np.array([0.25, 0.75])).round(4))
0.5623

```
"""

HINTS = (
    "Multiply each share by its logarithm and sum along `axis`; the sum is negative. Then look at a share of 0.",
    "`np.log(0.0)` is −∞, and 0 · (−∞) is NaN. `np.where(p == 0, 1, p)` gives the logarithm something harmless: "
    "log 1 = 0, and the factor p is 0 there anyway.",
    "`-(p * np.log(np.where(p == 0, 1, p))).sum(axis=axis)`, without `keepdims`. "
    "Mind the dtype: `np.where(p == 0, 1.0, p)` keeps float32.",
)


def shares(rng: np.random.Generator, *shape: int, axis: int = -1, zeros: bool = False) -> np.ndarray:
    """Random shares that sum to 1 along an axis, about a third of them 0 if asked for."""
    raw = rng.exponential(size=shape) + 0.01
    if zeros:
        raw = np.where(rng.random(shape) < 0.3, 0.0, raw)
        first: list[slice | int] = [slice(None)] * len(shape)
        first[axis], second = 0, first.copy()
        second[axis] = 1
        raw[tuple(first)], raw[tuple(second)] = 1.0, 0.0  # a slice is never empty, and never without a zero
    return raw / raw.sum(axis=axis, keepdims=True)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"p": np.array([0.5, 0.25, 0.25])}


def _equal(rng: np.random.Generator) -> Draw:
    return {"p": np.full((2, 5), 0.2)}


def _batched(rng: np.random.Generator) -> Draw:
    return {"p": shares(rng, 2, 3, 5, 7)}


def _square(rng: np.random.Generator) -> Draw:
    return {"p": shares(rng, 4, 4)}


def _columns(rng: np.random.Generator) -> Draw:
    return {"p": shares(rng, 4, 4, axis=0), "axis": 0}


def _middle(rng: np.random.Generator) -> Draw:
    return {"p": shares(rng, 2, 5, 3, axis=1), "axis": 1}


def _from_the_end(rng: np.random.Generator) -> Draw:
    return {"p": shares(rng, 2, 3, 4, 5, axis=1), "axis": -3}


def _float32(rng: np.random.Generator) -> Draw:
    return {"p": strided(shares(rng, 3, 6, zeros=True).astype(np.float32))}


def _read_only(rng: np.random.Generator) -> Draw:
    return {"p": read_only(shares(rng, 3, 5))}


def _certain(rng: np.random.Generator) -> Draw:
    return {"p": np.eye(4)[:3]}


def _with_zeros(rng: np.random.Generator) -> Draw:
    return {"p": shares(rng, 6, 5, axis=0, zeros=True), "axis": 0}


PROBES = (
    Probe("by hand", "a half and two quarters: 1.5 · log 2, which you can check on paper", _by_hand),
    Probe("equal", "five equal shares: log 5", _equal),
    Probe("batched", "four axes of different lengths", _batched),
    Probe("square", "as many slices as entries: a wrong axis keeps the shape", _square),
    Probe("columns", "shares along axis 0 of a square array", _columns),
    Probe("middle", "shares along the middle one of three axes", _middle),
    Probe("from the end", "a negative axis that is not the last", _from_the_end),
    Probe("read-only", "an input that must not be written to", _read_only),
    Probe("certain", "one share of 1, the others exactly 0: the entropy is 0", _certain, part="zeros"),
    Probe("with zeros", "about a third of the shares are 0, along axis 0", _with_zeros, part="zeros"),
    Probe("float32", "float32 in, float32 out, with zeros, from memory with gaps", _float32, part="zeros"),
)

ENTROPY = Exercise(
    id="entropy",
    assignment="02-concepts",
    chapter=2,
    section="Weights are a distribution: entropy and temperature",
    anchor="entropy-of-weights",
    title="Measure how widely weights spread",
    minutes=10,
    difficulty=1,
    statement=STATEMENT,
    reference=entropy,
    blueprint=blueprint,
    returns=("entropy",),
    probes=PROBES,
    mistakes=SPREAD,
    hints=HINTS,
    forbidden=(
        "selfattn_ref.*",
        "scipy.stats.entropy",
        "torch.special.entr",
        "torch.distributions.Categorical",
    ),
    parts={"values": 1, "zeros": 1},
)
