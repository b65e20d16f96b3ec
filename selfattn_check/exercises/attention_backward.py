"""Exercise: the gradients of one head of attention, derived by hand."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.gradients import attention_gradient
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.masked_softmax import visible_somewhere
from selfattn_check.exercises.numerical_gradient import READY_MADE_GRADIENTS
from selfattn_check.mistakes.going_back import ANSWERING_GRADIENTS, FORWARD, GOING_BACK, RESCALING, TRANSPOSING
from selfattn_check.mistakes.softmax_slopes import SOFTMAX_SLOPES
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import attention_backward

__all__ = ["ATTENTION_BACKWARD"]

Draw = dict[str, np.ndarray]

STATEMENT = r"""
One head computes $S = Q K^\top / \sqrt{d_k}$, $A = \operatorname{softmax}(S)$ and $O = A V$. A loss $L$ says how it
changes with the output: $G = \partial L / \partial O$ is `grad_output`. Go back through the three steps, last one
first:

$$
\begin{aligned}
\frac{\partial L}{\partial V} &= A^\top G, \\
\frac{\partial L}{\partial A} &= G V^\top, \\
\frac{\partial L}{\partial S} &= A \circ \Bigl(\frac{\partial L}{\partial A} - r\Bigr), \\
\frac{\partial L}{\partial Q} &= \frac{1}{\sqrt{d_k}} \frac{\partial L}{\partial S} K, \\
\frac{\partial L}{\partial K} &= \frac{1}{\sqrt{d_k}} \Bigl(\frac{\partial L}{\partial S}\Bigr)^{\!\top} Q
\end{aligned}
$$

where $\circ$ multiplies entry by entry and $r_i = \sum_j A_{ij} \, \partial L / \partial A_{ij}$ is one number for each
query.

| array | shape |
|---|---|
| `grad_output` | `(..., q_len, value_dim)` |
| `q` | `(..., q_len, head_dim)` |
| `k` | `(..., k_len, head_dim)` |
| `v` | `(..., k_len, value_dim)` |
| `mask` | boolean, broadcastable to `(..., q_len, k_len)`; True = may attend. `None`: every key may be seen |
| returns `(grad_q, grad_k, grad_v)` | the shapes of `q`, `k` and `v`, in the dtype of the inputs |

`q`, `k`, `v` and `grad_output` have the same batch axes, and all are finite. A query that may see no key has weights 0:
its gradient is 0, and it adds nothing to those of keys and values. Compute the weights anew from q, k and the mask; you
may call the functions that you have written or that the notebook gives you.

