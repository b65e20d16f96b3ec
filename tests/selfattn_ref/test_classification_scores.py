import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from selfattn_ref import classification_report

CLASSES = st.lists(st.tuples(st.integers(-2, 4), st.integers(-2, 4)), min_size=1, max_size=12)


@given(CLASSES)
def test_classification_report_equals_scikit_learn(pairs):
    labels, predictions = np.array(pairs).T
    scores = classification_report(labels, predictions)
    theirs = metrics.classification_report(labels, predictions, output_dict=True, zero_division=0)
    assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(labels, predictions), abs=1e-15)
    assert scores["macro_f1"] == pytest.approx(theirs["macro avg"]["f1-score"], abs=1e-12)
    names = {"precision": "precision", "recall": "recall", "f1": "f1-score", "support": "support"}
    averages = {"accuracy", "macro avg", "micro avg", "weighted avg"}
    assert [str(c) for c in scores["per_class"]] == [c for c in theirs if c not in averages]
    for c, mine in scores["per_class"].items():
        for name, their_name in names.items():
            assert mine[name] == pytest.approx(theirs[str(c)][their_name], abs=1e-12)


def test_classification_report_hand_computed():
    scores = classification_report(np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 1, 2]))
    assert scores["accuracy"] == pytest.approx(4 / 6)
    assert scores["per_class"] == {
        0: {"precision": 1.0, "recall": 0.75, "f1": pytest.approx(6 / 7), "support": 4},
        1: {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2},
        2: {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0},  # predicted, but never right
    }
    assert scores["macro_f1"] == pytest.approx((6 / 7 + 0.5) / 3)


def test_classification_report_always_the_frequent_class_is_accurate_and_no_good():
    scores = classification_report(np.array([0] * 9 + [1]), np.zeros(10, int))
    assert scores["accuracy"] == 0.9
    assert scores["macro_f1"] == pytest.approx(18 / 19 / 2)


def test_classification_report_holds_plain_numbers():
    scores = classification_report(np.array([0, 1]), np.array([0, 0]))
    assert {type(c) for c in scores["per_class"]} == {int}
    assert type(scores["accuracy"]) is type(scores["macro_f1"]) is float
    assert {type(value) for each in scores["per_class"].values() for value in each.values()} == {int, float}
