"""Search for a likely sequence among many, a few prefixes at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from selfattn_ref.validation import FloatArray, float_array, function, require, size

ROUNDING = 1e-3  # a log-probability may lie this far above 0, in float16 say


class Prefix(NamedTuple):
    """A sequence that starts with bos, and the sum of the log-probabilities of the tokens behind it."""

    tokens: list[int]
    score: float


def beam_search(
    step: Callable[[list[int]], FloatArray], bos: int, eos: int, beam_size: int, max_len: int
) -> tuple[list[int], float]:
    """Keep the beam_size best prefixes at every length, and return the best one that has ended.

    From the beam, at first [bos] alone: of all continuations of all prefixes by one token the beam_size best are kept.
    Those that end in eos leave the beam and are finished; the others are the next beam, which may have fewer than
    beam_size prefixes for that one step. The search stops when the beam is empty, has max_len tokens after bos, or
    cannot overtake the best finished sequence, since a score only falls. Sutskever et al. (2014), section 3.2, without
    any normalization by length. With beam_size 1 it is greedy decoding; with a beam as large as the number of prefixes
    it finds the best sequence of all.

    Ties: of equal continuations that of the better prefix comes first, then the lower token; of equal finished
    sequences the one that was found first, hence a shorter one. A continuation of probability 0 is never kept.

    Args:
        step: is called with a prefix, a list of int that it may keep, and returns the (vocab,) log-probabilities of
            the next token.
        bos: token with which every sequence starts; it may be the same as eos.
        eos: token that ends a sequence; below vocab.
        beam_size: number of continuations kept, at least 1.
        max_len: number of tokens after bos, eos included, at least 1.

    Returns:
        The best finished sequence, with bos and eos, and its summed log-probability, in nats. If nothing has ended
        within max_len tokens, the best prefix of that length, without eos.

    Raises:
        TypeError: step cannot be called or returns no NumPy array of floats, or another argument is not an integer.
        ValueError: bos or eos is negative, beam_size or max_len below 1, eos not below vocab; or step returns no
            (vocab,), numbers above 0 or NaN, or nothing above -inf.

    >>> after = {3: [0.1, 0.5, 0.4], 1: [0.5, 0.25, 0.25], 2: [0.9, 0.05, 0.05]}  # what follows bos=3, 1 and 2
    >>> step = lambda tokens: np.log(after[tokens[-1]])
    >>> for beam_size in (1, 2):
    ...     tokens, score = beam_search(step, bos=3, eos=0, beam_size=beam_size, max_len=5)
    ...     print(tokens, round(np.exp(score), 2))
    [3, 1, 0] 0.25
    [3, 2, 0] 0.36
    """
    step = function("step", step, "a list of tokens")
    bos, eos = size("bos", bos, at_least=0), size("eos", eos, at_least=0)
    beam_size, max_len = size("beam_size", beam_size, at_least=1), size("max_len", max_len, at_least=1)
    beam, finished = [Prefix([bos], 0.0)], Prefix([], -math.inf)
    for _ in range(max_len):
        continuations = [longer for prefix in beam for longer in _continue(prefix, step, eos, beam_size)]
        kept = sorted(continuations, key=lambda prefix: -prefix.score)[:beam_size]  # stable: equals keep their order
        ended = [prefix for prefix in kept if prefix.tokens[-1] == eos]
        finished = max([finished, *ended], key=lambda prefix: prefix.score)  # the first of equals
        beam = [prefix for prefix in kept if prefix.tokens[-1] != eos]
        if not beam or beam[0].score <= finished.score:
            break
    return finished if finished.tokens else beam[0]


def _continue(prefix: Prefix, step: Callable[[list[int]], FloatArray], eos: int, beam_size: int) -> list[Prefix]:
    """The best continuations of one prefix, no more than can be kept, best first."""
    row = float_array("step(tokens)", step(list(prefix.tokens)), "(vocab,)")
    require(eos < len(row), "eos", f"be below vocab = {len(row)}", eos)
    no_log = row[~(row <= ROUNDING)]
    require(no_log.size == 0, "step(tokens)", "hold log-probabilities, none above 0", no_log[:1])
    require(bool((row > -np.inf).any()), "step(tokens)", "hold a number above -inf", "none")
    best = np.argsort(-row, kind="stable")[:beam_size]  # stable: the lower token of equals
    return [Prefix([*prefix.tokens, int(t)], prefix.score + float(row[t])) for t in best if row[t] > -np.inf]
