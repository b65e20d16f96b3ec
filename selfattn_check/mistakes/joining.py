"""Mistakes in putting heads together again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from selfattn_check.blueprints.heads import join, swap_heads
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.cutting import EXCHANGES, FROM_THE_END, KEEP_BATCH, as_it_is, needing

__all__ = ["JOINING", "gather_alternating", "reshape_straight_back"]

Array = np.ndarray

_SWAP_BACK = "first `np.swapaxes(x, -2, -3)`, then reshape to (..., seq_len, num_heads · head_dim)"
_SIDE_BY_SIDE = "put all heads side by side along the last axis: each keeps features of its own"


def reshape_straight_back(x: Array) -> Array:
    """The right shape (..., seq_len, d_model) with features in the wrong places."""
    *batch, num_heads, seq_len, head_dim = x.shape
    return x.reshape(*batch, seq_len, num_heads * head_dim)


def gather_alternating(x: Array) -> Array:
    """The heads take turns, one feature of each: (..., seq_len, d_model)."""
    return join(np.moveaxis(x, -3, -1))


def _joined(code: str, note: str, help_line: str, whole: Callable[[Array], Array]) -> Mistake:
    return Mistake(code, note, help_line, {"arrange": as_it_is, "join": whole})


def _reordered(note: str, exchange: Callable[[Array], Array]) -> Mistake:
    """Two axes exchanged, then everything reshaped to the right shape."""

    def whole(x: Array) -> Array:
        return exchange(x).reshape(reshape_straight_back(x).shape)

    return _joined("wrong-axes-swapped", note, _SWAP_BACK, whole)


JOINING = (
    _joined(
        "merge-without-transpose",
        "when the array is reshaped straight to (..., seq_len, d_model)",
        _SWAP_BACK,
        reshape_straight_back,
    ),
    _joined(
        "interleaved-split",
        "when the heads take turns, one feature of each",
        "head i owns the contiguous features i·head_dim to (i + 1)·head_dim − 1",
        gather_alternating,
    ),
    *(Mistake("axes-from-the-front", note, FROM_THE_END, {"arrange": arrange}) for note, arrange in EXCHANGES),
    _joined(
        "axes-from-the-front",
        "when the entries of the first axis are put side by side, which are heads only without a batch",
        "the heads are the third axis from the end: `np.swapaxes(x, -2, -3)` brings them to the features",
        lambda x: np.concatenate(x, axis=-1),
    ),
    _joined(
        "axes-from-the-front",
        "when the entries of axis 1 are put side by side, which are heads only with one batch axis",
        "the heads are the third axis from the end: `np.swapaxes(x, -2, -3)` brings them to the features",
        lambda x: np.concatenate(np.moveaxis(x, 1, 0), axis=-1),
    ),
    Mistake(
        "fixed-number-of-axes",
        "when the shape is unpacked as one batch axis, heads, tokens and features",
        KEEP_BATCH,
        {"arrange": needing(4, swap_heads)},
    ),
    Mistake(
        "fixed-number-of-axes",
        "when the shape is unpacked as heads, tokens and features, without a batch",
        KEEP_BATCH,
        {"arrange": needing(3, swap_heads)},
    ),
    Mistake(
        "transposes-all-axes",
        "when `.T` reverses every axis, the batch axes too",
        FROM_THE_END,
        {"arrange": lambda x: x.T},
    ),
    _reordered("when heads and features are exchanged instead of heads and tokens", lambda x: np.swapaxes(x, -1, -3)),
    _reordered("when tokens and features are exchanged instead of heads and tokens", lambda x: np.swapaxes(x, -1, -2)),
    _joined("averages-heads", "when the heads are averaged", _SIDE_BY_SIDE, lambda x: x.mean(axis=-3)),
    _joined("averages-heads", "when the heads are added", _SIDE_BY_SIDE, lambda x: x.sum(axis=-3)),
    _joined("one-head-only", "when only the first head is kept", _SIDE_BY_SIDE, lambda x: x[..., 0, :, :]),
    _joined(
        "heads-along-sequence",
        "when the heads follow each other along the sequence",
        "put the heads side by side along the last axis, the features",
        lambda x: x.reshape(*x.shape[:-3], -1, x.shape[-1]),
    ),
    Mistake(
        "heads-not-joined",
        "when the heads stay an axis of their own: (..., seq_len, num_heads, head_dim)",
        "reshape the last two axes into one: (..., seq_len, num_heads · head_dim)",
        {"join": as_it_is},
    ),
    Mistake(
        "loses-batch-axes",
        "when all batch axes are merged into one long sequence",
        KEEP_BATCH,
        {"join": lambda x: x.reshape(-1, x.shape[-2] * x.shape[-1])},
    ),
    Mistake(
        "loses-batch-axes",
        "when all batch axes are merged into one, which is there even without a batch",
        KEEP_BATCH,
        {"join": lambda x: x.reshape(-1, x.shape[-3], x.shape[-2] * x.shape[-1])},
    ),
)
