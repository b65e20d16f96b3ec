"""Beam search as steps.

For every length: grow each prefix by rescale and sum, rank, keep; part into ended and beam; judge what has ended;
stop. At the end choose → answer. Each step is a keyword-only parameter; the defaults together are the reference, and a
mistake replaces the steps that it gets wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

__all__ = ["Found", "beam_search"]

Step = Callable[..., Any]
Found = tuple[list[int], float]  # tokens from bos on, and their score


def last_length(max_len: int) -> int:
    """How many tokens may follow bos."""
    return max_len


def rescale(row: np.ndarray) -> np.ndarray:
    """Log-probabilities as they are."""
    return row


def total(score: float, more: float) -> float:
    """Logarithms of independent steps add up."""
    return score + more


def grow(prefix: Found, row: np.ndarray, total: Step, beam_size: int) -> list[Found]:
    """Every continuation of a prefix by one token that is possible at all, the lower tokens first."""
    tokens, score = prefix
    return [([*tokens, token], total(score, float(more))) for token, more in enumerate(row) if more > -math.inf]


def rank(score: float, length: int) -> float:
    """What continuations are compared by: `length` counts the tokens after bos."""
    return score


def keep(ranked: list[Found], beam_size: int, eos: int, finished: int) -> list[Found]:
    """The best of all continuations, those that end included."""
    return ranked[:beam_size]


def order(found: Iterable[Found], rank: Step) -> list[Found]:
    """Best first; equals keep their order."""
    return sorted(found, key=lambda each: -rank(each[1], len(each[0]) - 1))


def ends(tokens: Sequence[int], eos: int) -> bool:
    """Whether a continuation is finished."""
    return tokens[-1] == eos


def enough(finished: list[Found], beam: list[Found]) -> bool:
    """Whether the search stops before max_len: when nothing is left to continue."""
    return not beam


def choose(finished: list[Found], beam: list[Found], rank: Step) -> Found:
    """The best finished sequence, the first of equals; without any, the best prefix."""
    return max(finished or beam, key=lambda each: rank(each[1], len(each[0]) - 1))


def answer(found: Found, eos: int) -> Any:
    """Tokens with bos and eos, and the summed log-probability."""
    return found


def beam_search(
    step: Callable[[list[int]], np.ndarray],
    bos: int,
    eos: int,
    beam_size: int,
    max_len: int,
    *,
    last_length: Step = last_length,
    rescale: Step = rescale,
    total: Step = total,
    grow: Step = grow,
    rank: Step = rank,
    keep: Step = keep,
    order: Step = order,
    ends: Step = ends,
    enough: Step = enough,
    choose: Step = choose,
    answer: Step = answer,
) -> Any:
    """`beam_search` as steps."""
    beam: list[Found] = [([bos], 0.0)]
    finished: list[Found] = []
    for _ in range(last_length(max_len)):
        grown = [longer for prefix in beam for longer in grow(prefix, rescale(step(list(prefix[0]))), total, beam_size)]
        kept = keep(order(grown, rank), beam_size, eos, len(finished))
        ended = [each for each in kept if ends(each[0], eos)]
        finished += ended
        beam = [each for each in kept if not ends(each[0], eos)]
        if enough(finished, beam):
            break
    return answer(choose(finished, beam, rank), eos)
