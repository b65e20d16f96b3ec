"""Find the bug: scores that shrink when there are more keys."""

from __future__ import annotations

from selfattn_check.blueprints.attention import scores
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.exercises.attention_scores import ATTENTION_SCORES
from selfattn_check.mistakes.scaling import SCALING
from selfattn_ref import repaired_scale

__all__ = ["REPAIRED_SCALE"]

STATEMENT = r"""
`broken_scale` above raises nothing, and its shapes are right. But a score says how well one query matches one key, so
it may not change when *other* keys come along. Repair one line, so that it computes

$$S_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_k}} .$$

| array | shape |
|---|---|
| `q` | `(..., q_len, head_dim)` |
| `k` | `(..., k_len, head_dim)` |
| returns | scores `(..., q_len, k_len)`, in the dtype of the inputs |

```python
>>> import numpy as np
>>> repaired_scale(np.ones((1, 4)), np.ones((9, 4)))[0, :2]
array([2., 2.])

```
"""

HINTS = (
    "Compute one score by hand for 2 keys and for 9 keys. Which number in the code changes?",
    "Two numbers stand in the shape of `k`. One is the number of keys, the other the number of terms in a dot product.",
    "The divisor is the root of the number of features: the last axis, not the one before.",
)

BY_NUMBER = tuple(
    Mistake(
        "axes-from-the-front",
        f"when the root of `{name}.shape[{axis}]` divides, {what}",
        "count axes from the end: the features are axis −1, with and without a batch",
        {"scale": scale},
    )
    for name, axis, what, scale in (
        ("q", 1, "which is the features only without a batch", lambda raw, q, k: raw / q.shape[1] ** 0.5),
        ("q", 0, "which is never the features", lambda raw, q, k: raw / q.shape[0] ** 0.5),
        ("k", 0, "which is never the features", lambda raw, q, k: raw / k.shape[0] ** 0.5),
        ("q", 2, "which is the features only with one batch axis", lambda raw, q, k: raw / q.shape[2] ** 0.5),
    )
)

REPAIRED_SCALE = Exercise(
    id="repaired_scale",
    assignment="04a-derivation",
    chapter=4,
    section="The scale, derived",
    anchor="scale-derived",
    title="Find the bug: scores that shrink",
    minutes=5,
    difficulty=2,
    statement=STATEMENT,
    reference=repaired_scale,
    blueprint=scores,
    returns=("scores",),
    probes=ATTENTION_SCORES.probes,
    mistakes=(*SCALING, *BY_NUMBER),
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 1},
)
