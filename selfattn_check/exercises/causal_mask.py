"""Exercise: hide the future."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from selfattn_check.blueprints.masks import causal
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.mistakes.causality import ALIGNING, LOOKING, everything
from selfattn_check.mistakes.mask_forms import FORMS, TRANSPOSED
from selfattn_check.probe import Probe
from selfattn_ref import causal_mask

__all__ = ["CAUSAL_MASK"]

STATEMENT = r"""
A causal mask lets every query see the keys up to its own position and none after it. The queries are the *last*
`q_len` of `k_len` positions, so the last query sees every key.

$$M_{ij} = \bigl(\, j \le i + k_\text{len} - q_\text{len} \,\bigr),
\qquad 0 \le i < q_\text{len},\; 0 \le j < k_\text{len}$$

| argument | meaning |
|---|---|
| `q_len` | integer, number of queries, at least 1 |
| `k_len` | integer, number of keys, at least `q_len`; `None` means as many as queries |
| returns | new array `(q_len, k_len)` of booleans, **True = may attend** |

With `q_len == k_len` this is the lower triangle, the diagonal included.

```python
>>> causal_mask(3)                    # three tokens that attend to each other
array([[ True, False, False],
       [ True,  True, False],
       [ True,  True,  True]])
>>> causal_mask(2, 4)                 # two new tokens, two that came before
array([[ True,  True,  True, False],
       [ True,  True,  True,  True]])

```
"""

HINTS = (
    "Draw the mask for three tokens and then cross out its first row: "
    "that is the mask of the last two queries over three keys. Which comparison of two positions draws it?",
    "Give every key a position, `np.arange(k_len)`, and every query one, with the last query at the last key. "
    "One comparison of a column `(q_len, 1)` with a row `(k_len,)` broadcasts to `(q_len, k_len)` and gives booleans.",
    "Replace `k_len` by `q_len` if it is `None`. Query i stands at position `i + k_len - q_len`: "
    "`np.arange(k_len) <= np.arange(q_len)[:, None] + k_len - q_len`.",
)


def _lengths(q_len: int, k_len: int | None) -> Any:
    return lambda rng: {"q_len": q_len, "k_len": k_len}


def _drawn(rng: np.random.Generator) -> dict[str, int]:
    q_len, more = rng.integers(3, 60, size=2).tolist()
    return {"q_len": q_len, "k_len": q_len + more}


PROBES = (
    Probe("square", "called with q_len alone: the lower triangle", lambda rng: {"q_len": 4}),
    Probe("more keys", "fewer queries than keys: the mask must align to the bottom right", _lengths(3, 7)),
    Probe("one key more", "one more key than queries: the smallest offset", _lengths(4, 5)),
    Probe("decoding", "one new query after five earlier tokens: it sees everything", _lengths(1, 6)),
    Probe("none", "k_len given as None means square", _lengths(5, None)),
    Probe("equal", "k_len given, and equal to q_len", _lengths(6, 6)),
    Probe("single", "one token that sees itself", _lengths(1, 1)),
    Probe("drawn", "lengths that nobody knows beforehand", _drawn),
)


def _not_filled_in(width: Any) -> Mistake:
    """Each use of None as a number has its own error text, by which the mistake is recognized."""
    return Mistake(
        "default-not-filled-in",
        "when k_len is used as a number although it is None",
        "start with `if k_len is None: k_len = q_len`",
        {"width": width},
    )


MISTAKES = (
    *LOOKING,
    Mistake(
        "causal-flipped",
        "when every query sees itself and the future",
        "keys are the columns: key j may be seen by query i where j is not after i",
        {"past": lambda keys, queries: keys >= queries},
    ),
    Mistake(
        "all-visible",
        "when every query sees every key",
        "hide the keys after the query's own position",
        {"past": everything},
    ),
    *ALIGNING,
    _not_filled_in(lambda q_len, k_len: k_len - q_len + q_len),
    _not_filled_in(lambda q_len, k_len: q_len - (q_len - k_len)),
    _not_filled_in(lambda q_len, k_len: q_len + k_len - q_len),
    _not_filled_in(lambda q_len, k_len: operator.index(k_len)),
    *FORMS,
    *TRANSPOSED,
)

CAUSAL_MASK = Exercise(
    id="causal_mask",
    assignment="03a-attention",
    chapter=3,
    section="Causal: nothing from the future",
    anchor="causal",
    title="Hide the future",
    minutes=8,
    difficulty=1,
    statement=STATEMENT,
    reference=causal_mask,
    blueprint=causal,
    returns=("mask",),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
