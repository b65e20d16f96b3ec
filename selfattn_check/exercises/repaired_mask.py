"""Find the bug: a mask that comes too late."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from selfattn_check.blueprints.attention import attention
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.exercises.scaled_dot_product_attention import READY_MADE_ATTENTION, SCALED_DOT_PRODUCT_ATTENTION
from selfattn_check.mistakes.hiding import HIDING
from selfattn_check.probe import Probe
from selfattn_ref import repaired_mask

__all__ = ["REPAIRED_MASK"]

STATEMENT = r"""
`broken_mask` above gives hidden keys exactly the weight 0. Still the hidden keys change the output. Repair one line, so
that

$$A_{ij} = \frac{M_{ij}\, e^{S_{ij}}}{\sum_{m} M_{im}\, e^{S_{im}}}, \qquad S = \frac{Q K^\top}{\sqrt{d_k}}, \qquad
O = A V .$$

| array | shape |
|---|---|
| `q` | `(..., q_len, head_dim)` |
| `k` | `(..., k_len, head_dim)` |
| `v` | `(..., k_len, value_dim)` |
| `mask` | boolean, broadcastable to `(..., q_len, k_len)`; True = may attend. Every query may see at least one key |
| returns | `output (..., q_len, value_dim)` and `weights (..., q_len, k_len)`, in the dtype of the inputs |

Scores may be of any size, those of hidden keys too. The function `softmax` from the notebook may be used.

```python
>>> import numpy as np
>>> q, k = np.zeros((1, 2)), np.zeros((3, 2))
>>> v = np.array([[1.0], [3.0], [100.0]])
>>> output, weights = repaired_mask(q, k, v, np.array([[True, True, False]]))
>>> weights.tolist(), output.tolist()
([[0.5, 0.5, 0.0]], [[2.0]])

```
"""

HINTS = (
    "Sum each row of the weights, before and after the product with the mask. Who got the share that is missing?",
    "A hidden key must not take part in the softmax at all. What score makes its exponential exactly 0?",
    "Hide first: `np.where(mask, scores, -np.inf)` inside the softmax, and no multiplication after it.",
)

_CODES = {
    "ignores-mask", "mask-inverted", "mask-added-as-0-1", "mask-multiplies-scores", "inf-times-mask",
    "mask-after-softmax", "mask-after-softmax-renormalised", "zero-fill", "weak-fill",
}  # fmt: skip


def _by_hand(rng: np.random.Generator) -> dict[str, np.ndarray]:
    q, k = np.array([[2.0, 0.0, 0.0, 0.0]]), np.zeros((3, 4))  # √d_k = 2
    k[1:, 0] = np.log(3), np.log(4)
    return {"q": q, "k": k, "v": np.array([[4.0], [8.0], [100.0]]), "mask": np.array([[True, True, False]])}


_PROBES = {"float32", "read-only", "masked", "causal", "padding", "large hidden", "deep"}

REPAIRED_MASK = Exercise(
    id="repaired_mask",
    assignment="04a-derivation",
    chapter=4,
    section="One row at a time",
    anchor="row-by-row",
    title="Find the bug: a mask that leaks",
    minutes=8,
    difficulty=2,
    statement=STATEMENT,
    reference=repaired_mask,
    blueprint=attention,
    returns=("output", "weights"),
    probes=(
        Probe("by hand", "two keys that may be seen, with weights 1/4 and 3/4, and one that may not", _by_hand),
        *(replace(each, part="values") for each in SCALED_DOT_PRODUCT_ATTENTION.probes if each.name in _PROBES),
    ),
    mistakes=(
        *(each for each in HIDING if each.code in _CODES),
        Mistake(
            "mask-inverted",
            "when True is taken as hidden, and a query that may see every key is left with none",
            "True means: may attend. Hide where the mask is False: `np.where(mask, scores, -np.inf)`",
            {
                "hide": lambda scores, mask: np.where(mask, -np.inf, scores).astype(scores.dtype),
                "floor": lambda largest: largest,
                "divide": lambda exponents, totals: exponents / totals,
            },
        ),
    ),
    hints=HINTS,
    forbidden=READY_MADE_ATTENTION,
    parts={"values": 1},
)
