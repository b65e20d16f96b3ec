"""Exercise: turn scores into weights, giving hidden keys nothing."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.attention import weights
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.hiding import HIDING
from selfattn_check.mistakes.normalizing import NORMALIZING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import masked_softmax

__all__ = ["MASKED_SOFTMAX", "READY_MADE_SOFTMAX"]

Draw = dict[str, np.ndarray]

READY_MADE_SOFTMAX = (
    "selfattn_ref.*",
    "scipy.special.softmax",
    "scipy.special.log_softmax",
    "sklearn.utils.extmath.softmax",
    "torch.softmax",
    "torch.log_softmax",
    "jax.nn.softmax",
)

STATEMENT = r"""
Turn each query's scores into weights: positive numbers that sum to 1 over the keys it may see. A hidden key gets
exactly 0, however large its score is.

$$A_{ij} = \frac{M_{ij}\, e^{S_{ij} - c_i}}{\sum_{j'} M_{ij'}\, e^{S_{ij'} - c_i}},
\qquad c_i = \max_{j:\, M_{ij}} S_{ij}$$

$c_i$, the largest permitted score of row $i$, cancels; subtracting it keeps the exponentials from overflowing.

| array | shape |
|---|---|
| `scores` | `(..., q_len, k_len)`, finite |
| `mask` | boolean, broadcastable to the scores; True = may attend. `None`: every key may be seen |
| returns | a new array of the shape and dtype of `scores` |

A query that may see no key at all gets weights 0, not NaN.

```python
>>> import numpy as np
>>> scores = np.log([[1.0, 3.0, 4.0],
...                  [1.0, 3.0, 4.0]])
>>> mask = np.array([[True, True, False],
...                  [False, False, False]])
>>> masked_softmax(scores).round(3)
array([[0.125, 0.375, 0.5  ],
       [0.125, 0.375, 0.5  ]])
>>> masked_softmax(scores, mask).round(3)
array([[0.25, 0.75, 0.  ],
       [0.  , 0.  , 0.  ]])

```
"""

HINTS = (
    "Do it in three steps: choose what each hidden score becomes so that its exponential is exactly 0; "
    "subtract each row's maximum; divide each row by its sum. Then look at the row in which everything is hidden.",
    "`np.where(mask, scores, -np.inf)` selects. Take maximum and sum along `axis=-1` with `keepdims=True`. "
    "In a row that is all −inf, −inf − (−inf) is NaN: replace that maximum by 0 first, and a sum of 0 by 1.",
    "`largest = np.where(np.isneginf(largest), 0, largest)`, then `exponents = np.exp(scores - largest)`, "
    "`total = exponents.sum(axis=-1, keepdims=True)`, and `exponents / np.where(total == 0, 1, total)`.",
)


def visible_somewhere(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """A random mask in which every row and every column has a permitted entry."""
    mask = rng.random(shape) < 0.5
    rows, columns = shape[-2:]
    mask[..., np.arange(rows), np.arange(rows) % columns] = True
    mask[..., np.arange(columns) % rows, np.arange(columns)] = True
    return mask


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"scores": np.log([[1.0, 3.0, 4.0], [2.0, 2.0, 4.0]])}


def _batched(rng: np.random.Generator) -> Draw:
    return {"scores": rng.normal(size=(2, 3, 5, 7))}


def _square(rng: np.random.Generator) -> Draw:
    return {"scores": rng.normal(size=(6, 6))}


def _float32(rng: np.random.Generator) -> Draw:
    return {"scores": strided(rng.normal(size=(2, 4, 3)).astype(np.float32)), "mask": visible_somewhere(rng, 4, 3)}


def _read_only(rng: np.random.Generator) -> Draw:
    return {"scores": read_only(rng.normal(size=(3, 5))), "mask": read_only(visible_somewhere(rng, 3, 5))}


def _masked(rng: np.random.Generator) -> Draw:
    return {"scores": rng.normal(size=(2, 3, 5, 7)), "mask": visible_somewhere(rng, 5, 7)}


def _padding(rng: np.random.Generator) -> Draw:
    mask = np.arange(6) < np.array([4, 6, 1])[:, None, None]  # (batch, 1, k_len)
    return {"scores": rng.normal(size=(3, 4, 6)), "mask": mask}


def _one_visible(rng: np.random.Generator) -> Draw:
    return {"scores": rng.normal(size=(4, 4)), "mask": np.eye(4, dtype=bool)[:, ::-1]}


def _empty_row(rng: np.random.Generator) -> Draw:
    mask = visible_somewhere(rng, 4, 5)
    mask[1] = False
    return {"scores": rng.normal(size=(2, 4, 5)), "mask": mask}


def _large(rng: np.random.Generator) -> Draw:
    return {"scores": 800 + rng.normal(size=(3, 5))}


def _rows_apart(rng: np.random.Generator) -> Draw:
    return {"scores": np.array([900.0, 0.0, -900.0, 40.0])[:, None] + rng.normal(size=(4, 3))}


def _large_hidden(rng: np.random.Generator) -> Draw:
    mask = visible_somewhere(rng, 4, 6)
    return {"scores": np.where(mask, 0.0, 5000.0) + rng.normal(size=(4, 6)), "mask": mask}


def _deep(rng: np.random.Generator) -> Draw:
    mask = np.array([[False, True, True, True], [True, False, True, True], [True, True, False, False]])
    depth = np.array([-3e2, -3e5, -3e9])[:, None]
    levels = depth * (1 + 1e-5 * rng.permuted(np.tile(np.arange(4.0), (3, 1)), axis=1))
    return {"scores": np.where(mask, levels, [0.0, 0.0, 0.0, 1.0]), "mask": mask}


PROBES = (
    Probe("by hand", "exponentials 1 : 3 : 4 and 2 : 2 : 4: you can check it on paper", _by_hand),
    Probe("batched", "two batch axes and four sizes that are all different", _batched),
    Probe("square", "as many queries as keys: a lost axis raises nothing here", _square),
    Probe("float32", "float32 in, float32 out, from memory with gaps, with a mask", _float32),
    Probe("read-only", "inputs that must not be written to", _read_only),
    Probe("masked", "one mask for a whole batch", _masked, part="masks"),
    Probe("padding", "a mask (batch, 1, k_len) that broadcasts over the queries", _padding, part="masks"),
    Probe("one visible", "a single permitted key takes all the weight", _one_visible, part="masks"),
    Probe("empty row", "the second query may see no key", _empty_row, part="masks"),
    Probe("large", "scores near 800, whose exponential overflows", _large, part="stability"),
    Probe("rows apart", "rows that lie 900 apart, so that each needs its own maximum", _rows_apart, part="stability"),
    Probe("large hidden", "hidden scores far above the permitted ones", _large_hidden, part="stability"),
    Probe(
        "deep",
        "permitted scores near −300, −3e5 and −3e9, below any stand-in for −inf",
        _deep,
        part="stability",
    ),
)

MASKED_SOFTMAX = Exercise(
    id="masked_softmax",
    assignment="03a-attention",
    chapter=3,
    section="Softmax under a mask",
    anchor="masked-softmax",
    title="Turn scores into weights",
    minutes=15,
    difficulty=2,
    statement=STATEMENT,
    reference=masked_softmax,
    blueprint=weights,
    returns=("weights",),
    probes=PROBES,
    mistakes=(*NORMALIZING, *HIDING),
    hints=HINTS,
    forbidden=READY_MADE_SOFTMAX,
    parts={"values": 2, "masks": 2, "stability": 1},
)
