"""Mistakes in writing a sequence token by token."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import Tensor

from selfattn_check.exercise import Mistake

__all__ = ["CHOOSING", "ENDING", "MODES"]

_EVAL = "`was_training = model.training`, `model.eval()`, and at the end `model.train(was_training)`"
_NO_GRAD = "put the loop under `with torch.no_grad():`"
_LENGTH = "max_len counts bos: go on while `tokens.shape[1] < max_len`"
_FILL = "where a sequence has ended, append eos: `chosen.masked_fill(ended, eos)`"
_ALL = "stop when all sequences have ended: `ended.all()`"
_LAST = "the scores behind the last token choose: `logits[:, -1]`"

MODES = (
    Mistake.of(
        "decodes-in-training-mode",
        "when the model stays in the mode in which it is, and dropout acts",
        _EVAL,
        prepare=lambda model: None,
        restore=lambda model, was: None,
    ),
    Mistake.of("mode-not-restored", "when the model is left in eval mode", _EVAL, restore=lambda model, was: None),
    Mistake.of(
        "mode-not-restored",
        "when the model is left in training mode, whatever it was in",
        _EVAL,
        restore=lambda model, was: model.train(),
    ),
    Mistake.of("gradients-recorded", "when gradients are recorded for every token", _NO_GRAD, quietly=nullcontext),
)


def _highest_of_equals(scores: Tensor) -> Tensor:
    return scores.shape[-1] - 1 - scores.flip(-1).argmax(dim=-1)


CHOOSING = (
    Mistake.of(
        "ties-to-highest",
        "when the highest of equal tokens wins",
        "of equals take the lowest token, as `argmax` does on the CPU",
        pick=_highest_of_equals,
    ),
    Mistake.of(
        "keeps-worst", "when the least likely token is taken", "`scores.argmax(dim=-1)`", pick=lambda s: s.argmin(-1)
    ),
    Mistake.of(
        "reads-first-row", "when the scores behind the first token choose every time", _LAST, row=lambda z: z[:, 0]
    ),
    Mistake.of("reads-first-row", "when the mean of all rows chooses", _LAST, row=lambda logits: logits.mean(dim=1)),
    Mistake.of(
        "feeds-last-token-only",
        "when the model gets the last token alone",
        "the model has no memory of its own: give it all tokens so far",
        feed=lambda model, source, tokens: model(source, tokens[:, -1:]),
    ),
    Mistake.of(
        "source-and-target-exchanged",
        "when source and tokens are exchanged",
        "`model(source, tokens)`",
        feed=lambda model, source, tokens: model(tokens, source),
    ),
)


def _without_last_eos(tokens: Tensor, eos: int) -> Tensor:
    return tokens[:, :-1] if tokens.shape[1] > 1 and bool((tokens[:, -1] == eos).all()) else tokens


ENDING = (
    Mistake.of(
        "max-len-off-by-one",
        "when max_len does not count bos",
        _LENGTH,
        go_on=lambda tokens, ended, max_len: tokens.shape[1] <= max_len and not bool(ended.all()),
    ),
    Mistake.of(
        "max-len-off-by-one",
        "when there is one token fewer than max_len",
        _LENGTH,
        go_on=lambda tokens, ended, max_len: tokens.shape[1] < max_len - 1 and not bool(ended.all()),
    ),
    Mistake.of(
        "runs-to-max-len",
        "when it goes on to max_len although all sequences have ended",
        _ALL,
        go_on=lambda tokens, ended, max_len: tokens.shape[1] < max_len,
    ),
    Mistake.of(
        "stops-with-the-first",
        "when all sequences stop as soon as one has ended",
        _ALL,
        go_on=lambda tokens, ended, max_len: tokens.shape[1] < max_len and not bool(ended.any()),
    ),
    Mistake.of(
        "writes-after-eos", "when a sequence goes on behind its eos", _FILL, fill=lambda chosen, ended, eos: chosen
    ),
    Mistake.of(
        "filled-with-pad",
        "when sequences that have ended are filled up with 0",
        _FILL,
        fill=lambda chosen, ended, eos: chosen.masked_fill(ended, 0),
    ),
    Mistake.of(
        "start-counts-as-end",
        "when bos counts as an end where it is the same token as eos",
        "look for eos among the tokens that the model has written, not in front of them",
        ended_at_first=lambda tokens, eos: tokens[:, 0] == eos,
    ),
    Mistake.of(
        "start-counts-as-end",
        "when bos counts as an end where it is the same token as eos, and the loop asks after its first token only",
        "look for eos among the tokens that the model has written, not in front of them",
        ended_at_first=lambda tokens, eos: tokens[:, 0] == eos,
        go_on=lambda tokens, ended, max_len: (
            tokens.shape[1] < max_len and (tokens.shape[1] == 1 or not bool(ended.all()))
        ),
    ),
    Mistake.of(
        "drops-bos",
        "without bos in front",
        "return all tokens, from bos on",
        finish=lambda tokens, eos: tokens[:, 1:],
    ),
    Mistake.of(
        "drops-eos",
        "when the last column, where every sequence has ended, is missing",
        "append eos first, then ask whether all have ended",
        finish=_without_last_eos,
    ),
    Mistake.of(
        "never-begins",
        "when the sequences begin with 0 instead of bos",
        "`torch.full((len(source), 1), bos)`",
        begin=lambda source, bos: torch.zeros(len(source), 1, dtype=torch.int64),
    ),
)
