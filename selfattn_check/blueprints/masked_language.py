"""Hiding tokens to be guessed as steps: draws (choose, draw_token) → spare → spoil → place → ask → answer.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["corrupt", "draw_token"]

Array = np.ndarray
Step = Callable[..., Any]


def choose(numbers: Array, rate: float) -> Array:
    """Each token by itself, with this probability."""
    return numbers < rate


def draw_token(rng: np.random.Generator, shape: tuple[int, ...], vocab_size: int) -> Array:
    """A random token for every place."""
    return rng.integers(vocab_size, size=shape)


def draws(
    rng: np.random.Generator, shape: tuple[int, ...], choose: Callable[[Array], Array], token: Callable[..., Array]
) -> Any:
    """For every place: whether it is chosen, a number that says what happens to it, and a random token."""
    return choose(rng.random(shape)), rng.random(shape), token(shape)


def spare(chosen: Array, tokens: Array, special_ids: Sequence[int]) -> Array:
    """Special tokens are never chosen."""
    return chosen & ~np.isin(tokens, special_ids)


def spoil(kind: Array, tokens: Array, random: Array, mask_id: int) -> Array:
    """80 % masked, 10 % random, 10 % as they are."""
    return np.where(kind < 0.8, mask_id, np.where(kind < 0.9, random, tokens))


def place(chosen: Array, spoiled: Array, tokens: Array) -> Array:
    """Only the chosen ones are spoiled."""
    return np.where(chosen, spoiled, tokens)


def ask(chosen: Array, tokens: Array, corrupted: Array, mask_id: int) -> Array:
    """The original token where it was chosen."""
    return np.where(chosen, tokens, -100)


def answer(corrupted: Array, targets: Array) -> Any:
    """What the model reads, then what it must say."""
    return corrupted, targets


def corrupt(
    tokens: Array,
    special_ids: Sequence[int],
    mask_id: int,
    vocab_size: int,
    rng: np.random.Generator,
    rate: float = 0.15,
    *,
    choose: Step = choose,
    draw_token: Step = draw_token,
    draws: Step = draws,
    spare: Step = spare,
    spoil: Step = spoil,
    place: Step = place,
    ask: Step = ask,
    answer: Step = answer,
) -> Any:
    """`mask_tokens` as steps."""
    chosen, kind, random = draws(
        rng, tokens.shape, lambda numbers: choose(numbers, rate), lambda shape: draw_token(rng, shape, vocab_size)
    )
    chosen = spare(chosen, tokens, special_ids)
    corrupted = place(chosen, spoil(kind, tokens, random, mask_id), tokens)
    return answer(corrupted, ask(chosen, tokens, corrupted, mask_id))
