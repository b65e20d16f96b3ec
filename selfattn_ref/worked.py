"""One small example with every number: three tokens, two heads, four features."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from selfattn_ref.attention import attention_scores, project_qkv
from selfattn_ref.heads import split_heads
from selfattn_ref.validation import FloatArray
from selfattn_ref.weights import softmax


def _fixed(rows: list[list[float]]) -> FloatArray:
    array = np.array(rows)
    array.flags.writeable = False
    return array


WORKED_NUM_HEADS = 2
WORKED_INPUT: Mapping[str, FloatArray] = MappingProxyType(
    {
        "x": _fixed([[1, 0, 1, 0], [0, 1, 0, 2], [1, 1, 0, 1.0]]),
        "w_q": _fixed([[0.5, 0, 1, 1], [-1, 1, -1, 0], [0, -1, 0, 0], [0, 0, 1, -1]]),
        "w_k": _fixed([[-1, 0.5, 0.5, 0], [1, 0, 0, 0], [0, 1, -1, 0], [0, 0, 0, 1]]),
        "w_v": _fixed([[0, 1, 0, 1], [1, 1, 1, 0], [0, 1, 0, 0], [1, 0, 1, 1.0]]),
    }
)
"""x (3 tokens, 4 features) and w_q, w_k, w_v (4, 4), applied as x @ w; float64, read-only.

Chosen so that q, k, v and q kᵀ are multiples of ½, and no two of the 18 weights, scores of a row or heads are alike: a
transposed, swapped or unscaled step changes the result.
"""


def worked_example() -> dict[str, FloatArray]:
    """Compute every intermediate number of self-attention on `WORKED_INPUT` with `WORKED_NUM_HEADS` heads.

    Q = x w_q, K = x w_k, V = x w_v, each split into heads; S = Q Kᵀ / √2; A = softmax(S) along each row; O = A V.
    There is no mask and no output projection. Vaswani et al. (2017), section 3.2.

    Returns:
        "q", "k", "v": (2 heads, 3 tokens, 2 features) projections, head h holding the columns 2h and 2h + 1 of x @ w.
        "scores": (2, 3, 3) scaled scores [head, query, key], before the softmax.
        "weights": (2, 3, 3) weights [head, query, key]; each row sums to 1.
        "output": (2, 3, 2) output of each head, before the heads are merged.
        All float64 and new on every call.

    >>> example = worked_example()
    >>> example["q"][0].tolist(), example["k"][0].tolist()
    ([[0.5, -1.0], [-1.0, 1.0], [-0.5, 1.0]], [[-1.0, 1.5], [1.0, 0.0], [0.0, 0.5]])
    >>> example["weights"][0].round(2).tolist()
    [[0.1, 0.6, 0.3], [0.75, 0.06, 0.18], [0.66, 0.11, 0.23]]
    """
    projected = project_qkv(*(WORKED_INPUT[name] for name in ("x", "w_q", "w_k", "w_v")))
    q, k, v = (split_heads(array, WORKED_NUM_HEADS) for array in projected)
    scores = attention_scores(q, k)
    weights = softmax(scores)
    return {"q": q, "k": k, "v": v, "scores": scores, "weights": weights, "output": weights @ v}
