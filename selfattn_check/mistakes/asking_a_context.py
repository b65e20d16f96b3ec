"""Mistakes in what asks and what is asked, where there are two sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.exercise import Mistake

__all__ = ["ASKING"]

Array = np.ndarray

_SOURCES = "queries come from x; keys and values from context"


def _from(code: str, note: str, sources: Callable[[Array, Array], Any]) -> Mistake:
    return Mistake(code, note, _SOURCES, {"sources": sources})


def _with_both(x: Array, context: Array) -> Any:
    both = np.concatenate([x, context], axis=-2)
    return x, both, both


ASKING = (
    _from("keys-from-queries", "when keys and values come from x: self-attention", lambda x, context: (x, x, x)),
    _from("keys-from-queries", "when the keys come from x", lambda x, context: (x, x, context)),
    _from("keys-from-queries", "when the values come from x", lambda x, context: (x, context, x)),
    _from(
        "swaps-x-and-context",
        "when the queries come from context, and keys and values from x",
        lambda x, context: (context, x, x),
    ),
    _from(
        "swaps-x-and-context", "when queries and keys come from context, values too", lambda x, context: (context,) * 3
    ),
    _from("joins-x-and-context", "when keys and values come from x and context, one after the other", _with_both),
)