```python
>>> import numpy as np
>>> q = np.zeros((1, 4))             # both scores 0, both weights 1/2
>>> k = np.array([[2.0, 0.0, 0.0, 0.0],
...               [0.0, 0.0, 0.0, 0.0]])
>>> v = np.array([[1.0], [3.0]])
>>> grad_output = np.array([[1.0]])
>>> grad_q, grad_k, grad_v = attention_backward(grad_output, q, k, v)
>>> grad_v.T                         # each value counts with its weight
array([[0.5, 0.5]])
>>> grad_q                           # toward key 0 the output falls
array([[-0.5,  0. ,  0. ,  0. ]])

```
"""

HINTS = (
    "Begin with the weights of the forward pass, then go backward: the output is A V, a product. "
    "What is the gradient of each factor of a product? Write the shapes beside it.",
    "`grad_v = swap(weights) @ grad_output` and `grad_weights = grad_output @ swap(v)`, with "
    "`swap = lambda x: np.swapaxes(x, -1, -2)`. Then your `softmax_backward` gives the gradient of the scores. "
    "The mask needs no further line: hidden weights are 0.",
    "`grad_scores = softmax_backward(grad_weights, weights) / q.shape[-1] ** 0.5`, then `grad_q = grad_scores @ k`, "
    "`grad_k = swap(grad_scores) @ q`, and `return grad_q, grad_k, grad_v`.",
)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {
        "grad_output": np.array([[1.0]]),
        "q": np.zeros((1, 4)),
        "k": np.array([[2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
        "v": np.array([[1.0], [3.0]]),
    }


def _normal(rng: np.random.Generator, batch: tuple[int, ...], q_len: int, k_len: int, dims: tuple[int, int]) -> Draw:
    head_dim, value_dim = dims
    return {
        "grad_output": rng.normal(size=(*batch, q_len, value_dim)),
        "q": rng.normal(size=(*batch, q_len, head_dim)),
        "k": rng.normal(size=(*batch, k_len, head_dim)),
        "v": rng.normal(size=(*batch, k_len, value_dim)),
    }


def _one_sequence(rng: np.random.Generator) -> Draw:
    return _normal(rng, (), 3, 5, (4, 2))


def _batched(rng: np.random.Generator) -> Draw:
    return _normal(rng, (2, 3), 5, 7, (4, 6))


def _square(rng: np.random.Generator) -> Draw:
    return _normal(rng, (), 4, 4, (4, 4))


def _square_batch(rng: np.random.Generator) -> Draw:
    return _normal(rng, (3,), 3, 3, (3, 3))


def _one_key(rng: np.random.Generator) -> Draw:
    return _normal(rng, (2,), 3, 1, (4, 5))


def _float32(rng: np.random.Generator) -> Draw:
    draw = {name: array.astype(np.float32) for name, array in _normal(rng, (2,), 5, 4, (3, 2)).items()}
    return {**draw, "k": strided(draw["k"]), "grad_output": strided(draw["grad_output"])}


def _read_only(rng: np.random.Generator) -> Draw:
    draw = {**_normal(rng, (), 3, 5, (2, 4)), "mask": visible_somewhere(rng, 3, 5)}
    return {name: read_only(array) for name, array in draw.items()}


def _masked(rng: np.random.Generator) -> Draw:
    return {**_normal(rng, (2, 3), 5, 7, (4, 6)), "mask": visible_somewhere(rng, 5, 7)}


def _causal(rng: np.random.Generator) -> Draw:
    return {**_normal(rng, (), 4, 4, (4, 4)), "mask": np.tri(4, dtype=bool)}


def _padding(rng: np.random.Generator) -> Draw:
    mask = np.arange(6) < np.array([4, 6, 1])[:, None, None]  # (batch, 1, k_len)
    return {**_normal(rng, (3,), 4, 6, (5, 2)), "mask": mask}


def _empty_row(rng: np.random.Generator) -> Draw:
    mask = visible_somewhere(rng, 4, 5)
    mask[1] = False
    return {**_normal(rng, (2,), 4, 5, (3, 6)), "mask": mask}


def _float32_masked(rng: np.random.Generator) -> Draw:
    draw = {name: array.astype(np.float32) for name, array in _normal(rng, (), 4, 3, (5, 2)).items()}
    mask = visible_somewhere(rng, 4, 3)
    mask[2] = False
    return {**draw, "mask": mask}


PROBES = (
    Probe("by hand", "two keys with equal weights, √d_k = 2: you can check it on paper", _by_hand),
    Probe("one sequence", "no batch axis, and sizes that are all different", _one_sequence),
    Probe("batched", "two batch axes and six sizes that are all different", _batched),
    Probe("square", "as many queries as keys as features: a missing transpose raises nothing here", _square),
    Probe("square batch", "all sizes equal, the batch too", _square_batch),
    Probe("one key", "a single key has weight 1 whatever its score: grad_q and grad_k are 0", _one_key),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs that must not be written to, with a mask", _read_only, part="masks"),
    Probe("masked", "one mask for a whole batch", _masked, part="masks"),
    Probe("causal", "no query sees a later key", _causal, part="masks"),
    Probe("padding", "a mask (batch, 1, k_len): hidden keys and values get gradient 0", _padding, part="masks"),
    Probe("empty row", "the second query may see no key: its gradient is 0, not NaN", _empty_row, part="masks"),
    Probe("float32 masked", "float32 with a mask and a query that may see no key", _float32_masked, part="masks"),
)

ATTENTION_BACKWARD = Exercise(
    id="attention_backward",
    assignment="04b-gradients",
    chapter=4,
    section="Back through one head",
    anchor="attention-backward",
    title="Go back through one head",
    minutes=25,
    difficulty=3,
    statement=STATEMENT,
    reference=attention_backward,
    blueprint=attention_gradient,
    returns=("grad_q", "grad_k", "grad_v"),
    probes=PROBES,
    mistakes=(*RESCALING, *TRANSPOSING, *SOFTMAX_SLOPES, *GOING_BACK, *FORWARD, *ANSWERING_GRADIENTS),
    hints=HINTS,
    forbidden=READY_MADE_GRADIENTS,
    builds_on=("softmax_backward",),
    parts={"values": 4, "masks": 2},
)
