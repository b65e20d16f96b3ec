"""Mistakes in hiding tokens to be guessed: which are chosen, what becomes of them, and what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from selfattn_check.blueprints.masked_language import corrupt
from selfattn_check.exercise import Mistake

__all__ = ["MASKING_TOKENS"]

Array = np.ndarray
Shape = tuple[int, ...]

_SPECIAL = "never choose a special token: `chosen & ~np.isin(tokens, special_ids)`"
_RATE = "a token is chosen with probability rate: `rng.random(tokens.shape) < rate`"
_SHARES = "mask_id where kind < 0.8, a random token where 0.8 ≤ kind < 0.9, the token itself where kind ≥ 0.9"
_TARGETS = "the target is the original token where it was chosen, and -100 elsewhere: `np.where(chosen, tokens, -100)`"
_CHOSEN_ONLY = "only what was chosen may change: `np.where(chosen, spoiled, tokens)`"
_RANGE = "draw from the whole vocabulary: `rng.integers(vocab_size, size=tokens.shape)`"
_DRAW = "three draws, each of tokens.shape, in this order: chosen, kind, random tokens"


def _without_last(chosen: Array, tokens: Array, special_ids: Sequence[int]) -> Array:
    return chosen & (tokens != special_ids[0])


def _lowest(numbers: Array, rate: float) -> Array:
    count = round(rate * numbers.size)
    chosen = np.zeros(numbers.size, bool)
    chosen[np.argsort(numbers, axis=None)[:count]] = True
    return chosen.reshape(numbers.shape)


def _spoiling(
    masked: Callable[[Array], Array], random_token: Callable[[Array], Array]
) -> Callable[[Array, Array, Array, int], Array]:
    def spoil(kind: Array, tokens: Array, random: Array, mask_id: int) -> Array:
        return np.where(masked(kind), mask_id, np.where(random_token(kind), random, tokens))

    return spoil


def _one_number(rng: np.random.Generator, shape: Shape, choose: Any, token: Any) -> Any:
    numbers = rng.random(shape)
    return choose(numbers), numbers, token(shape)


def _kind_first(rng: np.random.Generator, shape: Shape, choose: Any, token: Any) -> Any:
    kind = rng.random(shape)
    return choose(rng.random(shape)), kind, token(shape)


def _token_second(rng: np.random.Generator, shape: Shape, choose: Any, token: Any) -> Any:
    chosen, random = choose(rng.random(shape)), token(shape)
    return chosen, rng.random(shape), random


def _token_first(rng: np.random.Generator, shape: Shape, choose: Any, token: Any) -> Any:
    random = token(shape)
    return choose(rng.random(shape)), rng.random(shape), random


def _as_needed(tokens: Array, special_ids: Any, mask_id: int, vocab_size: int, rng: Any, rate: float = 0.15) -> Any:
    """Place by place, and only the draws that the place needs."""
    corrupted, targets = tokens.copy(), np.full(tokens.shape, -100)
    for place in np.ndindex(tokens.shape):
        if tokens[place] in special_ids or rng.random() >= rate:
            continue
        targets[place], kind = tokens[place], rng.random()
        if kind < 0.9:
            corrupted[place] = mask_id if kind < 0.8 else rng.integers(vocab_size)
    return corrupted, targets


def _chosen_only(tokens: Array, special_ids: Any, mask_id: int, vocab_size: int, rng: Any, rate: float = 0.15) -> Any:
    """The second and third draw for the chosen places alone."""
    chosen = (rng.random(tokens.shape) < rate) & ~np.isin(tokens, special_ids)
    kind = rng.random(int(chosen.sum()))
    random = rng.integers(vocab_size, size=kind.size)
    corrupted = tokens.copy()
    corrupted[chosen] = np.where(kind < 0.8, mask_id, np.where(kind < 0.9, random, tokens[chosen]))
    return corrupted, np.where(chosen, tokens, -100)


def _own_generator(seed: int) -> Callable[..., Any]:
    def whole(tokens: Array, special_ids: Any, mask_id: int, vocab_size: int, rng: Any, rate: float = 0.15) -> Any:
        return corrupt(tokens, special_ids, mask_id, vocab_size, np.random.default_rng(seed), rate)

    return whole


MASKING_TOKENS = (
    Mistake.of(
        "special-tokens-chosen",
        "when special tokens are chosen like all others",
        _SPECIAL,
        spare=lambda chosen, tokens, special_ids: chosen,
    ),
    Mistake.of(
        "special-tokens-chosen", "when only the first of the special tokens is spared", _SPECIAL, spare=_without_last
    ),
    Mistake.of(
        "rate-inverted",
        "when a token is chosen with probability 1 − rate",
        _RATE,
        choose=lambda numbers, rate: numbers > rate,
    ),
    Mistake.of(
        "ignores-rate",
        "when the rate is 0.15 whatever was asked for",
        _RATE,
        choose=lambda numbers, rate: numbers < 0.15,
    ),
    Mistake.of("chosen-by-count", "when exactly the share `rate` of all tokens is chosen", _RATE, choose=_lowest),
    Mistake.of(
        "always-masks",
        "when every chosen token becomes mask_id",
        _SHARES,
        spoil=lambda kind, tokens, random, mask_id: np.full(tokens.shape, mask_id),
    ),
    Mistake.of(
        "shares-mixed-up",
        "when all of the last 20 % become random tokens and none stays",
        _SHARES,
        spoil=_spoiling(lambda kind: kind < 0.8, lambda kind: kind >= 0.8),
    ),
    Mistake.of(
        "shares-mixed-up",
        "when all of the last 20 % stay and none becomes a random token",
        _SHARES,
        spoil=_spoiling(lambda kind: kind < 0.8, lambda kind: kind < 0),
    ),
    Mistake.of(
        "shares-mixed-up",
        "when 90 % are masked and 10 % become random tokens",
        _SHARES,
        spoil=_spoiling(lambda kind: kind < 0.9, lambda kind: kind >= 0.9),
    ),
    Mistake.of(
        "shares-mixed-up",
        "when the tokens with 0.8 ≤ kind < 0.9 stay and the last 10 % become random",
        _SHARES,
        spoil=_spoiling(lambda kind: kind < 0.8, lambda kind: kind >= 0.9),
    ),
    Mistake.of(
        "shares-mixed-up",
        "when the lowest tenth of kind becomes random, the next stays, and the rest is masked",
        _SHARES,
        spoil=_spoiling(lambda kind: kind >= 0.2, lambda kind: kind < 0.1),
    ),
    Mistake.of(
        "shares-mixed-up",
        "when the number that chose a token also says what becomes of it",
        "draw a second number: whoever was chosen with rate 0.15 has a first one below 0.15, and so below 0.8",
        draws=_one_number,
    ),
    Mistake.of(
        "corrupts-unchosen",
        "when tokens that were not chosen are masked and replaced, too",
        _CHOSEN_ONLY,
        place=lambda chosen, spoiled, tokens: spoiled,
    ),
    Mistake.of(
        "targets-everywhere",
        "when every token is a target",
        _TARGETS,
        ask=lambda chosen, tokens, corrupted, mask_id: tokens,
    ),
    Mistake.of(
        "targets-inverted",
        "when the tokens that were not chosen are the targets",
        _TARGETS,
        ask=lambda chosen, tokens, corrupted, mask_id: np.where(chosen, -100, tokens),
    ),
    Mistake.of(
        "targets-corrupted",
        "when the targets hold the token after it was spoiled",
        _TARGETS,
        ask=lambda chosen, tokens, corrupted, mask_id: np.where(chosen, corrupted, -100),
    ),
    Mistake.of(
        "targets-of-masked-only",
        "when chosen tokens that stay or become random are no targets",
        _TARGETS,
        ask=lambda chosen, tokens, corrupted, mask_id: np.where(chosen & (corrupted == mask_id), tokens, -100),
    ),
    Mistake.of(
        "targets-of-masked-only",
        "when chosen tokens that stay are no targets",
        _TARGETS,
        ask=lambda chosen, tokens, corrupted, mask_id: np.where(corrupted != tokens, tokens, -100),
    ),
    *(
        Mistake.of(
            "ignored-as-another-number",
            f"when targets that are not asked for are {number} instead of −100",
            _TARGETS,
            ask=lambda chosen, tokens, corrupted, mask_id, number=number: np.where(chosen, tokens, number),
        )
        for number in (0, -1)
    ),
    *(
        Mistake.of("random-token-range", f"when random tokens are drawn from {what}", _RANGE, draw_token=draw)
        for what, draw in (
            ("1 to vocab_size − 1", lambda rng, shape, vocab_size: rng.integers(1, vocab_size, size=shape)),
            ("0 to vocab_size − 2", lambda rng, shape, vocab_size: rng.integers(vocab_size - 1, size=shape)),
            ("0 to vocab_size", lambda rng, shape, vocab_size: rng.integers(vocab_size + 1, size=shape)),
        )
    ),
    Mistake.of(
        "random-token-range",
        "when one random token is used for all",
        _RANGE,
        draw_token=lambda rng, shape, vocab_size: np.full(shape, rng.integers(vocab_size)),
    ),
    Mistake.of(
        "other-draws",
        "when `rng.random` is rounded down to a random token",
        _RANGE,
        draw_token=lambda rng, shape, vocab_size: (rng.random(shape) * vocab_size).astype(int),
    ),
    Mistake.of("other-draws", "when kind is drawn before the choice", _DRAW, draws=_kind_first),
    Mistake.of("other-draws", "when the random tokens are drawn before kind", _DRAW, draws=_token_second),
    Mistake.of("other-draws", "when the random tokens are drawn first of all", _DRAW, draws=_token_first),
    Mistake.of(
        "other-draws", "when kind and random tokens are drawn for the chosen places alone", _DRAW, whole=_chosen_only
    ),
    Mistake.of("other-draws", "when a loop draws, place by place, what the place needs", _DRAW, whole=_as_needed),
    *(
        Mistake.of(
            "other-draws",
            f"when the draws come from a generator of its own, `np.random.default_rng({seed})`",
            "draw from the argument `rng`, and from nothing else",
            whole=_own_generator(seed),
        )
        for seed in (0, 1, 42)
    ),
    Mistake.of(
        "swaps-results",
        "when the targets are returned before the corrupted tokens",
        "return what the model reads first: `return corrupted, targets`",
        answer=lambda corrupted, targets: (targets, corrupted),
    ),
)
