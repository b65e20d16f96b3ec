"""Exercise: the way back through a softmax."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.gradients import softmax_gradient
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.numerical_gradient import READY_MADE_GRADIENTS
from selfattn_check.mistakes.softmax_slopes import ARGUMENTS, SOFTMAX_SLOPES
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import softmax_backward

__all__ = ["SOFTMAX_BACKWARD"]

Array = np.ndarray
Draw = dict[str, Array]

STATEMENT = r"""
A softmax turned scores $s$ into weights $p$. A loss $L$ says how it changes with the weights: `grad_p` holds
$\partial L / \partial p_j$. How does it change with the scores? Every score moves every weight of its row,
$\partial p_j / \partial s_i = p_j (\delta_{ij} - p_i)$, and the sum over $j$ needs no matrix:

$$\frac{\partial L}{\partial s_i}
= \sum_j \frac{\partial L}{\partial p_j} \, \frac{\partial p_j}{\partial s_i}
= p_i \left( \frac{\partial L}{\partial p_i} - \sum_j \frac{\partial L}{\partial p_j} \, p_j \right)$$

| array | shape |
|---|---|
| `grad_p` | `(..., n)`, the gradient with respect to the weights; finite |
| `p` | `(..., n)`, weights: each row along the last axis sums to 1, or is all 0 |
| returns | `(..., n)`, the gradient with respect to the scores, in the dtype of the inputs |

A row of zeros (a query that may see no key) has gradient 0. The formula gives that by itself.

```python
>>> import numpy as np
>>> p = np.array([0.25, 0.75])
>>> grad_p = np.array([1.0, 0.0])    # the loss grows with p[0]
>>> softmax_backward(grad_p, p)      # average of grad_p: 0.25
array([ 0.1875, -0.1875])

```
"""

HINTS = (
    "The sum in the formula is the average of grad_p with the weights p: one number for each row. Compute that first.",
    "`(grad_p * p).sum(axis=-1, keepdims=True)` has the shape (..., 1), so each row meets its own average. "
    "What is the gradient where all entries of grad_p are equal? No score can change anything: it must be 0.",
    "`return p * (grad_p - (grad_p * p).sum(axis=-1, keepdims=True))`.",
)


def weights_like(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Rows of weights, none of them near 0."""
    positive = rng.uniform(0.5, 2.0, size=shape)
    return positive / positive.sum(axis=-1, keepdims=True)


def _drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> Draw:
    return {"grad_p": rng.normal(size=shape), "p": weights_like(rng, shape)}


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"grad_p": np.array([1.0, 0.0]), "p": np.array([0.25, 0.75])}


def _row(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (5,))


def _batched(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (2, 3, 5, 7))


def _square(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (4, 4))


def _empty_row(rng: np.random.Generator) -> Draw:
    draw = _drawn(rng, (2, 3, 4))
    draw["p"][0, 1] = 0.0
    draw["p"][1, 0] = [0.5, 0.0, 0.5, 0.0]
    return draw


def _float32(rng: np.random.Generator) -> Draw:
    draw = {name: array.astype(np.float32) for name, array in _drawn(rng, (3, 2, 5)).items()}
    return {name: strided(array) for name, array in draw.items()}


def _read_only(rng: np.random.Generator) -> Draw:
    return {name: read_only(array) for name, array in _drawn(rng, (3, 4)).items()}


PROBES = (
    Probe("by hand", "two weights, 1/4 and 3/4: you can check it on paper", _by_hand),
    Probe("one row", "a single row of weights", _row),
    Probe("batched", "two batch axes and four sizes that are all different", _batched),
    Probe("square", "as many queries as keys: a lost axis raises nothing here", _square),
    Probe("empty row", "a query that may see no key, and weights that are exactly 0", _empty_row),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs that must not be written to", _read_only),
)

SOFTMAX_BACKWARD = Exercise(
    id="softmax_backward",
    assignment="04b-gradients",
    chapter=4,
    section="Back through the softmax",
    anchor="softmax-backward",
    title="Go back through a softmax",
    minutes=12,
    difficulty=2,
    statement=STATEMENT,
    reference=softmax_backward,
    blueprint=softmax_gradient,
    returns=("grad_scores",),
    probes=PROBES,
    mistakes=(*SOFTMAX_SLOPES, *ARGUMENTS),
    hints=HINTS,
    forbidden=READY_MADE_GRADIENTS,
    parts={"values": 3},
)
