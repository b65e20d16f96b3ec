"""Masks as steps: width → first → past → reach → near → sense → arrange → finish (for padding: width → real → …).

Converting a mask: read → attend, hide or add → finish.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong. The steps are small so that mistakes of different kinds (position, sense, shape, dtype) can be combined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["as_it_is", "causal", "convert", "hide_from_all_queries", "padding", "read", "window", "write_additive"]

Array = np.ndarray
Step = Callable[..., Any]


def as_it_is(mask: Array) -> Array:
    """Nothing to do in this step."""
    return mask


def columns(q_len: int, k_len: int | None) -> int:
    """Number of keys: q_len where k_len is None."""
    return q_len if k_len is None else k_len


def first(q_len: int, k_len: int) -> int:
    """Position of the first query among the keys, so that the last query stands at the last key."""
    return k_len - q_len


def past(keys: Array, queries: Array) -> Array:
    """Keys up to the query's own position."""
    return keys <= queries


def reach(window: int) -> int:
    """Number of keys in the window, the query's own included."""
    return window


def near(keys: Array, queries: Array, window: int) -> Array:
    """Keys at most window − 1 positions before the query's own."""
    return queries - keys < window


def padded_length(lengths: Array, max_len: int) -> int:
    """Number of keys of the padded batch."""
    return max_len


def real(keys: Array, lengths: Array) -> Array:
    """Keys before the end of each sequence: (batch, max_len)."""
    return keys < lengths


def hide_from_all_queries(mask: Array) -> Array:
    """(batch, 1, max_len): the same keys for every query."""
    return mask[:, None, :]


def read(mask: Array) -> Array:
    """Booleans, True = may attend, of booleans like these or of numbers to add, 0 or −inf."""
    return mask == 0 if mask.dtype.kind == "f" else mask


def write_hidden(seen: Array) -> Array:
    """True = hidden."""
    return ~seen


def write_additive(seen: Array, mask: Array) -> Array:
    """Numbers to add to the scores."""
    return np.where(seen, 0.0, -np.inf)


def causal(
    q_len: int,
    k_len: int | None = None,
    *,
    width: Step = columns,
    first: Step = first,
    past: Step = past,
    sense: Step = as_it_is,
    arrange: Step = as_it_is,
    finish: Step = as_it_is,
) -> Any:
    """`causal_mask` as steps."""
    keys, queries = _positions(q_len, width(q_len, k_len), first)
    return finish(arrange(sense(past(keys, queries))))


def window(
    q_len: int,
    k_len: int,
    window: int,
    *,
    width: Step = columns,
    first: Step = first,
    past: Step = past,
    reach: Step = reach,
    near: Step = near,
    sense: Step = as_it_is,
    arrange: Step = as_it_is,
    finish: Step = as_it_is,
) -> Any:
    """`sliding_window_mask` as steps."""
    keys, queries = _positions(q_len, width(q_len, k_len), first)
    return finish(arrange(sense(past(keys, queries) & near(keys, queries, reach(window)))))


def padding(
    lengths: Array,
    max_len: int,
    *,
    width: Step = padded_length,
    real: Step = real,
    sense: Step = as_it_is,
    arrange: Step = hide_from_all_queries,
    finish: Step = as_it_is,
) -> Any:
    """`padding_mask` as steps."""
    keys = np.arange(width(lengths, max_len))  # (max_len,)
    return finish(arrange(sense(real(keys, lengths[:, None]))))  # (batch, max_len) until it is arranged


def convert(
    mask: Array,
    to: str,
    *,
    read: Step = read,
    attend: Step = as_it_is,
    hide: Step = write_hidden,
    add: Step = write_additive,
    choose: Step = as_it_is,
    finish: Step = as_it_is,
) -> Any:
    """`convert_mask` as steps."""
    form = choose(to)
    seen = read(mask)
    return add(seen, mask) if form == "additive" else finish(hide(seen) if form == "hidden" else attend(seen))


def _positions(q_len: int, k_len: int, first: Step) -> tuple[Array, Array]:
    """Keys (1, k_len) and queries (q_len, 1) by their position in the sequence."""
    return np.arange(k_len)[None, :], first(q_len, k_len) + np.arange(q_len)[:, None]
