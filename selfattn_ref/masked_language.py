"""What BERT learns from text without labels: guess the words that were hidden."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from selfattn_ref.validation import IntArray, generator, int_array, integers, probability, require, size

IGNORED = -100  # PyTorch's cross-entropy leaves out targets of this value


def mask_tokens(
    tokens: IntArray,
    special_ids: Iterable[int],
    mask_id: int,
    vocab_size: int,
    rng: np.random.Generator,
    rate: float = 0.15,
) -> tuple[IntArray, IntArray]:
    """Choose some tokens to be guessed, and spoil most of them.

    Every token that is not special is chosen with probability ``rate``. Of the chosen ones 80 % become mask_id, 10 %
    a random token of the whole vocabulary (special ones and the same one included), 10 % stay. Devlin et al.
    (2019), section 3.1; the same rule as transformers' ``DataCollatorForLanguageModeling``.

    Three draws, each for all tokens whether needed or not, in this order: ``chosen = rng.random(tokens.shape) < rate``;
    ``kind = rng.random(tokens.shape)``, mask_id where kind < 0.8, random where 0.8 ≤ kind < 0.9;
    ``random = rng.integers(vocab_size, size=tokens.shape)``.

    Args:
        tokens: (...) integers, batches with padding as a rule.
        special_ids: tokens that are never chosen, such as those of [PAD], [CLS] and [SEP].
        mask_id: token of [MASK].
        vocab_size: number of tokens.
        rng: source of the draws.
        rate: probability with which a token is chosen.

    Returns:
        corrupted and targets, both in the shape of tokens and int64, as PyTorch wants them. targets holds the original
        token where it was chosen, and −100 elsewhere, which ``torch.nn.functional.cross_entropy`` leaves out.

    Raises:
        TypeError: an argument is not of its kind.
        ValueError: vocab_size below 1, a token or mask_id outside the vocabulary, or rate outside [0, 1].

    >>> tokens, rng = np.array([2, 7, 5, 8, 9, 6, 3, 0]), np.random.default_rng(0)
    >>> corrupted, targets = mask_tokens(tokens, [0, 2, 3], mask_id=4, vocab_size=10, rng=rng, rate=0.5)
    >>> corrupted.tolist(), targets.tolist()  # of the three that were chosen one stays, one is random, one is masked
    ([2, 7, 0, 4, 9, 6, 3, 0], [-100, 7, 5, 8, -100, -100, -100, -100])
    """
    tokens = int_array("tokens", tokens, "(...)").astype(np.int64)
    special = integers("special_ids", special_ids)
    vocab_size = size("vocab_size", vocab_size, at_least=1)
    mask_id = size("mask_id", mask_id, at_least=0)
    require(mask_id < vocab_size, "mask_id", f"be below vocab_size={vocab_size}", mask_id)
    outside = tokens[(tokens < 0) | (tokens >= vocab_size)]
    require(outside.size == 0, "tokens", f"lie between 0 and vocab_size − 1 = {vocab_size - 1}", outside[:3].tolist())
    rng, rate = generator("rng", rng), probability("rate", rate)

    chosen = (rng.random(tokens.shape) < rate) & ~np.isin(tokens, special)
    kind = rng.random(tokens.shape)
    random = rng.integers(vocab_size, size=tokens.shape)
    spoiled = np.where(kind < 0.8, mask_id, np.where(kind < 0.9, random, tokens))
    return np.where(chosen, spoiled, tokens), np.where(chosen, tokens, IGNORED)
