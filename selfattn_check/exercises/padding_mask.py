"""Exercise: hide the padding."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.masks import as_it_is, hide_from_all_queries, padding
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.mistakes.mask_forms import FORMS
from selfattn_check.probe import Probe, read_only
from selfattn_ref import padding_mask

__all__ = ["PADDING_MASK"]

Array = np.ndarray

STATEMENT = r"""
Sequences of different lengths are padded at the end to `max_len`, so that they fit into one array. A padding mask
hides the padding as *keys*, from every query of the same sequence.

$$M_{b\,0\,j} = \bigl(\, j < \text{lengths}_b \,\bigr), \qquad 0 \le j < \mathtt{max\_len}$$

| argument | meaning |
|---|---|
| `lengths` | `(batch,)` integers of any integer dtype, $0 \le$ length $\le$ `max_len`; a length of 0 hides every key |
| `max_len` | integer, length of the padded sequences, at least 1 |
| returns | new array `(batch, 1, max_len)` of booleans, **True = may attend** |

The axis of length 1 stands where scores have their queries: the mask broadcasts over all of them.

```python
>>> import numpy as np
>>> padding_mask(np.array([3, 1]), 4)
array([[[ True,  True,  True, False]],
<BLANKLINE>
       [[ True, False, False, False]]])

```
"""

HINTS = (
    "Which keys of a sequence are real? Those whose position, counted from 0, is below its length. "
    "That is one comparison, for all sequences at once.",
    "Compare `np.arange(max_len)`, the positions of the keys, with the lengths as a column, `lengths[:, None]`: "
    "the result broadcasts to `(batch, max_len)`. Which axis is missing between the two?",
    "Scores are `(batch, q_len, k_len)`: batch first, keys last, and one axis of length 1 for the queries. "
    "`np.arange(max_len) < lengths[:, None, None]` has it.",
)


def _drawn(lengths: list[int], max_len: int, dtype: str = "int64") -> Any:
    return lambda rng: {"lengths": np.array(lengths, dtype), "max_len": max_len}


def _untouchable(rng: np.random.Generator) -> dict[str, Any]:
    return {"lengths": read_only(rng.integers(1, 6, size=7, dtype=np.int32)), "max_len": 6}


PROBES = (
    Probe("by hand", "three sequences of different lengths, one of them full", _drawn([2, 5, 1], 5)),
    Probe("square", "as many sequences as positions: a mask on the wrong axis raises nothing", _drawn([3, 1, 4, 2], 4)),
    Probe("empty", "a sequence of length 0 has no key at all", _drawn([0, 3], 3)),
    Probe("none full", "every sequence is shorter than max_len", _drawn([4, 2, 3], 6)),
    Probe("one sequence", "a batch of one", _drawn([2], 7)),
    Probe("int32", "lengths of another integer type, not to be written to", _untouchable),
    Probe("one position", "max_len of 1: a real token, and none", _drawn([1, 0], 1)),
)

_LAST = "position j is real where j < length: the last real one is length − 1"
_KEYS = "hide pads as keys, the last axis: shape (batch, 1, max_len), `mask[:, None, :]`"


def _real(code: str, note: str, help_line: str, real: Any) -> Mistake:
    return Mistake(code, note, help_line, {"real": real})


def _arranged(code: str, note: str, help_line: str, arrange: Any) -> Mistake:
    return Mistake(code, note, help_line, {"arrange": arrange})


def _for_each_query(mask: Array) -> Array:
    return np.repeat(hide_from_all_queries(mask), mask.shape[-1], axis=1)


_OWN_LENGTH = "compare with the lengths as a column, so that each sequence meets its own"
_COLUMN = "make the lengths a column, `lengths[:, None]`: (batch, 1) against (max_len,) gives (batch, max_len)"


def _positions_against_lengths(positions: Array, lengths: Array) -> Array:
    return positions < lengths[:, 0]


MISTAKES = (
    _real(
        "padding-off-by-one",
        "when the first pad counts as real",
        _LAST,
        lambda positions, lengths: positions <= lengths,
    ),
    _real(
        "padding-off-by-one",
        "when the last real token counts as a pad",
        _LAST,
        lambda positions, lengths: positions < lengths - 1,
    ),
    _real(
        "padding-off-by-one",
        "when the slice of real tokens ends at length − 1, which for an empty sequence counts from the end",
        _LAST,
        lambda positions, lengths: positions < np.where(lengths > 0, lengths - 1, positions.size - 1),
    ),
    _real(
        "pads-on-the-left",
        "when the pads stand before the tokens instead of after them",
        "the sequences start at position 0 and are padded at the end",
        lambda positions, lengths: positions >= positions.size - lengths,
    ),
    _real(
        "pads-on-the-left",
        "when a slice takes the last tokens instead of the first: `-0:` takes all of them",
        "the sequences start at position 0 and are padded at the end",
        lambda positions, lengths: positions >= np.where(lengths > 0, positions.size - lengths, 0),
    ),
    _real(
        "all-visible",
        "when no key is hidden",
        "hide the positions from each sequence's length on",
        lambda positions, lengths: np.ones((lengths.size, positions.size), dtype=bool),
    ),
    _real(
        "one-length-for-all",
        "when the first sequence's length is used for all",
        _OWN_LENGTH,
        lambda positions, lengths: positions < np.full_like(lengths, lengths[0]),
    ),
    _real(
        "one-length-for-all",
        "when the last sequence's length is used for all",
        _OWN_LENGTH,
        lambda positions, lengths: positions < np.full_like(lengths, lengths[-1]),
    ),
    _real(
        "one-length-for-all",
        "when the largest length is used for all",
        _OWN_LENGTH,
        lambda positions, lengths: positions < np.full_like(lengths, lengths.max()),
    ),
    Mistake(
        "lengths-not-a-column",
        "when position j meets the length of sequence j",
        _COLUMN,
        {"real": _positions_against_lengths, "arrange": as_it_is},
    ),
    Mistake(
        "lengths-not-a-column",
        "when position j meets the length of sequence j",
        _COLUMN,
        {"real": _positions_against_lengths, "arrange": lambda mask: mask[None, None]},
    ),
    _real(
        "lengths-not-a-column", "when position j meets the length of sequence j", _COLUMN, _positions_against_lengths
    ),
    _real(
        "marks-the-end-only",
        "with True only at the last real token",
        "all tokens up to the end are real: compare with `<`, not `==`",
        lambda positions, lengths: positions == lengths - 1,
    ),
    _real(
        "marks-the-end-only",
        "with True only at index length − 1, which is the last position for an empty sequence",
        "all tokens up to the end are real: set `mask[b, 0, :length]`, not one entry",
        lambda positions, lengths: positions == (lengths - 1) % positions.size,
    ),
    Mistake(
        "ignores-max-len",
        "when the mask ends at the longest sequence instead of at max_len",
        "the mask has one column for each padded position: `np.arange(max_len)`",
        {"width": lambda lengths, max_len: lengths.max()},
    ),
    _arranged("padding-on-query-axis", "when the pads are hidden as queries", _KEYS, lambda mask: mask[:, :, None]),
    _arranged(
        "mask-broadcast-silently",
        "without the axis of the queries: with scores (batch, q_len, k_len) the batch meets q_len",
        _KEYS,
        lambda mask: mask,
    ),
    _arranged(
        "mask-broadcast-silently",
        "with the axis of length 1 before the batch, so that the batch meets q_len",
        _KEYS,
        lambda mask: mask[None],
    ),
    _arranged(
        "mask-extra-axes",
        "with a head axis as well",
        "return three axes, (batch, 1, max_len): the function with several heads adds their axis",
        lambda mask: mask[:, None, None],
    ),
    _arranged(
        "mask-repeated",
        "when the row is copied for every query",
        "keep an axis of length 1 for the queries: it broadcasts, whatever their number",
        _for_each_query,
    ),
    _arranged(
        "padding-on-query-axis",
        "when the pads are hidden as queries, and copied for every key",
        _KEYS,
        lambda mask: np.swapaxes(_for_each_query(mask), 1, 2),
    ),
    _arranged(
        "padding-on-both-axes",
        "when the pads are hidden as keys and as queries",
        _KEYS,
        lambda mask: mask[:, None, :] & mask[:, :, None],
    ),
    _arranged(
        "mask-transposed",
        "when the keys come before the sequences",
        _KEYS,
        lambda mask: mask.T,
    ),
    _arranged(
        "mask-transposed",
        "when the keys come first and the sequences last",
        _KEYS,
        lambda mask: mask.T[:, None],
    ),
    *FORMS,
)

PADDING_MASK = Exercise(
    id="padding_mask",
    assignment="03a-attention",
    chapter=3,
    section="Padding: nothing that is not there",
    anchor="padding",
    title="Hide the padding",
    minutes=8,
    difficulty=1,
    statement=STATEMENT,
    reference=padding_mask,
    blueprint=padding,
    returns=("mask",),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
