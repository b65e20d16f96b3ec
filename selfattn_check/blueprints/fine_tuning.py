"""One pass of training as steps.

prepare → (clear → measure → improve with clip and advance → count) per batch → settle → leave → report. Each step is a
keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

__all__ = ["fit"]

Batch = Mapping[str, Tensor]
Step = Callable[..., Any]


def prepare(model: Any) -> None:
    """Training mode: dropout is on."""
    model.train()


def clear(optimizer: Any) -> None:
    """Gradients of the batch before do not count."""
    optimizer.zero_grad()


def measure(model: Any, batch: Batch) -> Any:
    """The model computes its loss itself, from whatever the batch holds."""
    return model(**batch).loss


def count(batch: Batch) -> int:
    """The number of sequences: every batch has labels, one of them for each."""
    return len(batch["labels"])


def limit(max_norm: float) -> float:
    """The norm that the caller asked for."""
    return max_norm


def clip(model: Any, largest: float) -> None:
    """Shorten all gradients together."""
    nn.utils.clip_grad_norm_(model.parameters(), largest)


def improve(loss: Tensor, optimizer: Any, clip: Callable[[], None], advance: Callable[[], None]) -> None:
    """Gradients, a limit to them, a step, then a step of the scheduler."""
    loss.backward()
    clip()
    optimizer.step()
    advance()


def advance(scheduler: Any) -> None:
    """Once for each batch."""
    if scheduler is not None:
        scheduler.step()


def settle(scheduler: Any) -> None:
    """Nothing: the scheduler has had its steps."""


def leave(model: Any, was_training: bool) -> None:
    """Nothing: the model stays in training mode."""


def report(losses: Sequence[Tensor], rows: Sequence[int], batches: Any) -> Any:
    """The mean over all sequences."""
    return sum(loss * count for loss, count in zip(losses, rows, strict=True)) / sum(rows)


def plain(mean: Tensor) -> Any:
    """A number, without the graph that it came from."""
    return mean.item()


def fit(
    model: Any,
    batches: Iterable[Batch],
    optimizer: Any,
    scheduler: Any = None,
    max_norm: float = 1.0,
    *,
    prepare: Step = prepare,
    clear: Step = clear,
    measure: Step = measure,
    count: Step = count,
    limit: Step = limit,
    clip: Step = clip,
    improve: Step = improve,
    advance: Step = advance,
    settle: Step = settle,
    leave: Step = leave,
    report: Step = report,
    plain: Step = plain,
) -> Any:
    """`train_epoch` as steps."""
    losses, rows, was_training = [], [], model.training
    prepare(model)
    for batch in batches:
        clear(optimizer)
        loss = measure(model, batch)
        improve(loss, optimizer, lambda: clip(model, limit(max_norm)), lambda: advance(scheduler))
        losses.append(loss.detach())
        rows.append(count(batch))
    settle(scheduler)
    leave(model, was_training)
    return plain(report(losses, rows, batches))
