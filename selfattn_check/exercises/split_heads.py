"""Exercise: cut the features into heads."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.heads import split
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.cutting import CUTTING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import split_heads

__all__ = ["SPLIT_HEADS"]

Draw = dict[str, Any]

STATEMENT = r"""
Every head gets a slice of each token's features: $d$ features and $h$ heads make slices of $d_k = d / h$. Head $i$ owns
the contiguous features $i \, d_k$ to $(i + 1)\, d_k - 1$.

$$
\begin{gathered}
\text{heads}_{i\,t\,j} = x_{t,\; i\, d_k + j} \\
0 \le i < h, \quad 0 \le j < d_k
\end{gathered}
$$

| argument | meaning |
|---|---|
| `x` | `(..., seq_len, d_model)`, float32 or float64 |
| `num_heads` | integer $h$, at least 1 |
| returns | `(..., num_heads, seq_len, head_dim)` with `head_dim = d_model // num_heads`, in the dtype of `x` |

`...` stands for any number of batch axes, none included: the heads come after them and before the tokens. If
`num_heads` does not divide `d_model`, raise a `ValueError`; its text is up to you.

```python
>>> import numpy as np
>>> x = np.array([[1.0, 2.0, 3.0, 4.0],    # two tokens of 4 features
...               [5.0, 6.0, 7.0, 8.0]])
>>> split_heads(x, 2)                      # head 0: features 0 and 1
array([[[1., 2.],
        [5., 6.]],
<BLANKLINE>
       [[3., 4.],
        [7., 8.]]])

```
"""

HINTS = (
    "Cutting one axis into two is a reshape; changing the order of axes is not. You need one of each. "
    "Which axis is cut, and where do the two pieces stand right after the cut?",
    "A reshape cuts the last axis, (..., seq_len, d_model), into (..., seq_len, num_heads, head_dim): "
    "contiguous features stay together. Then tokens and heads must change places. `*batch, seq_len, d_model = x.shape` "
    "works for any number of batch axes.",
    "`if d_model % num_heads: raise ValueError(...)`, then "
    "`blocks = x.reshape(*batch, seq_len, num_heads, d_model // num_heads)` and "
    "`return np.swapaxes(blocks, -2, -3)`.",
)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"x": np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]), "num_heads": 2}


def _drawn(*shape: int, num_heads: int) -> Any:
    return lambda rng: {"x": rng.normal(size=shape), "num_heads": num_heads}


def _float32(rng: np.random.Generator) -> Draw:
    return {"x": strided(rng.normal(size=(2, 5, 6)).astype(np.float32)), "num_heads": 3}


def _untouchable(rng: np.random.Generator) -> Draw:
    return {"x": read_only(rng.normal(size=(4, 6))), "num_heads": 2}


PROBES = (
    Probe("by hand", "three tokens of four features: you can check it on paper", _by_hand),
    Probe("one batch axis", "four sizes that are all different", _drawn(2, 5, 12, num_heads=3)),
    Probe("two batch axes", "five sizes that are all different", _drawn(2, 3, 5, 28, num_heads=4)),
    Probe(
        "square",
        "batch, tokens, heads and width all 3: a wrong order of axes raises nothing",
        _drawn(3, 3, 9, num_heads=3),
    ),
    Probe("one head", "a single head gets everything", _drawn(2, 4, 5, num_heads=1)),
    Probe("narrow heads", "as many heads as features", _drawn(5, 4, num_heads=4)),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "an input that must not be written to", _untouchable),
    Probe("indivisible", "10 features do not make 3 heads", _drawn(9, 10, num_heads=3), "sizes", ValueError),
    Probe("one too many", "7 features do not make 2 heads", _drawn(2, 4, 7, num_heads=2), "sizes", ValueError),
    Probe("too many heads", "3 features do not make 6 heads", _drawn(4, 3, num_heads=6), "sizes", ValueError),
)

SPLIT_HEADS = Exercise(
    id="split_heads",
    assignment="03b-multi-head",
    chapter=3,
    section="Split and merge",
    anchor="heads-split",
    title="Cut the features into heads",
    minutes=10,
    difficulty=1,
    statement=STATEMENT,
    reference=split_heads,
    blueprint=split,
    returns=("heads",),
    probes=PROBES,
    mistakes=CUTTING,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2, "sizes": 1},
)
