"""Using a model without training it, as steps: enter → track → show → put → leave, and around them what is asked of it.

`judge` is `evaluate`, `look_inside` is `attention_maps`. Each step is a keyword-only parameter. The defaults together
are the reference; a mistake replaces the steps that it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

__all__ = ["Pairs", "judge", "look_inside"]

Batch = Mapping[str, Tensor]
Pairs = Sequence[tuple[int, int]]  # label and prediction
Step = Callable[..., Any]


def enter(model: Any) -> None:
    """Eval mode: no dropout."""
    model.eval()


def track() -> bool:
    """Whether the calls are recorded for gradients."""
    return False


def show(batch: Batch) -> dict[str, Tensor]:
    """What the model gets: all but the labels."""
    return {name: tensor for name, tensor in batch.items() if name != "labels"}


def put(model: Any, inputs: Batch, **options: Any) -> Any:
    """Each entry under its name."""
    return model(**inputs, **options)


def leave(model: Any, was_training: bool) -> None:
    """The mode that was found."""
    model.train(was_training)


def gather(rounds: Sequence[Pairs]) -> Pairs:
    """The rows of all batches."""
    return [pair for pairs in rounds for pair in pairs]


def accuracy(pairs: Pairs, rounds: Sequence[Pairs]) -> float:
    """The share of rows that are right."""
    return share(sum(label == prediction for label, prediction in pairs), len(pairs))


def classes(pairs: Pairs, num_classes: int) -> set[int]:
    """All that occur, among labels or predictions."""
    return {number for pair in pairs for number in pair}


def share(part: int, whole: int) -> float:
    """A share of nothing is 0."""
    return part / whole if whole else 0.0


def entry(right: int, true: int, predicted: int, share: Callable[[int, int], float]) -> dict[str, Any]:
    """The scores of one class."""
    precision, recall, f1 = share(right, predicted), share(right, true), share(2 * right, true + predicted)
    return {"precision": precision, "recall": recall, "f1": f1, "support": true}


def macro(per_class: Mapping[int, Mapping[str, Any]], accuracy: float) -> float:
    """Every class counts the same."""
    return sum(scores["f1"] for scores in per_class.values()) / len(per_class)


def report(accuracy: float, macro_f1: float, per_class: Mapping[int, Any]) -> Any:
    """Shares between 0 and 1."""
    return {"accuracy": accuracy, "macro_f1": macro_f1, "per_class": per_class}


def scores_of(pairs: Pairs, number: int) -> tuple[int, int, int]:
    """How often a class is predicted rightly, how often it is the label, and how often it is predicted."""
    labels, predictions = zip(*pairs, strict=True)
    return sum(pair == (number, number) for pair in pairs), labels.count(number), predictions.count(number)


def judge(
    model: Any,
    batches: Iterable[Batch],
    *,
    enter: Step = enter,
    track: Step = track,
    show: Step = show,
    put: Step = put,
    leave: Step = leave,
    gather: Step = gather,
    accuracy: Step = accuracy,
    classes: Step = classes,
    share: Step = share,
    entry: Step = entry,
    macro: Step = macro,
    report: Step = report,
) -> Any:
    """`evaluate` as steps."""
    rounds, num_classes, was_training = [], 0, model.training
    enter(model)
    with torch.set_grad_enabled(track()):
        for batch in batches:
            logits = put(model, show(batch)).logits
            num_classes = logits.shape[-1]
            rounds.append(list(zip(batch["labels"].tolist(), logits.argmax(dim=-1).tolist(), strict=True)))
    leave(model, was_training)
    pairs = gather(rounds)
    per_class = {number: entry(*scores_of(pairs, number), share) for number in sorted(classes(pairs, num_classes))}
    correct = accuracy(pairs, rounds)
    return report(correct, macro(per_class, correct), per_class)


def stack(layers: Sequence[Tensor]) -> Any:
    """(batch, layers, num_heads, seq_len, seq_len)."""
    return torch.stack(tuple(layers), dim=1)


def look_inside(
    model: Any,
    batch: Batch,
    *,
    enter: Step = enter,
    track: Step = track,
    show: Step = show,
    put: Step = put,
    leave: Step = leave,
    stack: Step = stack,
) -> Any:
    """`attention_maps` as steps."""
    was_training = model.training
    enter(model)
    with torch.set_grad_enabled(track()):
        layers = put(model, show(batch), output_attentions=True).attentions
    leave(model, was_training)
    return stack(layers).detach().numpy()
