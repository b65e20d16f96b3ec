"""Greedy decoding as steps.

prepare; begin; then, as long as go_on: feed → row → pick → fill; finish, restore. Each step is a
keyword-only parameter; the defaults together are the reference, and a mistake replaces the steps that it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

__all__ = ["greedy_decode"]

Step = Callable[..., Any]


def prepare(model: Any) -> None:
    """Evaluation mode."""
    model.eval()


def restore(model: Any, was_training: bool) -> None:
    """The mode from before."""
    model.train(was_training)


def quietly() -> AbstractContextManager[Any]:
    """No gradients."""
    return torch.no_grad()


def begin(source: Tensor, bos: int) -> Tensor:
    """(batch, 1)."""
    return torch.full((len(source), 1), bos)


def ended_at_first(tokens: Tensor, eos: int) -> Tensor:
    """Nobody has ended: bos is no end, even if it is the same token."""
    return torch.zeros(len(tokens), dtype=torch.bool)


def go_on(tokens: Tensor, ended: Tensor, max_len: int) -> bool:
    """Until every sequence has ended, or there are max_len tokens."""
    return tokens.shape[1] < max_len and not bool(ended.all())


def feed(model: Any, source: Tensor, tokens: Tensor) -> Any:
    """All tokens so far."""
    return model(source, tokens)


def row(logits: Tensor) -> Tensor:
    """The scores behind the last token: (batch, vocab)."""
    return logits[:, -1]


def pick(scores: Tensor) -> Tensor:
    """The likeliest token, the lowest of equals: (batch,)."""
    return scores.argmax(dim=-1)


def fill(chosen: Tensor, ended: Tensor, eos: int) -> Tensor:
    """Behind its end a sequence is filled up with eos."""
    return chosen.masked_fill(ended, eos)


def finish(tokens: Tensor, eos: int) -> Any:
    """All tokens, bos included."""
    return tokens


def greedy_decode(
    model: Any,
    source: Tensor,
    bos: int,
    eos: int,
    max_len: int,
    *,
    prepare: Step = prepare,
    restore: Step = restore,
    quietly: Step = quietly,
    begin: Step = begin,
    ended_at_first: Step = ended_at_first,
    go_on: Step = go_on,
    feed: Step = feed,
    row: Step = row,
    pick: Step = pick,
    fill: Step = fill,
    finish: Step = finish,
) -> Any:
    """`greedy_decode` as steps."""
    was_training = model.training
    prepare(model)
    tokens = begin(source, bos)
    ended = ended_at_first(tokens, eos)
    with quietly():
        while go_on(tokens, ended, max_len):
            chosen = fill(pick(row(feed(model, source, tokens))), ended, eos)
            tokens = torch.cat([tokens, chosen[:, None]], dim=1)
            ended = ended | (chosen == eos)
    restore(model, was_training)
    return finish(tokens, eos)
