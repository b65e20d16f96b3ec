"""Mistakes in giving each head its features, and in putting the heads' outputs together."""

from __future__ import annotations

import numpy as np

from selfattn_check.blueprints.heads import swap_heads, to_blocks
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.cutting import alternate, reshape_straight
from selfattn_check.mistakes.joining import gather_alternating, reshape_straight_back

__all__ = ["MERGING", "SPLITTING"]

Array = np.ndarray

_SWAP = "two steps: reshape to (seq_len, num_heads, head_dim), then swap the first two axes"
_BLOCKS = "head i owns the contiguous features i·head_dim to (i + 1)·head_dim − 1"


SPLITTING = (
    Mistake(
        "split-without-transpose",
        "when the array is reshaped straight to (num_heads, seq_len, head_dim)",
        _SWAP,
        {"split": reshape_straight},
    ),
    Mistake(
        "interleaved-split",
        "when head i gets every num_heads-th feature, beginning with feature i",
        _BLOCKS,
        {"split": alternate},
    ),
)


def _blocks_of_whole_tokens(x: Array, num_heads: int) -> Array:
    return swap_heads(reshape_straight(x, num_heads))


def _as_many_rows_as_tokens(x: Array) -> Array:
    return np.swapaxes(x, 0, 1).reshape(len(x), -1)


MERGING = (
    Mistake(
        "split-without-transpose",
        "when the heads stay behind the tokens: (seq_len, num_heads, head_dim)",
        _SWAP,
        {"split": to_blocks, "merge": _as_many_rows_as_tokens},
    ),
    Mistake(
        "split-without-transpose",
        "when the array is reshaped straight to (num_heads, seq_len, head_dim) and swapped after that",
        _SWAP,
        {"split": _blocks_of_whole_tokens, "merge": _as_many_rows_as_tokens},
    ),
    Mistake(
        "merge-without-transpose",
        "when the heads' outputs are reshaped straight to (seq_len, d_model)",
        "first swap heads and tokens, then reshape to (seq_len, num_heads · head_dim)",
        {"merge": reshape_straight_back},
    ),
    Mistake(
        "interleaved-split",
        "when the heads' outputs take turns, one feature of each",
        _BLOCKS,
        {"merge": gather_alternating},
    ),
    Mistake(
        "interleaved-split",
        "when the features are dealt out to the heads one by one, and collected in the same way",
        _BLOCKS,
        {"split": alternate, "merge": gather_alternating},
    ),
    Mistake(
        "split-without-transpose",
        "when the array is reshaped straight to (num_heads, seq_len, head_dim) and straight back",
        _SWAP,
        {"split": reshape_straight, "merge": reshape_straight_back},
    ),
)
