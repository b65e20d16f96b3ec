"""Exercise: three roles for every token."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.projection import projection
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.projecting import ADJUSTING, ANSWERING, CHAINING, CHOOSING, MULTIPLYING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import project_qkv

__all__ = ["PROJECT_QKV"]

Array = np.ndarray
Draw = dict[str, Array]

STATEMENT = r"""
Every token plays three roles: as a query it asks, as a key it says what it offers, as a value it hands something
over. Each role is a linear projection of the same token, with a matrix of its own.

$$Q = X W_Q, \qquad K = X W_K, \qquad V = X W_V$$

| array | shape |
|---|---|
| `x` | `(..., seq_len, d_model)` |
| `w_q`, `w_k` | `(d_model, d_k)` |
| `w_v` | `(d_model, d_v)` |
| returns `(q, k, v)` | `(..., seq_len, d_k)`, `(..., seq_len, d_k)`, `(..., seq_len, d_v)` |

All inputs have one dtype, float32 or float64; the results are three new arrays of that dtype, in a tuple.
`...` stands for any number of batch axes. There is no bias and no scale.

```python
>>> import numpy as np
>>> x = np.array([[1.0, 2.0]])                       # one token of 2 features
>>> w_q = np.array([[1.0, 0.0], [0.0, 1.0]])         # asks for what it is
>>> w_k = np.array([[0.0, 1.0], [1.0, 0.0]])         # offers its features swapped
>>> w_v = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
>>> q, k, v = project_qkv(x, w_q, w_k, w_v)
>>> q, k, v
(array([[1., 2.]]), array([[2., 1.]]), array([[1., 2., 3.]]))

```
"""

HINTS = (
    "Three matrix products of the same x. On which side of x does each matrix stand, so that features meet features?",
    "Write the shapes: `(..., seq_len, d_model) @ (d_model, d_k)` gives `(..., seq_len, d_k)`. "
    "`@` leaves batch axes alone: no loop, no transpose, no reshape.",
    "`q = x @ w_q`, then k and v in the same way, each with its own weights; `return q, k, v`.",
)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {
        "x": np.array([[1.0, 2.0]]),
        "w_q": np.array([[1.0, 0.0], [0.0, 1.0]]),
        "w_k": np.array([[0.0, 1.0], [3.0, 0.0]]),
        "w_v": np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]),
    }


def _drawn(rng: np.random.Generator, x: tuple[int, ...], d_k: int, d_v: int) -> Draw:
    d_model = x[-1]
    sizes = {"x": x, "w_q": (d_model, d_k), "w_k": (d_model, d_k), "w_v": (d_model, d_v)}
    return {name: rng.normal(size=size) for name, size in sizes.items()}


def _plain(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (5, 4), 3, 7)


def _batched(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (2, 3, 5, 4), 7, 6)


def _square(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (4, 4), 4, 4)


def _square_batch(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (3, 3, 3), 3, 3)


def _one_token(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (2, 1, 6), 1, 1)


def _float32(rng: np.random.Generator) -> Draw:
    drawn = {name: value.astype(np.float32) for name, value in _drawn(rng, (2, 4, 5), 3, 2).items()}
    return drawn | {"x": strided(drawn["x"])}


def _untouchable(rng: np.random.Generator) -> Draw:
    return {name: read_only(value) for name, value in _drawn(rng, (3, 5), 5, 5).items()}


PROBES = (
    Probe("by hand", "one token of two features: you can check it on paper", _by_hand),
    Probe("one sequence", "five tokens and four sizes that are all different", _plain),
    Probe("batched", "two batch axes", _batched),
    Probe("square", "all sizes equal: a transposed weight raises nothing here", _square),
    Probe("square batch", "all sizes equal, the batch too", _square_batch),
    Probe("one token", "sequences of one token, projected to one feature", _one_token),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs that must not be written to", _untouchable),
)

PROJECT_QKV = Exercise(
    id="project_qkv",
    assignment="03a-attention",
    chapter=3,
    section="Three roles: query, key, value",
    anchor="roles",
    title="Give every token three roles",
    minutes=6,
    difficulty=1,
    statement=STATEMENT,
    reference=project_qkv,
    blueprint=projection,
    returns=("q", "k", "v"),
    probes=PROBES,
    mistakes=(*MULTIPLYING, *CHOOSING, *CHAINING, *ADJUSTING, *ANSWERING),
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
