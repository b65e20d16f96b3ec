"""Mistakes in cutting features into heads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.heads import swap_heads, to_blocks
from selfattn_check.exercise import Mistake

__all__ = ["CUTTING", "EXCHANGES", "FROM_THE_END", "KEEP_BATCH", "alternate", "as_it_is", "needing", "reshape_straight"]

Array = np.ndarray

FROM_THE_END = "count axes from the end, `np.swapaxes(x, -2, -3)`: then batch axes may come and go"
KEEP_BATCH = "keep the batch axes: begin the new shape with `*x.shape[:-2]`, or `*x.shape[:-3]` where heads are an axis"
_SWAP = "two steps: reshape to (..., seq_len, num_heads, head_dim), then `np.swapaxes(x, -2, -3)`"
_REFUSE = "raise a ValueError if `d_model % num_heads` is not 0"

EXCHANGES: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("when the axes 1 and 2 are exchanged, which is right only with one batch axis", lambda x: np.swapaxes(x, 1, 2)),
    ("when the axes 0 and 1 are exchanged, which is right only without a batch", lambda x: np.swapaxes(x, 0, 1)),
    ("when `transpose(0, 2, 1, 3)` is used, right only with one batch axis", lambda x: np.transpose(x, (0, 2, 1, 3))),
    ("when `transpose(1, 0, 2)` is used, right only without a batch", lambda x: np.transpose(x, (1, 0, 2))),
)


def as_it_is(x: Array, *_: Any) -> Array:
    """Nothing to do in this step."""
    return x


def reshape_straight(x: Array, num_heads: int) -> Array:
    """The right shape (..., num_heads, seq_len, head_dim) with features in the wrong places."""
    return x.reshape(*x.shape[:-2], num_heads, x.shape[-2], x.shape[-1] // num_heads)


def alternate(x: Array, num_heads: int) -> Array:
    """Head h gets every num_heads-th feature: (..., num_heads, seq_len, head_dim)."""
    return np.moveaxis(x.reshape(*x.shape[:-1], x.shape[-1] // num_heads, num_heads), -1, -3)


def _cutting(axis: int) -> Callable[[Array, int], Array]:
    return lambda x, num_heads: np.stack(np.split(x, num_heads, axis=axis), axis=-3)


def _merging_the_batch(x: Array, num_heads: int) -> Array:
    return to_blocks(x.reshape(-1, *x.shape[-2:]), num_heads)


def needing(axes: int, then: Callable[..., Array]) -> Callable[..., Array]:
    """The step, after the shape was unpacked into so many names; another number raises, as it does for the learner."""

    def unpack_first(x: Array, *arguments: Any) -> Array:
        if axes == 2:
            _, _ = x.shape
        elif axes == 3:
            _, _, _ = x.shape
        else:
            _, _, _, _ = x.shape
        return then(x, *arguments)

    return unpack_first


def _into_longer_sequence(x: Array, num_heads: int) -> Array:
    return x.reshape(*x.shape[:-2], -1, x.shape[-1] // num_heads * num_heads)


def _asserting(x: Array, num_heads: int) -> Array:
    if x.shape[-1] % num_heads:
        raise AssertionError
    return x


CUTTING = (
    Mistake(
        "split-without-transpose",
        "when the array is reshaped straight to (..., num_heads, seq_len, head_dim)",
        _SWAP,
        {"to_blocks": reshape_straight, "arrange": as_it_is},
    ),
    Mistake(
        "split-without-transpose",
        "when the heads stay behind the tokens: (..., seq_len, num_heads, head_dim)",
        _SWAP,
        {"arrange": as_it_is},
    ),
    Mistake(
        "interleaved-split",
        "when head i gets every num_heads-th feature, beginning with feature i",
        "head i owns the contiguous features i·head_dim to (i + 1)·head_dim − 1",
        {"to_blocks": alternate, "arrange": as_it_is},
    ),
    Mistake(
        "heads-and-width-swapped",
        "when num_heads is the width of a head instead of the number of heads",
        "the last axis is the width of one head: `d_model // num_heads`",
        {"to_blocks": lambda x, num_heads: to_blocks(x, x.shape[-1] // num_heads)},
    ),
    *(Mistake("axes-from-the-front", note, FROM_THE_END, {"arrange": arrange}) for note, arrange in EXCHANGES),
    Mistake(
        "axes-from-the-front",
        "when the heads stand before the batch axes, as `np.stack` puts them",
        "put the heads right before the tokens: `np.stack(…, axis=-3)`",
        {"arrange": lambda x: np.moveaxis(x, -2, 0)},
    ),
    Mistake(
        "axes-from-the-front",
        "when the heads are put at position 1, which is right only with one batch axis",
        "put the heads right before the tokens: `np.stack(…, axis=-3)`",
        {"arrange": lambda x: np.moveaxis(x, -2, 1)},
    ),
    *(
        Mistake(
            "axes-from-the-front",
            f"when axis {axis} is cut, which is the features only {where}",
            "cut the last axis, whatever its number: `axis=-1`",
            {"to_blocks": cut, "arrange": as_it_is},
        )
        for axis, where, cut in ((1, "without a batch", _cutting(1)), (2, "with one batch axis", _cutting(2)))
    ),
    Mistake(
        "fixed-number-of-axes",
        "when the shape is unpacked as one batch axis, tokens and features",
        KEEP_BATCH,
        {"to_blocks": needing(3, to_blocks)},
    ),
    Mistake(
        "fixed-number-of-axes",
        "when the shape is unpacked as tokens and features, without a batch",
        KEEP_BATCH,
        {"to_blocks": needing(2, to_blocks)},
    ),
    Mistake(
        "transposes-all-axes",
        "when `.T` reverses every axis, the batch axes too",
        FROM_THE_END,
        {"arrange": lambda x: x.T},
    ),
    Mistake(
        "wrong-axes-swapped",
        "when heads and features are exchanged instead of heads and tokens",
        _SWAP,
        {"arrange": lambda x: np.swapaxes(x, -1, -2)},
    ),
    Mistake(
        "wrong-axes-swapped",
        "when tokens and features are exchanged instead of heads and tokens",
        _SWAP,
        {"arrange": lambda x: np.swapaxes(x, -1, -3)},
    ),
    Mistake(
        "wrong-axes-swapped",
        "when the features of each head come before its tokens: (..., num_heads, head_dim, seq_len)",
        _SWAP,
        {"arrange": lambda x: np.swapaxes(swap_heads(x), -1, -2)},
    ),
    Mistake(
        "loses-batch-axes",
        "when all batch axes are merged into one, which is there even without a batch",
        KEEP_BATCH,
        {"to_blocks": _merging_the_batch},
    ),
    Mistake(
        "heads-along-sequence",
        "when the tokens are shared out instead of the features",
        "cut the last axis, the features: every head sees every token",
        {"to_blocks": lambda x, num_heads: np.stack(np.split(x, num_heads, axis=-2), axis=-3), "arrange": as_it_is},
    ),
    Mistake(
        "floors-head-dim",
        "when features that do not fill a head are dropped",
        _REFUSE,
        {"accept": lambda x, num_heads: x[..., : x.shape[-1] // num_heads * num_heads]},
    ),
    Mistake(
        "floors-head-dim",
        "when features that do not fill a head run over into more tokens, as `reshape(…, -1, …)` allows",
        _REFUSE,
        {"accept": _into_longer_sequence},
    ),
    Mistake(
        "asserts-instead-of-raising",
        "when an `assert` refuses sizes that do not fit",
        "write `if d_model % num_heads:` and `raise ValueError(…)`: an `assert` can be switched off",
        {"accept": _asserting},
    ),
)
