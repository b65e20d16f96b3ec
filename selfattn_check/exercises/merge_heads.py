"""Exercise: put the heads together again."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.heads import merge
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.joining import JOINING
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import merge_heads

__all__ = ["MERGE_HEADS"]

Draw = dict[str, Any]

STATEMENT = r"""
The way back: put what the heads found side by side, so that every token has one row again. It undoes `split_heads`.

$$
\begin{gathered}
y_{t,\; i\, d_k + j} = \text{heads}_{i\,t\,j} \\
0 \le i < h, \quad 0 \le j < d_k
\end{gathered}
$$

| array | shape |
|---|---|
| `x` | `(..., num_heads, seq_len, head_dim)`, float32 or float64 |
| returns | `(..., seq_len, d_model)` with `d_model = num_heads * head_dim`, in the dtype of `x` |

`...` stands for any number of batch axes, none included.

```python
>>> import numpy as np
>>> heads = np.array([[[1.0, 2.0], [5.0, 6.0]],    # head 0: two tokens
...                   [[3.0, 4.0], [7.0, 8.0]]])   # head 1
>>> merge_heads(heads)
array([[1., 2., 3., 4.],
       [5., 6., 7., 8.]])

```
"""

HINTS = (
    "Do what `split_heads` does, backwards: its last step becomes the first. "
    "Before the reshape, what one token gets must stand together in memory.",
    "Exchange heads and tokens first, so that the shape is (..., seq_len, num_heads, head_dim). "
    "Then a reshape makes one axis of the last two.",
    "`rows = np.swapaxes(x, -2, -3)`, `*batch, seq_len, num_heads, head_dim = rows.shape`, and "
    "`return rows.reshape(*batch, seq_len, num_heads * head_dim)`.",
)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {"x": np.array([[[1.0, 2.0], [5.0, 6.0], [9.0, 10.0]], [[3.0, 4.0], [7.0, 8.0], [11.0, 12.0]]])}


def _drawn(*shape: int) -> Any:
    return lambda rng: {"x": rng.normal(size=shape)}


def _float32(rng: np.random.Generator) -> Draw:
    return {"x": strided(rng.normal(size=(2, 3, 5, 4)).astype(np.float32))}


def _untouchable(rng: np.random.Generator) -> Draw:
    return {"x": read_only(rng.normal(size=(2, 5, 3)))}


PROBES = (
    Probe("by hand", "two heads, three tokens: you can check it on paper", _by_hand),
    Probe("one batch axis", "four sizes that are all different", _drawn(2, 3, 5, 4)),
    Probe("two batch axes", "five sizes that are all different", _drawn(2, 3, 4, 5, 7)),
    Probe("square", "batch, heads, tokens and width all 3: a wrong order of axes raises nothing", _drawn(3, 3, 3, 3)),
    Probe("one head", "a single head, which has everything", _drawn(2, 1, 4, 5)),
    Probe("narrow heads", "heads of one feature", _drawn(4, 5, 1)),
    Probe("one token", "sequences of one token", _drawn(3, 2, 1, 5)),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("read-only", "an input that must not be written to", _untouchable),
)

MERGE_HEADS = Exercise(
    id="merge_heads",
    assignment="03b-multi-head",
    chapter=3,
    section="Split and merge",
    anchor="heads-split",
    title="Put the heads together again",
    minutes=6,
    difficulty=1,
    statement=STATEMENT,
    reference=merge_heads,
    blueprint=merge,
    returns=("rows",),
    probes=PROBES,
    mistakes=JOINING,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    builds_on=("split_heads",),
    parts={"values": 2},
)
