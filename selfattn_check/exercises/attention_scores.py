"""Exercise: compare every query with every key."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.attention import scores
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.mistakes.scaling import COMPARING, SCALING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import attention_scores

__all__ = ["ATTENTION_SCORES"]

Draw = dict[str, np.ndarray]

STATEMENT = r"""
A score says how well a query matches a key: their dot product, divided by the root of their width.

$$S = \frac{Q K^\top}{\sqrt{d_k}}, \qquad S_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_k}}$$

| array | shape |
|---|---|
| `q` | `(..., q_len, head_dim)` |
| `k` | `(..., k_len, head_dim)` |
| returns | `(..., q_len, k_len)`, in the dtype of the inputs |

`...` stands for any number of batch axes. $d_k$ is `head_dim`, the number of features of one query.

```python
>>> import numpy as np
>>> q = np.array([[2.0, 0.0, 0.0, 0.0]])             # one query of 4 features, so √d_k = 2
>>> k = np.array([[3.0, 0.0, 0.0, 0.0],              # a key in the same direction
...               [0.0, 5.0, 0.0, 0.0],              # at a right angle
...               [-1.0, 0.0, 0.0, 0.0]])            # in the opposite direction
>>> attention_scores(q, k)
array([[ 3.,  0., -1.]])

```
"""

HINTS = (
    "A dot product of every row of one matrix with every row of another is one matrix product. "
    "Which of the two must be transposed, so that features meet features?",
    "Write the shapes: `(..., q_len, head_dim) @ (..., head_dim, k_len)` gives `(..., q_len, k_len)`. "
    "`np.swapaxes(k, -1, -2)` transposes the last two axes and leaves batch axes alone; `k.T` reverses all of them.",
    "`q @ np.swapaxes(k, -1, -2)`, divided by the root of `q.shape[-1]`. "
    "Take the root with `math.sqrt` or `** 0.5`: `np.sqrt` of an integer is a float64 and would widen float32 scores.",
)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"q": np.array([[2.0, 0.0, 0.0, 0.0]]), "k": np.array([[3.0, 0.0, 0.0, 0.0], [0.0, 5.0, 0.0, 0.0]])}


def _batched(rng: np.random.Generator) -> Draw:
    return {"q": rng.normal(size=(2, 3, 5, 4)), "k": rng.normal(size=(2, 3, 7, 4))}


def _square(rng: np.random.Generator) -> Draw:
    return {"q": rng.normal(size=(6, 6)), "k": rng.normal(size=(6, 6))}


def _wide(rng: np.random.Generator) -> Draw:
    return {"q": rng.normal(size=(3, 64)), "k": rng.normal(size=(2, 64))}


def _shared_keys(rng: np.random.Generator) -> Draw:
    return {"q": rng.normal(size=(3, 2, 5)), "k": rng.normal(size=(4, 5))}


def _float32(rng: np.random.Generator) -> Draw:
    q, k = (rng.normal(size=size).astype(np.float32) for size in ((2, 5, 3), (2, 4, 3)))
    return {"q": strided(q), "k": k}


def _read_only(rng: np.random.Generator) -> Draw:
    return {"q": read_only(rng.normal(size=(3, 2))), "k": read_only(rng.normal(size=(4, 2)))}


PROBES = (
    Probe("by hand", "two keys, √d_k = 2: you can check it on paper", _by_hand),
    Probe("batched", "two batch axes and four sizes that are all different", _batched),
    Probe("square", "as many queries as keys as features: a missing transpose raises nothing here", _square),
    Probe("wide", "64 features: scores without the right scale are far off", _wide),
    Probe("shared keys", "one set of keys for a batch of queries", _shared_keys),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs that must not be written to", _read_only),
)

MISTAKES = (
    *SCALING,
    *COMPARING,
    Mistake(
        "softmax-too-early",
        "when the softmax is applied already",
        "return the scores; the softmax is the next exercise",
        {"scale": lambda raw, q, k: _softmax(raw / q.shape[-1] ** 0.5)},
    ),
)


def _softmax(scores: np.ndarray) -> np.ndarray:
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


ATTENTION_SCORES = Exercise(
    id="attention_scores",
    assignment="03a-attention",
    chapter=3,
    section="Scores: how well a query matches a key",
    anchor="scores",
    title="Compare every query with every key",
    minutes=8,
    difficulty=1,
    statement=STATEMENT,
    reference=attention_scores,
    blueprint=scores,
    returns=("scores",),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
