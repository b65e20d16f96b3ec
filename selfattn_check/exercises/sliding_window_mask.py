"""Exercise: look back only a little."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.masks import window
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.mistakes.causality import ALIGNING, LOOKING, everything
from selfattn_check.mistakes.mask_forms import FORMS, TRANSPOSED
from selfattn_check.probe import Probe
from selfattn_ref import sliding_window_mask

__all__ = ["SLIDING_WINDOW_MASK"]

Array = np.ndarray

STATEMENT = r"""
With a sliding window every query sees its own position and the `window − 1` keys before it: at most `window` keys,
and none from the future. The queries are the *last* `q_len` of `k_len` positions, as for the causal mask.

$$M_{ij} = \bigl(\, p_i - w < j \le p_i \,\bigr), \qquad p_i = i + k_\text{len} - q_\text{len}$$

| argument | meaning |
|---|---|
| `q_len` | integer, number of queries, at least 1 |
| `k_len` | integer, number of keys, at least `q_len` |
| `window` | integer $w$, at least 1; it may be larger than `k_len`, and then the mask is the causal one |
| returns | new array `(q_len, k_len)` of booleans, **True = may attend** |

```python
>>> sliding_window_mask(4, 4, 2)      # itself and the one before
array([[ True, False, False, False],
       [ True,  True, False, False],
       [False,  True,  True, False],
       [False, False,  True,  True]])
>>> sliding_window_mask(1, 5, 3)      # the last query of five positions
array([[False, False,  True,  True,  True]])

```
"""

HINTS = (
    "Two conditions hold at once: the key is not in the future, and it is not too far in the past. "
    "Count the keys of one row: far from the start there must be exactly `window` of them.",
    "Give the queries their positions, `np.arange(q_len)[:, None] + k_len - q_len`, and the keys theirs, "
    "`np.arange(k_len)`. Join two comparisons with `&`, each in parentheses.",
    "With `distance = positions - np.arange(k_len)`, how far the key lies behind the query: "
    "`(distance >= 0) & (distance < window)`.",
)


def _sizes(q_len: int, k_len: int, window: int) -> Any:
    return lambda rng: {"q_len": q_len, "k_len": k_len, "window": window}


def _drawn(rng: np.random.Generator) -> dict[str, int]:
    q_len, more, window = rng.integers(3, 60, size=3).tolist()
    return {"q_len": q_len, "k_len": q_len + more, "window": window}


PROBES = (
    Probe("square", "as many queries as keys, and a window shorter than both", _sizes(7, 7, 3)),
    Probe("more keys", "fewer queries than keys: the mask must align to the bottom right", _sizes(4, 9, 3)),
    Probe("decoding", "one new query: it sees itself and the two keys before it", _sizes(1, 6, 3)),
    Probe("window of one", "every query sees itself alone", _sizes(3, 5, 1)),
    Probe("wide window", "a window larger than the sequence: the causal mask", _sizes(4, 5, 11)),
    Probe("one short", "a window that hides a single key, from the last query", _sizes(6, 6, 5)),
    Probe("exact window", "a window as long as the sequence hides nothing of the past", _sizes(5, 6, 6)),
    Probe("drawn", "lengths and a window that nobody knows beforehand", _drawn),
)

_COUNT = "count itself: `window` keys are the query's own and `window − 1` before it"
_BACK = "look back only: hide every key after the query's own position"


def _near(code: str, note: str, help_line: str, near: Any) -> Mistake:
    return Mistake(code, note, help_line, {"near": near})


def _sliced(keys: Array, queries: Array, window: int) -> Array:
    start = queries - window + 1
    return keys >= np.where(start < 0, np.maximum(start + keys.size, 0), start)


MISTAKES = (
    Mistake(
        "window-off-by-one",
        "when every query sees one key too many: itself and `window` keys before it",
        _COUNT,
        {"reach": lambda window: window + 1},
    ),
    Mistake(
        "window-off-by-one",
        "when every query sees one key too few: itself and `window − 2` keys before it",
        _COUNT,
        {"reach": lambda window: window - 1},
    ),
    Mistake(
        "window-not-causal",
        "when the window reaches as far into the future as into the past",
        _BACK,
        {"past": everything, "near": lambda k, q, w: np.abs(k - q) < w},
    ),
    Mistake(
        "window-not-causal",
        "when the window is centered on the query",
        _BACK,
        {"past": everything, "near": lambda k, q, w: np.abs(k - q) <= w // 2},
    ),
    Mistake("window-not-causal", "when the whole future is visible", _BACK, {"past": everything}),
    _near(
        "ignores-window",
        "when the window is not used: this is the causal mask",
        "hide also the keys that lie `window` or more positions back",
        lambda keys, queries, window: everything(keys, queries),
    ),
    _near(
        "window-from-start",
        "when every query sees the first `window` keys, if they are not in its future",
        "the window moves with the query: compare each key with the query's position, not with 0",
        lambda keys, queries, window: (keys < window) & everything(keys, queries),
    ),
    _near(
        "window-as-blocks",
        "when the sequence is cut into blocks of `window` keys and a query sees its own block only",
        "the window moves with the query: position p sees p − window + 1 to p",
        lambda keys, queries, window: keys // window == queries // window,
    ),
    _near(
        "window-complement",
        "when every query sees the keys before its window and not those in it",
        "turn the comparison around: the distance must be less than the window",
        lambda keys, queries, window: queries - keys >= window,
    ),
    _near(
        "negative-slice-start",
        "when a slice starts at position − window + 1 even below 0: it then counts from the end",
        "start the slice at `max(0, position - window + 1)`, or compare positions instead",
        _sliced,
    ),
    _near(
        "causal-top-left",
        "when the far edge of the window is counted as if the first query stood at the first key",
        "move both edges by k_len − q_len: the far edge follows the query as the near one does",
        lambda keys, queries, window: queries - queries[0] - keys < window,
    ),
    Mistake(
        "causal-flipped",
        "when the window looks into the future instead of the past",
        "keys are the columns: key j may be seen by query i where j is not after i",
        {"past": lambda keys, queries: keys >= queries, "near": lambda k, q, w: k - q < w},
    ),
    Mistake(
        "strict-causal",
        "when every query sees the `window` keys before it but not itself",
        "a token may attend to itself: it is the last of the `window` keys",
        {"past": lambda keys, queries: keys < queries, "reach": lambda window: window + 1},
    ),
    *LOOKING,
    *ALIGNING,
    *FORMS,
    *TRANSPOSED,
)

SLIDING_WINDOW_MASK = Exercise(
    id="sliding_window_mask",
    assignment="03a-attention",
    chapter=3,
    section="Window: only the near past",
    anchor="window",
    title="Look back only a little",
    minutes=10,
    difficulty=1,
    statement=STATEMENT,
    reference=sliding_window_mask,
    blueprint=window,
    returns=("mask",),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
