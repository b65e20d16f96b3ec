"""Mistakes in using a model that is not being trained: its mode, what it gets, and what is made of its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from selfattn_check.blueprints.using_models import Pairs
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.left_out import left_out

__all__ = ["JUDGING", "LOOKING_INSIDE", "USING"]

_EVAL = "switch dropout off before you ask the model: `model.eval()`"
_BACK = "remember `model.training` before `model.eval()`, and give it back: `model.train(was_training)`"
_NO_GRAD = "ask the model within `with torch.no_grad():`"
_LABELS = "leave the labels out: who is judged by them must not get them"
_ENTRIES = "pass all entries but `labels`: without the mask, padding is attended to"
_ALL_AT_ONCE = "collect labels and predictions of all batches, and count them once"
_MACRO = "macro-F1 is the plain mean of the classes' F1: a rare class counts as much as a frequent one"
_CLASSES = "a class that occurs among the labels or among the predictions has its entry"
_ENTRY = "precision is a share of the predictions of the class, recall a share of its labels, support their number"
_NOTHING = "a share of nothing is 0: ask whether the class is there before you divide"
_HARMONIC = "precision + recall is 0 where nothing is right: 2 · right / (labels + predictions) never divides by 0"
_STACK = "one array with an axis for the layers: `torch.stack(attentions, dim=1)`"


USING = (
    Mistake.of("judges-in-training-mode", "when the model stays in training mode", _EVAL, enter=left_out),
    Mistake.of(
        "judges-in-training-mode", "when the model is put into training mode", _EVAL, enter=lambda model: model.train()
    ),
    Mistake.of("mode-not-restored", "when the model stays in eval mode afterwards", _BACK, leave=left_out),
    Mistake.of(
        "mode-not-restored",
        "when the model is put into training mode afterwards, whatever it was in before",
        _BACK,
        leave=lambda model, was_training: model.train(),
    ),
    Mistake.of(
        "records-gradients",
        "when every call is recorded for gradients that nobody asks for",
        _NO_GRAD,
        track=lambda: True,
    ),
    Mistake.of("shows-the-labels", "when the model gets the labels, too", _LABELS, show=dict),
    Mistake.of(
        "forgets-attention-mask",
        "when the model gets the tokens alone",
        _ENTRIES,
        show=lambda batch: {"input_ids": batch["input_ids"]},
    ),
    Mistake.of(
        "batch-not-unpacked",
        "when the model gets the entries as one argument",
        "pass each entry by its name: `model(**inputs)`",
        put=lambda model, inputs, **options: model(inputs, **options),
    ),
)


def _mean_of_batches(pairs: Pairs, rounds: Sequence[Pairs]) -> float:
    return sum(sum(label == prediction for label, prediction in each) / len(each) for each in rounds) / len(rounds)


def _swapped(right: int, true: int, predicted: int, share: Callable[[int, int], float]) -> dict[str, Any]:
    precision, recall, f1 = share(right, true), share(right, predicted), share(2 * right, true + predicted)
    return {"precision": precision, "recall": recall, "f1": f1, "support": true}


def _predictions_as_support(
    right: int, true: int, predicted: int, share: Callable[[int, int], float]
) -> dict[str, Any]:
    precision, recall, f1 = share(right, predicted), share(right, true), share(2 * right, true + predicted)
    return {"precision": precision, "recall": recall, "f1": f1, "support": predicted}


def _right_as_support(right: int, true: int, predicted: int, share: Callable[[int, int], float]) -> dict[str, Any]:
    return _predictions_as_support(right, true, predicted, share) | {"support": right}


def _arithmetic(right: int, true: int, predicted: int, share: Callable[[int, int], float]) -> dict[str, Any]:
    scores = _predictions_as_support(right, true, predicted, share) | {"support": true}
    return scores | {"f1": (scores["precision"] + scores["recall"]) / 2}


def _harmonic(empty: float | None) -> Callable[..., dict[str, Any]]:
    """F1 from precision and recall. Where both are 0, 0/0 raises, or is `empty`, as NumPy and PyTorch have it."""

    def entry(right: int, true: int, predicted: int, share: Callable[[int, int], float]) -> dict[str, Any]:
        scores = _predictions_as_support(right, true, predicted, share) | {"support": true}
        precision, recall = scores["precision"], scores["recall"]
        undivided = empty is not None and precision + recall == 0
        return scores | {"f1": empty if undivided else 2 * precision * recall / (precision + recall)}

    return entry


def _support_as_float(right: int, true: int, predicted: int, share: Callable[[int, int], float]) -> dict[str, Any]:
    return _predictions_as_support(right, true, predicted, share) | {"support": float(true)}


def _weighted(per_class: Mapping[int, Mapping[str, Any]], accuracy: float) -> float:
    total = sum(scores["support"] for scores in per_class.values())
    return sum(scores["f1"] * scores["support"] for scores in per_class.values()) / total


def _of_means(per_class: Mapping[int, Mapping[str, Any]], accuracy: float) -> float:
    precision, recall = (
        sum(scores[name] for scores in per_class.values()) / len(per_class) for name in ("precision", "recall")
    )
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _in_percent(accuracy: float, macro_f1: float, per_class: Mapping[int, Any]) -> Any:
    return {"accuracy": 100 * accuracy, "macro_f1": 100 * macro_f1, "per_class": per_class}


JUDGING = (
    *USING,
    Mistake.of(
        "mean-of-batch-means",
        "when the accuracies of the batches are averaged, however few their rows",
        _ALL_AT_ONCE,
        accuracy=_mean_of_batches,
    ),
    Mistake.of(
        "last-batch-only", "when only the last batch is counted", _ALL_AT_ONCE, gather=lambda rounds: rounds[-1]
    ),
    Mistake.of(
        "micro-for-macro",
        "when macro-F1 is the accuracy, which is what F1 over all rows together comes to",
        _MACRO,
        macro=lambda per_class, accuracy: accuracy,
    ),
    Mistake.of("weighted-for-macro", "when every class counts by its number of labels", _MACRO, macro=_weighted),
    Mistake.of(
        "f1-of-means", "when macro-F1 is made from the mean precision and the mean recall", _MACRO, macro=_of_means
    ),
    Mistake.of(
        "f1-of-means",
        "when F1 is the plain mean of precision and recall",
        "F1 is the harmonic mean: 2 · right / (labels + predictions) of the class",
        entry=_arithmetic,
    ),
    Mistake.of(
        "classes-of-labels-only",
        "when classes that are predicted but never the label are left out",
        _CLASSES,
        classes=lambda pairs, num_classes: {label for label, _ in pairs},
    ),
    Mistake.of(
        "classes-of-labels-only",
        "when classes that are never predicted are left out",
        _CLASSES,
        classes=lambda pairs, num_classes: {prediction for _, prediction in pairs},
    ),
    Mistake.of(
        "classes-that-do-not-occur",
        "when every class of the model has its entry, also one that is neither a label nor a prediction",
        "only classes that occur among labels or predictions: `sorted({*labels, *predictions})`",
        classes=lambda pairs, num_classes: range(num_classes),
    ),
    Mistake.of(
        "support-as-float",
        "when the support is a float",
        "the support is a number of labels, an int: `labels.count(c)`, or `int(…)` around it",
        entry=_support_as_float,
    ),
    Mistake.of("precision-recall-swapped", "when precision and recall have each other's name", _ENTRY, entry=_swapped),
    Mistake.of(
        "support-of-predictions",
        "when the support counts predictions instead of labels",
        _ENTRY,
        entry=_predictions_as_support,
    ),
    Mistake.of("support-of-predictions", "when the support counts what is right", _ENTRY, entry=_right_as_support),
    Mistake.of(
        "share-of-nothing",
        "when it divides by the number of predictions or labels although there are none",
        _NOTHING,
        share=lambda part, whole: part / whole,
    ),
    Mistake.of(
        "share-of-nothing",
        "when a share of nothing is NaN",
        _NOTHING,
        share=lambda part, whole: part / whole if whole else float("nan"),
    ),
    *(
        Mistake.of(
            "share-of-nothing",
            "when F1 is 2 · precision · recall / (precision + recall), although both may be 0",
            _HARMONIC,
            entry=_harmonic(empty),
        )
        for empty in (None, float("nan"))
    ),
    Mistake.of(
        "in-percent",
        "when accuracy and macro-F1 are percentages",
        "shares lie between 0 and 1: do not multiply by 100",
        report=_in_percent,
    ),
)

LOOKING_INSIDE = (
    *USING,
    Mistake.of("layers-first", "when the layers come before the batch", _STACK, stack=torch.stack),
    Mistake.of(
        "layers-first", "when the heads come before the layers", _STACK, stack=lambda layers: torch.stack(layers, dim=2)
    ),
    Mistake.of(
        "layers-joined",
        "when the heads of all layers stand in one axis",
        _STACK,
        stack=lambda layers: torch.cat(layers, dim=1),
    ),
    Mistake.of(
        "layers-joined",
        "when the layers follow each other along the batch",
        _STACK,
        stack=torch.cat,
    ),
    Mistake.of(
        "one-layer-only",
        "when only the last layer is returned",
        _STACK,
        stack=lambda layers: layers[-1],
    ),
    Mistake.of("one-layer-only", "when only the first layer is returned", _STACK, stack=lambda layers: layers[0]),
    Mistake.of(
        "one-layer-only",
        "when the layers are averaged",
        _STACK,
        stack=lambda layers: torch.stack(layers).mean(dim=0),
    ),
    Mistake.of(
        "averages-weights",
        "when the weights are averaged over the heads",
        "return the weights of each head: (batch, layers, num_heads, seq_len, seq_len)",
        stack=lambda layers: torch.stack(layers, dim=1).mean(dim=2),
    ),
    Mistake.of(
        "one-sequence-only",
        "when only the first sequence of the batch is returned",
        "keep the batch axis: it comes first",
        stack=lambda layers: torch.stack(layers, dim=1)[0],
    ),
    Mistake.of(
        "layers-reversed",
        "when the last layer comes first",
        "the layers are in the order in which the tokens go through them: keep it",
        stack=lambda layers: torch.stack(layers[::-1], dim=1),
    ),
)
