"""Find the bug: heads that share out the tokens instead of the features."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.several_heads import between_projections
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.scaled_dot_product_attention import READY_MADE_ATTENTION
from selfattn_check.mistakes.normalizing import NORMALIZING
from selfattn_check.mistakes.scaling import SCALING
from selfattn_check.mistakes.several_heads import MERGING, SPLITTING
from selfattn_check.mistakes.within_a_head import SCALE_BY_D_MODEL
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import repaired_heads

__all__ = ["REPAIRED_HEADS"]

Draw = dict[str, Any]

STATEMENT = r"""
`broken_heads` above gives each head an array of the right shape. But when the tokens are shuffled, the output is not
the same output shuffled. Repair one line, so that each of the $h$ heads reads its own features of **every** token. For
$i = 0, \dots, h - 1$, head $i$ reads the features $i d_k$ to $(i + 1) d_k - 1$ and writes to the same features of the
output:

$$O_i = \operatorname{softmax}\!\left(\frac{Q_i K_i^\top}{\sqrt{d_k}}\right) V_i, \qquad d_k = d / h .$$

| argument | shape |
|---|---|
| `q`, `k`, `v` | `(seq_len, d_model)`: all heads side by side, already projected |
| `num_heads` | $h$; divides `d_model` |
| returns | `(seq_len, d_model)`: the heads' outputs side by side, in the dtype of the inputs |

The function `softmax` from the notebook may be used.

```python
>>> import numpy as np
>>> zeros = np.zeros((2, 4))
>>> v = np.array([[1.0, 2.0, 3.0, 4.0],
...               [5.0, 6.0, 7.0, 8.0]])
>>> repaired_heads(zeros, zeros, v, num_heads=2).tolist()
[[3.0, 4.0, 5.0, 6.0], [3.0, 4.0, 5.0, 6.0]]

```
"""

HINTS = (
    "Number the entries of an array (4, 4) from 0 to 15, cut it with two heads, and look at head 0. Whose features are "
    "these?",
    "`reshape` never moves a number, it only counts the axes anew. Which shape has the tokens first, as `x` has them, "
    "and cuts only the features?",
    "`x.reshape(seq_len, num_heads, head_dim)`, and then `.swapaxes(0, 1)`.",
)


def _normal(rng: np.random.Generator, seq_len: int, d_model: int, num_heads: int) -> Draw:
    return {**{name: rng.normal(size=(seq_len, d_model)) for name in "qkv"}, "num_heads": num_heads}


def _float32(rng: np.random.Generator) -> Draw:
    draw = {
        name: value.astype(np.float32) if isinstance(value, np.ndarray) else value
        for name, value in _normal(rng, 5, 6, 3).items()
    }
    return {**draw, "k": strided(draw["k"])}


def _read_only(rng: np.random.Generator) -> Draw:
    return {
        name: read_only(value) if isinstance(value, np.ndarray) else value
        for name, value in _normal(rng, 3, 8, 2).items()
    }


PROBES = (
    Probe("three heads", "five tokens, twelve features, heads of width 4", lambda rng: _normal(rng, 5, 12, 3)),
    Probe("square", "as many tokens as heads as features of a head", lambda rng: _normal(rng, 3, 9, 3)),
    Probe("narrow heads", "heads of width 2, more heads than that", lambda rng: _normal(rng, 7, 12, 6)),
    Probe("one head", "nothing to cut", lambda rng: _normal(rng, 4, 6, 1)),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "inputs that must not be written to", _read_only),
)

_CODES = {"softmax-over-heads", "softmax-over-queries"}

REPAIRED_HEADS = Exercise(
    id="repaired_heads",
    assignment="04a-derivation",
    chapter=4,
    section="Several heads in one array",
    anchor="heads-derived",
    title="Find the bug: heads that share out tokens",
    minutes=8,
    difficulty=2,
    statement=STATEMENT,
    reference=repaired_heads,
    blueprint=between_projections,
    returns=("output",),
    probes=PROBES,
    mistakes=(
        *SPLITTING,
        *MERGING,
        SCALE_BY_D_MODEL,
        *(each for each in SCALING if each.code in ("missing-scale", "scale-by-d")),
        *(each for each in NORMALIZING if each.code in _CODES and "second axis" not in each.note),
    ),
    hints=HINTS,
    forbidden=READY_MADE_ATTENTION,
    parts={"values": 1},
)
