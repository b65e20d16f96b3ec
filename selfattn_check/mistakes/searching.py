"""Mistakes in beam search: what is compared, what is kept, what happens to sequences that have ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from selfattn_check.blueprints import beams as right
from selfattn_check.blueprints.beams import Found
from selfattn_check.exercise import Mistake

__all__ = ["ANSWERING", "KEEPING", "SUMMING"]

Step = Callable[..., Any]

_SUM = "add the log-probability of the new token to the score of its prefix"
_ALL = "put the continuations of all prefixes into one list, sort it, and keep its first beam_size"
_ENDED = "cut to beam_size first; of what is left, that which ends leaves the beam for a list of its own"
_PLACES = "each round keeps beam_size continuations anew; what has ended lies in its own list and takes no place"
_BEST = "`max(finished, key=…)` at the end; where nothing has ended, the best prefix"
_STABLE = "a stable sort keeps equals in their order: the better prefix first, then the lower token"
_PLAIN = "compare the sums themselves: this exercise asks for no normalization by length"
_LENGTH = "max_len counts the tokens after bos: the loop runs max_len times"

SUMMING = (
    Mistake.of(
        "last-step-score",
        "when a prefix is judged by its last token alone",
        _SUM,
        total=lambda score, more: more,
    ),
    Mistake.of(
        "sums-probabilities",
        "when probabilities are added, not their logarithms",
        _SUM,
        rescale=lambda row: np.where(row > -np.inf, np.exp(row), row),
    ),
    Mistake.of(
        "sums-probabilities",
        "when probabilities are added, not their logarithms, and those that are 0, too",
        _SUM,
        rescale=np.exp,
    ),
    Mistake.of(
        "multiplies-log-probabilities",
        "when log-probabilities are multiplied",
        _SUM,
        total=lambda score, more: score * more if score else more,
    ),
    Mistake.of(
        "length-normalized",
        "when sums are divided by the number of tokens after bos",
        _PLAIN,
        rank=lambda score, length: score / length,
    ),
    Mistake.of(
        "length-normalized",
        "when sums are divided by the number of tokens, bos included",
        _PLAIN,
        rank=lambda score, length: score / (length + 1),
    ),
    Mistake.of(
        "length-normalized",
        "when finished sequences are compared by their mean log-probability",
        _PLAIN,
        choose=lambda finished, beam, rank: right.choose(finished, beam, lambda score, length: score / length),
    ),
    Mistake.of("max-len-off-by-one", "when max_len counts bos, too", _LENGTH, last_length=lambda max_len: max_len - 1),
    Mistake.of(
        "max-len-off-by-one", "when there may be one token more than max_len", _LENGTH, last_length=lambda n: n + 1
    ),
)


def _best_children(prefix: Found, row: np.ndarray, total: Step, beam_size: int) -> list[Found]:
    return sorted(right.grow(prefix, row, total, beam_size), key=lambda each: -each[1])[:beam_size]


def _highest_token_first(prefix: Found, row: np.ndarray, total: Step, beam_size: int) -> list[Found]:
    return right.grow(prefix, row, total, beam_size)[::-1]


def _impossible_too(prefix: Found, row: np.ndarray, total: Step, beam_size: int) -> list[Found]:
    return [([*prefix[0], token], total(prefix[1], float(more))) for token, more in enumerate(row)]


def _equals_reversed(found: Iterable[Found], rank: Step) -> list[Found]:
    return right.order(list(found)[::-1], rank)


def _all_that_end(ranked: list[Found], beam_size: int, eos: int, finished: int) -> list[Found]:
    """Every continuation that ends, and the others among the best."""
    return [each for place, each in enumerate(ranked) if place < beam_size or each[0][-1] == eos]


def _all_that_end_and_others(ranked: list[Found], beam_size: int, eos: int, finished: int) -> list[Found]:
    """Every continuation that ends, and beam_size others."""
    others = [each for each in ranked if each[0][-1] != eos][:beam_size]
    return [each for each in ranked if each[0][-1] == eos] + others


def _finished_stay(step: Callable[[list[int]], np.ndarray], bos: int, eos: int, beam_size: int, max_len: int) -> Found:
    """A whole search in which a sequence that has ended keeps its place in the beam, until better ones push it out."""
    beam: list[Found] = [([bos], 0.0)]
    for _ in range(max_len):
        open_ = [each for each in beam if not _has_ended(each, eos)]
        if not open_:
            break
        grown: list[Found] = []
        for each in beam:
            stays = _has_ended(each, eos)
            grown += [each] if stays else right.grow(each, step(list(each[0])), right.total, beam_size)
        beam = right.order(grown, right.rank)[:beam_size]
    return right.choose([each for each in beam if _has_ended(each, eos)], beam, right.rank)


def _has_ended(found: Found, eos: int) -> bool:
    return len(found[0]) > 1 and found[0][-1] == eos


KEEPING = (
    Mistake.of(
        "ignores-beam-size", "when only the best prefix is kept", _ALL, keep=lambda ranked, size, *_: ranked[:1]
    ),
    Mistake.of("ignores-beam-size", "when every prefix is kept", _ALL, keep=lambda ranked, size, *_: ranked),
    Mistake.of(
        "best-of-each-prefix",
        "when the beam_size best continuations of each prefix are kept, so that the beam grows",
        _ALL,
        grow=_best_children,
        keep=lambda ranked, size, *_: ranked,
    ),
    Mistake.of(
        "keeps-worst",
        "when the least likely continuations are kept",
        "sort with the largest sum first",
        order=lambda found, rank: right.order(found, rank)[::-1],
    ),
    Mistake.of("ties-to-highest", "when the higher of equal tokens comes first", _STABLE, grow=_highest_token_first),
    Mistake.of("ties-to-highest", "when equals come in reversed order", _STABLE, order=_equals_reversed),
    Mistake.of(
        "ends-outside-the-beam",
        "when every continuation that ends counts as finished, whether or not it is among the best",
        _ENDED,
        keep=_all_that_end,
    ),
    Mistake.of(
        "ends-outside-the-beam",
        "when every continuation that ends counts as finished, and beam_size others are kept",
        _ENDED,
        keep=_all_that_end_and_others,
    ),
    Mistake.of(
        "finished-keep-places",
        "when every sequence that has ended makes the beam narrower by one, to the end",
        _PLACES,
        keep=lambda ranked, size, eos, finished: ranked[: max(size - finished, 0)],
    ),
    Mistake.of(
        "finished-keep-places",
        "when sequences that have ended stay in the beam, until likelier prefixes push them out",
        _PLACES,
        whole=_finished_stay,
    ),
    Mistake.of(
        "keeps-the-impossible",
        "when continuations with probability 0 may be kept, with −∞ as their score",
        "leave out what is −∞: `if row[token] > -np.inf`",
        grow=_impossible_too,
    ),
    Mistake.of("writes-after-eos", "when eos is a token like any other", _ENDED, ends=lambda tokens, eos: False),
)


def _nothing_has_ended(finished: list[Found], beam: list[Found], rank: Step) -> Found:
    return max(finished, key=lambda each: each[1])


ANSWERING = (
    Mistake.of(
        "stops-with-the-first",
        "when the sequence that ends first is returned",
        "go on until the beam is empty or max_len is reached: a longer sequence may be likelier",
        enough=lambda finished, beam: bool(finished) or not beam,
    ),
    Mistake.of(
        "later-of-equals",
        "when of equally likely sequences the last one is returned",
        "replace the best so far only by a larger sum: `>`, not `>=`",
        choose=lambda finished, beam, rank: right.choose(finished[::-1], beam, rank),
    ),
    Mistake.of(
        "unfinished-preferred",
        "when a prefix without eos is returned although others have ended",
        _BEST,
        choose=lambda finished, beam, rank: right.choose([], [*finished, *beam], rank),
    ),
    Mistake.of(
        "no-answer-without-eos",
        "when nothing has ended: the largest of no sequence at all",
        _BEST,
        choose=_nothing_has_ended,
    ),
    Mistake.of(
        "no-answer-without-eos",
        "when nothing has ended: no tokens, and −∞",
        _BEST,
        choose=lambda finished, beam, rank: right.choose(finished, [([], -math.inf)], rank),
    ),
    Mistake.of(
        "drops-bos",
        "without bos in front",
        "return all tokens, from bos on",
        answer=lambda found, eos: (found[0][1:], found[1]),
    ),
    Mistake.of(
        "drops-eos",
        "without eos at the end",
        "return the tokens with the eos that ends them",
        answer=lambda found, eos: (found[0][:-1] if found[0][-1] == eos else found[0], found[1]),
    ),
    Mistake.of(
        "returns-probability",
        "when the probability is returned in place of its logarithm",
        "the second result is the sum of log-probabilities itself",
        answer=lambda found, eos: (found[0], math.exp(found[1])),
    ),
)
