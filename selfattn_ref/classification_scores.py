"""How good predicted classes are: accuracy, and precision, recall and F1 of each class."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from selfattn_ref.validation import BoolArray, IntArray, int_array, require, same_size


class ClassScores(TypedDict):
    """The scores of one class, shares between 0 and 1, and how often it occurs."""

    precision: float
    recall: float
    f1: float
    support: int


class Scores(TypedDict):
    """The scores of all predictions, and those of each class by its number."""

    accuracy: float
    macro_f1: float
    per_class: dict[int, ClassScores]


def classification_report(labels: IntArray, predictions: IntArray) -> Scores:
    """Compare predicted classes with the true ones.

    For a class c: precision, the share of predictions of c that are right; recall, the share of labels c that were
    predicted; F1 = 2 · right / (number of labels c + number of predictions of c), their harmonic mean; a share of
    nothing is 0. macro_f1 is the plain mean of F1 over all classes that occur among labels or predictions: a rare class
    counts as much as a frequent one. The rules of scikit-learn's function of this name, with ``zero_division=0``.

    Args:
        labels: (n,) integers, the true classes.
        predictions: (n,) integers.

    Returns:
        "accuracy", the share of right predictions; "macro_f1"; "per_class", for every class that occurs, in
        rising order, "precision", "recall", "f1" and "support", the number of its labels.

    Raises:
        TypeError: labels or predictions is not a NumPy array of integers.
        ValueError: sizes disagree (the message gives the shapes), or there are none.

    >>> scores = classification_report(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    >>> scores["accuracy"], round(scores["macro_f1"], 4)
    (0.75, 0.7333)
    >>> scores["per_class"][1]
    {'precision': 0.5, 'recall': 1.0, 'f1': 0.6666666666666666, 'support': 1}
    """
    labels, predictions = int_array("labels", labels, "(n,)"), int_array("predictions", predictions, "(n,)")
    shapes = {"labels": labels.shape, "predictions": predictions.shape}
    same_size("have one entry for each label", shapes, len(labels), len(predictions))
    require(len(labels) > 0, "labels", "hold at least one label", f"shape {labels.shape}")
    classes = np.union1d(labels, predictions).tolist()
    per_class = {c: _scores_of(labels == c, predictions == c) for c in classes}
    return {
        "accuracy": float(np.mean(labels == predictions)),
        "macro_f1": float(np.mean([scores["f1"] for scores in per_class.values()])),
        "per_class": per_class,
    }


def _scores_of(is_true: BoolArray, is_predicted: BoolArray) -> ClassScores:
    right, true, predicted = (int(np.sum(x)) for x in (is_true & is_predicted, is_true, is_predicted))
    return {
        "precision": right / max(predicted, 1),
        "recall": right / max(true, 1),
        "f1": 2 * right / (true + predicted),  # a class that occurs nowhere is not asked about
        "support": true,
    }
