"""Exercise: a dictionary that answers with a blend."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.lookup import lookup
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.masked_softmax import READY_MADE_SOFTMAX
from selfattn_check.exercises.scaled_dot_product_attention import READY_MADE_ATTENTION
from selfattn_check.mistakes.looking_up import BLENDING, COMPARING, COOLING, NORMALIZING_ONE_ROW
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import soft_lookup

__all__ = ["SOFT_LOOKUP"]

Draw = dict[str, Any]

STATEMENT = r"""
A dictionary returns the value of the one key that is equal. A soft look-up compares the query with *every* key and
returns a blend of all values: the better the match, the larger the share. The temperature $\tau$ says how strict it
is.

$$
s_i = \frac{k_i \cdot q}{\tau}, \qquad
a_i = \frac{e^{s_i}}{\sum_{j=1}^{n} e^{s_j}}, \qquad
\text{blend} = \sum_{i=1}^{n} a_i v_i
$$

| argument | shape or meaning |
|---|---|
| `query` | `(d,)` |
| `keys` | `(n, d)`, at least one |
| `values` | `(n, d_v)` |
| `temperature` | number $\tau > 0$ |
| returns | `(d_v,)`, a new array in the dtype of the inputs |

The arrays are float32 or float64, all three the same, without batch axes. There is no $1/\sqrt d$ here. The result is
right at low temperatures too, where $s_i$ reaches tens of thousands.

```python
>>> import numpy as np
>>> query = np.array([1.0])
>>> keys = np.array([[0.0], [np.log(3.0)]])          # scores 0 and log 3: shares 1/4 and 3/4
>>> values = np.array([[4.0, 0.0], [8.0, 1.0]])
>>> soft_lookup(query, keys, values).round(6)
array([7.  , 0.75])
>>> soft_lookup(query, keys, values, temperature=0.01).round(6)      # cold: the best key alone
array([8., 1.])

```
"""

HINTS = (
    "Three steps: one score for each key, shares of all scores, a sum of the values with these shares. "
    "What is the shape after each?",
    "`keys @ query` has shape `(n,)`. Divide by the temperature, subtract the largest, take `np.exp`, divide by the "
    "sum: still `(n,)`. Subtracting cancels in the shares and keeps the exponential from overflowing.",
    "With `scores = keys @ query / temperature` and `e = np.exp(scores - scores.max())`, the answer is "
    "`e / e.sum() @ values`.",
)


def _entries(rng: np.random.Generator, n: int, d: int, d_v: int) -> Draw:
    return {"query": rng.normal(size=d), "keys": rng.normal(size=(n, d)), "values": rng.normal(size=(n, d_v))}


def _by_hand(rng: np.random.Generator) -> Draw:
    return {
        "query": np.array([1.0]),
        "keys": np.array([[0.0], [np.log(3.0)]]),
        "values": np.array([[4.0, 0.0], [8.0, 1.0]]),
    }


def _plain(rng: np.random.Generator) -> Draw:
    return _entries(rng, 7, 3, 5)


def _warm(rng: np.random.Generator) -> Draw:
    return _entries(rng, 5, 4, 2) | {"temperature": 2.5}


def _cold(rng: np.random.Generator) -> Draw:
    return _entries(rng, 5, 2, 3) | {"temperature": 0.25}


def _square(rng: np.random.Generator) -> Draw:
    return _entries(rng, 4, 4, 4) | {"temperature": 1.5}


def _single(rng: np.random.Generator) -> Draw:
    return _entries(rng, 1, 3, 2) | {"temperature": 0.5}


def _float32(rng: np.random.Generator) -> Draw:
    drawn = {name: value.astype(np.float32) for name, value in _entries(rng, 6, 4, 3).items()}
    return drawn | {"keys": strided(drawn["keys"]), "temperature": 2.0}


def _untouchable(rng: np.random.Generator) -> Draw:
    return {name: read_only(value) for name, value in _entries(rng, 5, 3, 2).items()}


def _icy(rng: np.random.Generator) -> Draw:
    return _entries(rng, 6, 4, 3) | {"temperature": 1e-4}


def _far_below(rng: np.random.Generator) -> Draw:
    keys = np.array([[-1.0, 0.5], [-1.0, 1.0], [-1.0, 2.0], [-2.0, 0.0]])
    return {"query": np.array([2000.0, 1.0]), "keys": keys, "values": rng.normal(size=(4, 3))}


PROBES = (
    Probe("by hand", "shares 1/4 and 3/4, without a temperature: you can check it on paper", _by_hand),
    Probe("plain", "three sizes that are all different", _plain),
    Probe("warm", "a temperature above 1 flattens the shares", _warm),
    Probe("cold", "a temperature below 1 sharpens them", _cold),
    Probe("square", "as many entries as features: a sum over the wrong axis raises nothing here", _square),
    Probe("one entry", "a single entry gets everything, however badly it matches", _single),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs that must not be written to", _untouchable),
    Probe(
        "icy",
        "temperature 0.0001: scores of ten thousand and more, for which plain exponentials overflow",
        _icy,
        "stability",
    ),
    Probe("far below", "all scores near −2000, where every plain exponential is 0", _far_below, "stability"),
)

SOFT_LOOKUP = Exercise(
    id="soft_lookup",
    assignment="01-background",
    chapter=1,
    section="Attention: a dictionary that answers with a blend",
    anchor="soft-lookup",
    title="Look up softly",
    minutes=10,
    difficulty=1,
    statement=STATEMENT,
    reference=soft_lookup,
    blueprint=lookup,
    returns=("blend",),
    probes=PROBES,
    mistakes=(*COMPARING, *COOLING, *NORMALIZING_ONE_ROW, *BLENDING),
    hints=HINTS,
    forbidden=(*READY_MADE_SOFTMAX, *READY_MADE_ATTENTION),
    parts={"values": 2, "stability": 1},
)
