"""Exercise: one head of attention, end to end."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.attention import attention
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.masked_softmax import visible_somewhere
from selfattn_check.mistakes.hiding import HIDING
from selfattn_check.mistakes.mixing import MIXING
from selfattn_check.mistakes.normalizing import NORMALIZING, SCALE_AFTER_SOFTMAX
from selfattn_check.mistakes.scaling import COMPARING, SCALING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import scaled_dot_product_attention

__all__ = ["READY_MADE_ATTENTION", "SCALED_DOT_PRODUCT_ATTENTION"]

Draw = dict[str, np.ndarray]

READY_MADE_ATTENTION = (
    "selfattn_ref.*",
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.functional.multi_head_attention_forward",
    "torch.nn.attention.flex_attention.flex_attention",
    "jax.nn.dot_product_attention",
)

STATEMENT = r"""
Put the pieces together: compare, weigh, average. Each query receives the average of the values, weighted by how well
it matches the keys.

$$O = A V, \qquad A = \operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right)
\text{ over the keys that the mask permits}$$

| array | shape |
|---|---|
| `q` | `(..., q_len, head_dim)` |
| `k` | `(..., k_len, head_dim)` |
| `v` | `(..., k_len, value_dim)` |
| `mask` | boolean, broadcastable to `(..., q_len, k_len)`; True = may attend. `None`: every key may be seen |
| returns | `output (..., q_len, value_dim)` and `weights (..., q_len, k_len)`, in the dtype of the inputs |

A query that may see no key gets weights 0 and output 0. All inputs are finite. You may call the functions that you have
written above.

```python
>>> import numpy as np
>>> q = np.array([[2.0, 0.0, 0.0, 0.0]])                 # √d_k = 2
>>> k = np.array([[np.log(3), 0.0, 0.0, 0.0],            # score log 3: three times the weight
...               [0.0, 1.0, 0.0, 0.0]])                 # score 0
>>> v = np.array([[4.0, 0.0, 8.0],
...               [0.0, 4.0, 8.0]])
>>> output, weights = scaled_dot_product_attention(q, k, v)
>>> weights.round(6)
array([[0.75, 0.25]])
>>> output.round(6)
array([[3., 1., 8.]])

```
"""

HINTS = (
    "You have every step already: one function gives the scores, another turns them into weights. "
    "What is left is the average.",
    "The average of the values with these weights is one matrix product: "
    "`(..., q_len, k_len) @ (..., k_len, value_dim)`. Return two things: the output first, then the weights.",
    "`weights = masked_softmax(attention_scores(q, k), mask)` and `return weights @ v, weights`.",
)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {
        "q": np.array([[2.0, 0.0, 0.0, 0.0]]),
        "k": np.array([[np.log(3), 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]),
        "v": np.array([[4.0, 0.0, 8.0], [0.0, 4.0, 8.0]]),
    }


def _normal(rng: np.random.Generator, batch: tuple[int, ...], q_len: int, k_len: int, dims: tuple[int, int]) -> Draw:
    head_dim, value_dim = dims
    return {
        "q": rng.normal(size=(*batch, q_len, head_dim)),
        "k": rng.normal(size=(*batch, k_len, head_dim)),
        "v": rng.normal(size=(*batch, k_len, value_dim)),
    }


def _batched(rng: np.random.Generator) -> Draw:
    return _normal(rng, (2, 3), 5, 7, (4, 11))


def _square(rng: np.random.Generator) -> Draw:
    return _normal(rng, (), 6, 6, (6, 6))


def _float32(rng: np.random.Generator) -> Draw:
    draw = {name: array.astype(np.float32) for name, array in _normal(rng, (2,), 5, 4, (3, 2)).items()}
    return {**draw, "k": strided(draw["k"]), "mask": visible_somewhere(rng, 5, 4)}


def _read_only(rng: np.random.Generator) -> Draw:
    draw = {**_normal(rng, (), 3, 5, (2, 4)), "mask": visible_somewhere(rng, 3, 5)}
    return {name: read_only(array) for name, array in draw.items()}


def _masked(rng: np.random.Generator) -> Draw:
    return {**_normal(rng, (2, 3), 5, 7, (4, 11)), "mask": visible_somewhere(rng, 5, 7)}


def _causal(rng: np.random.Generator) -> Draw:
    return {**_normal(rng, (), 6, 6, (6, 6)), "mask": np.tri(6, dtype=bool)}


def _padding(rng: np.random.Generator) -> Draw:
    mask = np.arange(6) < np.array([4, 6, 1])[:, None, None]  # (batch, 1, k_len)
    return {**_normal(rng, (3,), 4, 6, (5, 2)), "mask": mask}


def _empty_row(rng: np.random.Generator) -> Draw:
    mask = visible_somewhere(rng, 4, 5)
    mask[1] = False
    return {**_normal(rng, (2,), 4, 5, (3, 6)), "mask": mask}


def _large(rng: np.random.Generator) -> Draw:
    draw = _normal(rng, (), 3, 5, (4, 2))
    draw["q"][:, 0], draw["k"][:, 0] = 40.0, 40.0 + np.arange(5) / 64  # scores near 800, gaps of about 0.3
    return draw


def _rows_apart(rng: np.random.Generator) -> Draw:
    draw = _normal(rng, (), 4, 3, (4, 2))
    draw["q"][:, 0], draw["k"][:, 0] = [60.0, 0.0, -60.0, 2.0], 30.0
    return draw


def _large_hidden(rng: np.random.Generator) -> Draw:
    draw = _normal(rng, (), 4, 6, (4, 3))
    draw["q"][:, 0], draw["k"][:, 0] = 100.0, [0.0, 90.0, 0.0, 90.0, 0.0, 90.0]
    return {**draw, "mask": np.tile([True, False], (4, 3))}


def _deep(rng: np.random.Generator) -> Draw:
    draw = _normal(rng, (), 3, 4, (4, 5))
    draw["q"][:, 0], draw["k"][:, 0] = [1e-2, 1e1, 1e5], [-6e4, 0.0, -6.1e4, -6.3e4]
    return {**draw, "mask": np.tile([True, False, True, True], (3, 1))}


PROBES = (
    Probe("by hand", "weights 3/4 and 1/4, √d_k = 2: you can check it on paper", _by_hand),
    Probe("batched", "two batch axes and six sizes that are all different", _batched),
    Probe("square", "as many queries as keys as features: a missing transpose raises nothing here", _square),
    Probe("float32", "float32 in, float32 out, from memory with gaps, with a mask", _float32),
    Probe("read-only", "inputs that must not be written to", _read_only),
    Probe("masked", "one mask for a whole batch", _masked, part="masks"),
    Probe("causal", "no query sees a later key", _causal, part="masks"),
    Probe("padding", "a mask (batch, 1, k_len) that broadcasts over the queries", _padding, part="masks"),
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

SCALED_DOT_PRODUCT_ATTENTION = Exercise(
    id="scaled_dot_product_attention",
    assignment="03a-attention",
    chapter=3,
    section="One head, end to end",
    anchor="one-head",
    title="Scaled dot-product attention",
    minutes=15,
    difficulty=2,
    statement=STATEMENT,
    reference=scaled_dot_product_attention,
    blueprint=attention,
    returns=("output", "weights"),
    probes=PROBES,
    mistakes=(*SCALING, SCALE_AFTER_SOFTMAX, *COMPARING, *NORMALIZING, *MIXING, *HIDING),
    hints=HINTS,
    forbidden=READY_MADE_ATTENTION,
    builds_on=("attention_scores", "masked_softmax"),
    parts={"values": 3, "masks": 2, "stability": 1},
)
