"""Mistakes in one pass of training: gradients, steps, modes, and the loss that is reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from selfattn_check.blueprints.fine_tuning import fit
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.handing_over import HANDING_OVER
from selfattn_check.mistakes.left_out import left_out

__all__ = ["TRAINING"]

_ZERO = "set the gradients to zero before each `backward`: `optimizer.zero_grad()`"
_ORDER = "for each batch: zero_grad, loss, backward, clip, optimizer.step(), scheduler.step()"
_CLIP = "between `backward` and `step`: `nn.utils.clip_grad_norm_(model.parameters(), max_norm)`"
_RATE = "one `scheduler.step()` for each batch, after the optimizer's"
_MODE = "begin with `model.train()`: a model comes in eval mode when it is loaded"
_MEAN = "weight each batch's loss by its rows: sum of loss · rows, divided by all rows"
_SEQUENCES = 'a sequence counts once, however many tokens it has: `len(batch["labels"])`'
_STAYS = "leave the model in training mode: who evaluates it sees to eval mode"
_FLOAT = "`loss.item()` is a float; the tensor keeps the whole computation in memory"


def _without_step(loss: Tensor, optimizer: Any, clip: Callable[[], None], advance: Callable[[], None]) -> None:
    loss.backward()
    clip()
    advance()


def _rate_first(loss: Tensor, optimizer: Any, clip: Callable[[], None], advance: Callable[[], None]) -> None:
    loss.backward()
    clip()
    advance()
    optimizer.step()


def _zero_afterwards(loss: Tensor, optimizer: Any, clip: Callable[[], None], advance: Callable[[], None]) -> None:
    loss.backward()
    clip()
    optimizer.step()
    optimizer.zero_grad()
    advance()


def _zero_once(model: Any) -> None:
    model.train()
    model.zero_grad()


def _each_alone(model: Any, largest: float) -> None:
    for parameter in model.parameters():
        nn.utils.clip_grad_norm_([parameter], largest)


def _without_asking(scheduler: Any) -> None:
    scheduler.step()


def _summed(losses: Sequence[Tensor], rows: Sequence[int], batches: Any) -> Any:
    return sum(loss * count for loss, count in zip(losses, rows, strict=True))


def _second_pass(eval_mode: bool, counts_again: bool) -> Callable[..., Any]:
    def whole(model: Any, batches: Any, optimizer: Any, scheduler: Any = None, max_norm: float = 1.0) -> Any:
        counted: list[int] = []
        fit(
            model,
            batches,
            optimizer,
            scheduler,
            max_norm,
            report=lambda losses, rows, _: counted.extend(rows),
            plain=left_out,
        )
        model.train(not eval_mode)
        with torch.no_grad():
            again = [(model(**batch).loss.item(), len(batch["labels"])) for batch in batches]
        total = sum(loss * rows for loss, rows in again)
        return total / sum(rows for _, rows in again) if counts_again else total / sum(counted)

    return whole


TRAINING = (
    Mistake.of("gradients-add-up", "when the gradients of earlier batches are still there", _ZERO, clear=left_out),
    Mistake.of(
        "gradients-add-up",
        "when the gradients are set to zero once, before the first batch",
        _ZERO,
        whole=partial(fit, prepare=_zero_once, clear=left_out),
    ),
    Mistake.of(
        "gradients-add-up",
        "when the gradients are set to zero after each step only, and the first batch finds what was left before",
        _ZERO,
        clear=left_out,
        improve=_zero_afterwards,
    ),
    *HANDING_OVER,
    Mistake.of(
        "loss-weighted-by-tokens",
        "when each batch's loss is weighted by its number of labels, of which a sequence may have many",
        _SEQUENCES,
        count=lambda batch: batch["labels"].numel(),
    ),
    *(
        Mistake.of(
            "loss-weighted-by-tokens",
            f"when each batch's loss is weighted by its number of {what}",
            _SEQUENCES,
            whole=partial(fit, count=count),
        )
        for what, count in (
            ("labels that are asked for", lambda batch: int((batch["labels"] != -100).sum())),
            ("tokens", lambda batch: int(batch["attention_mask"].sum())),
        )
    ),
    Mistake.of(
        "never-steps",
        "when no parameter moves: no step is taken, or the gradients are zero at that moment",
        _ORDER,
        improve=_without_step,
    ),
    Mistake.of(
        "missing-clip",
        "when the gradients have their full length at the step: never shortened, or too early or too late",
        _CLIP,
        clip=left_out,
    ),
    Mistake.of(
        "clips-each-alone",
        "when each parameter's gradient is shortened by itself",
        "all gradients together have one norm: `nn.utils.clip_grad_norm_(model.parameters(), max_norm)`",
        clip=_each_alone,
    ),
    Mistake.of(
        "clips-each-alone",
        "when each number of the gradients is cut at ±max_norm",
        "all gradients together have one norm: `clip_grad_norm_`, not `clip_grad_value_`",
        clip=lambda model, largest: nn.utils.clip_grad_value_(model.parameters(), largest),
    ),
    Mistake.of(
        "ignores-max-norm",
        "when the gradients are shortened to 1 whatever was asked for",
        _CLIP,
        limit=lambda max_norm: 1.0,
    ),
    Mistake.of(
        "scheduler-per-epoch",
        "when the scheduler steps once, after all batches",
        _RATE,
        advance=left_out,
        settle=lambda scheduler: None if scheduler is None else scheduler.step(),
    ),
    Mistake.of("ignores-scheduler", "when the scheduler never steps", _RATE, advance=left_out),
    Mistake.of("scheduler-before-step", "when the scheduler steps before the optimizer", _RATE, improve=_rate_first),
    Mistake.of(
        "default-not-filled-in",
        "when the scheduler is asked for a step although there is none",
        "ask first: `if scheduler is not None`",
        advance=_without_asking,
    ),
    Mistake.of("trains-in-eval-mode", "when the model stays in the mode in which it came", _MODE, prepare=left_out),
    Mistake.of(
        "trains-in-eval-mode", "when the model is switched to eval mode", _MODE, prepare=lambda model: model.eval()
    ),
    Mistake.of(
        "mean-of-batch-means",
        "when every batch counts the same, however few its rows",
        _MEAN,
        report=lambda losses, rows, batches: sum(losses) / len(losses),
    ),
    Mistake.of(
        "mean-of-batch-means",
        "when the losses are added and divided by `len(batches)`",
        _MEAN,
        report=lambda losses, rows, batches: sum(losses) / len(batches),
    ),
    Mistake.of(
        "mean-of-batch-means",
        "when a batch's rows are counted by `len(batch)`, which is the number of entries of the dict",
        'count the rows by the labels, one for each sequence: `len(batch["labels"])`',
        count=len,
    ),
    Mistake.of(
        "loss-not-averaged",
        "when the losses of the batches are added up",
        _MEAN,
        report=lambda losses, rows, batches: sum(losses),
    ),
    Mistake.of("loss-not-averaged", "when the losses of all sequences are added up", _MEAN, report=_summed),
    Mistake.of(
        "loss-not-averaged",
        "when each batch's mean loss is not multiplied by its rows, but divided by all rows",
        _MEAN,
        report=lambda losses, rows, batches: sum(losses) / sum(rows),
    ),
    Mistake.of(
        "last-loss-only",
        "when the loss of the last batch is returned",
        _MEAN,
        report=lambda losses, rows, batches: losses[-1],
    ),
    Mistake.of(
        "leaves-training-mode",
        "when the model is given back the mode in which it came",
        _STAYS,
        leave=lambda model, was_training: model.train(was_training),
    ),
    Mistake.of(
        "leaves-training-mode",
        "when the model is put into eval mode afterwards",
        _STAYS,
        whole=partial(fit, leave=lambda model, was_training: model.eval()),
    ),
    Mistake.of("loss-as-tensor", "when the loss is returned as a tensor", _FLOAT, plain=lambda mean: mean),
    *(
        Mistake.of(
            "measured-in-a-second-pass",
            "when the loss is measured once more after the training" + (", in eval mode" if eval_mode else ""),
            "add up the losses while you train: the exercise asks for each batch's loss before its step",
            whole=_second_pass(eval_mode, counts_again),
        )
        for eval_mode in (False, True)
        for counts_again in (False, True)  # it matters where batches can be gone through only once
    ),
)
