"""Find the bug: a softmax that was right for one sentence and is wrong for a batch."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.attention import attention
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.exercises.scaled_dot_product_attention import READY_MADE_ATTENTION
from selfattn_check.mistakes.normalizing import NORMALIZING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import repaired_softmax

__all__ = ["REPAIRED_SOFTMAX"]

Draw = dict[str, np.ndarray]

STATEMENT = r"""
`broken_softmax` above was written for one sentence, where it is right, and then given a batch. It raises nothing. But
the weights of a query must sum to 1. Repair one line, so that for every sentence of the batch

$$A_{ij} = \frac{e^{S_{ij}}}{\sum_{m} e^{S_{im}}}, \qquad S = \frac{Q K^\top}{\sqrt{d_k}}, \qquad O = A V .$$

| array | shape |
|---|---|
| `q` | `(batch, q_len, head_dim)` |
| `k` | `(batch, k_len, head_dim)` |
| `v` | `(batch, k_len, value_dim)` |
| returns | `output (batch, q_len, value_dim)` and `weights (batch, q_len, k_len)`, in the dtype of the inputs |

The function `softmax` from the notebook may be used.

```python
>>> import numpy as np
>>> q, k = np.zeros((1, 3, 2)), np.zeros((1, 2, 2))
>>> v = np.array([[[4.0], [8.0]]])
>>> output, weights = repaired_softmax(q, k, v)
>>> weights[0].tolist(), output[0].tolist()
([[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]], [[6.0], [6.0], [6.0]])

```
"""

HINTS = (
    "Write the shape of `scores` beside its line, for one sentence and for a batch. Which axis is number 1 in each?",
    "Over what does a query share out its attention? Count that axis from the end, then batches cannot move it.",
    "The keys are the last axis: `axis=-1`.",
)

_CODES = {
    "softmax-over-queries", "softmax-over-all", "softmax-over-heads", "lost-keepdims", "double-softmax",
    "missing-normalization", "divides-by-largest", "hard-maximum",
}  # fmt: skip


def _normal(rng: np.random.Generator, batch: int, q_len: int, k_len: int, head_dim: int, value_dim: int) -> Draw:
    return {
        "q": rng.normal(size=(batch, q_len, head_dim)),
        "k": rng.normal(size=(batch, k_len, head_dim)),
        "v": rng.normal(size=(batch, k_len, value_dim)),
    }


def _by_hand(rng: np.random.Generator) -> Draw:
    q = np.array([[[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]]])  # √d_k = 2
    k = np.array([[[np.log(3), 0.0, 0.0, 0.0], [0.0, np.log(4), 0.0, 0.0]]])
    return {"q": q, "k": k, "v": np.array([[[4.0, 0.0], [0.0, 4.0]]])}


def _float32(rng: np.random.Generator) -> Draw:
    draw = {name: array.astype(np.float32) for name, array in _normal(rng, 2, 5, 4, 3, 2).items()}
    return {**draw, "k": strided(draw["k"])}


def _read_only(rng: np.random.Generator) -> Draw:
    return {name: read_only(array) for name, array in _normal(rng, 3, 2, 5, 2, 4).items()}


PROBES = (
    Probe("by hand", "one sentence, weights 3/4 and 1/4, 1/5 and 4/5", _by_hand),
    Probe("batched", "two sentences and five sizes that are all different", lambda rng: _normal(rng, 2, 5, 7, 4, 11)),
    Probe("square", "all sizes equal: no axis can be told by its length", lambda rng: _normal(rng, 3, 3, 3, 3, 3)),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs that must not be written to", _read_only),
)

REPAIRED_SOFTMAX = Exercise(
    id="repaired_softmax",
    assignment="04a-derivation",
    chapter=4,
    section="One row at a time",
    anchor="row-by-row",
    title="Find the bug: a batch with odd weights",
    minutes=5,
    difficulty=2,
    statement=STATEMENT,
    reference=repaired_softmax,
    blueprint=attention,
    returns=("output", "weights"),
    probes=PROBES,
    mistakes=(
        *(each for each in NORMALIZING if each.code in _CODES and "second axis" not in each.note),
        Mistake(
            "lost-keepdims",
            "when the sum of the plain exponentials loses its axis",
            "sum with `keepdims=True`, so that each row is divided by its own sum",
            {"peak": lambda scores: 0.0, "floor": lambda largest: largest, "total": lambda e: e.sum(axis=-1)},
        ),
    ),
    hints=HINTS,
    forbidden=READY_MADE_ATTENTION,
    parts={"values": 1},
)
