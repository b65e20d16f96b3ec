"""Training and judging a classifier whose call returns its loss and logits, as transformers' models do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from selfattn_ref.classification_scores import Scores, classification_report
from selfattn_ref.evaluation_mode import evaluation_mode
from selfattn_ref.tensors import float_tensor, instance_of, int_tensor, kind_of_tensor
from selfattn_ref.validation import iterable, mapping, number, require


def train_epoch(
    model: nn.Module,
    batches: Iterable[Mapping[str, Tensor]],
    optimizer: torch.optim.Optimizer,
    scheduler: Any = None,
    max_norm: float = 1.0,
) -> float:
    """Go through all batches once and improve the model after each.

    For every batch: gradients to zero, ``model(**batch).loss``, backward, gradients shortened to a total norm of
    max_norm where they are longer, a step of the optimizer, then one of the scheduler. The model is switched to
    training mode and stays there.

    Args:
        model: is called with the entries of a batch, and returns an object with ``loss``, a scalar.
        batches: mappings from argument names to tensors, such as those of `pad_batch`, with labels.
        optimizer: holds the parameters to be changed.
        scheduler: has ``step()``, called once for each batch, such as a ``torch.optim.lr_scheduler``; None for a
            constant learning rate.
        max_norm: largest Euclidean norm of all gradients together; inf for no limit.

    Returns:
        The mean loss over all sequences, each batch's loss, before its step, weighted by the number of its rows.

    Raises:
        TypeError: an argument is not of its kind.
        ValueError: there is no batch, max_norm is not positive, or a loss is not finite: no step is taken with it.

    >>> from types import SimpleNamespace
    >>> class Linear(nn.Linear):
    ...     def forward(self, x, labels):
    ...         return SimpleNamespace(loss=nn.functional.cross_entropy(super().forward(x), labels))
    >>> model, batches = Linear(2, 2), [{"x": torch.eye(2), "labels": torch.tensor([1, 0])}]
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    >>> train_epoch(model, batches, optimizer) > train_epoch(model, batches, optimizer)
    True
    """
    instance_of("model", model, nn.Module)
    instance_of("optimizer", optimizer, torch.optim.Optimizer)
    steps = scheduler is None or callable(getattr(scheduler, "step", None))
    require(steps, "scheduler", "be None or have a step()", kind_of_tensor(scheduler), TypeError)
    largest = number("max_norm", max_norm)
    require(largest > 0, "max_norm", "be positive", largest)
    total, rows = 0.0, 0
    model.train()
    for batch in _labeled(batches):
        optimizer.zero_grad()
        loss = model(**batch).loss
        require(bool(loss.isfinite()), "loss", "be finite", loss.item())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), largest)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        total += loss.item() * len(batch["labels"])
        rows += len(batch["labels"])
    return total / rows


def evaluate(model: nn.Module, batches: Iterable[Mapping[str, Tensor]]) -> Scores:
    """Compare what a classifier predicts with the labels, over all batches at once.

    The predicted class is the one with the largest logit, the lowest of equals. The model gets the batch without its
    labels, in evaluation mode and without gradients; the mode of each of its modules is restored, after an error too.

    Args:
        model: is called with the entries of a batch, and returns an object with ``logits`` (batch, num_classes).
        batches: mappings from argument names to tensors, with "labels" (batch,).

    Returns:
        What `classification_report` returns: "accuracy", "macro_f1" and "per_class".

    Raises:
        TypeError: an argument is not of its kind.
        ValueError: there is no batch, a batch has no labels, or the logits do not fit them.

    >>> from types import SimpleNamespace
    >>> class Parity(nn.Module):
    ...     def forward(self, x):
    ...         return SimpleNamespace(logits=nn.functional.one_hot(x % 2).float())
    >>> evaluate(Parity(), [{"x": torch.arange(4), "labels": torch.tensor([0, 1, 0, 0])}])["accuracy"]
    0.75
    """
    instance_of("model", model, nn.Module)
    labels, predictions = [], []
    with evaluation_mode(model):
        for batch in _labeled(batches):
            logits = model(**without_labels(batch)).logits
            float_tensor("logits", logits, "(batch, num_classes)")
            labels.append(batch["labels"])
            predictions.append(logits.argmax(dim=-1))
    return classification_report(torch.cat(labels).cpu().numpy(), torch.cat(predictions).cpu().numpy())


def without_labels(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What a model gets that is to be judged or looked into."""
    return {name: tensor for name, tensor in batch.items() if name != "labels"}


def _labeled(batches: object) -> Iterator[Mapping[str, Tensor]]:
    """Pass on the batches, which must be mappings with labels, and at least one."""
    place = -1
    for place, batch in enumerate(iterable("batches", batches, "mappings")):
        tensors = mapping(f"batches[{place}]", batch, of="tensors")
        require("labels" in tensors, f"batches[{place}]", "hold labels", ", ".join(tensors) or "nothing")
        int_tensor(f"batches[{place}]['labels']", tensors["labels"], "(batch, ...)")
        yield tensors
    require(place >= 0, "batches", "hold at least one batch", "none")
