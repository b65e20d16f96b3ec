"""Exercise: judge a classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from selfattn_check.blueprints.using_models import judge
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.classifier_inputs import Classifier, batches
from selfattn_check.mistakes.using_models import JUDGING
from selfattn_check.model_trial import use
from selfattn_check.probe import Probe
from selfattn_ref import evaluate

__all__ = ["EVALUATE"]

Draw = dict[str, Any]

STATEMENT = r"""
Accuracy, the share of right answers, is one number; where one class is rare, it hides that this class is never found. So
each class is judged by itself, too. For class $c$, with the number of its labels, of its predictions, and of predictions
that are right:

$$\text{precision} = \frac{\text{right}}{\text{predictions}} \qquad \text{recall} = \frac{\text{right}}{\text{labels}}
\qquad F_1 = \frac{2 \cdot \text{right}}{\text{labels} + \text{predictions}}$$

Precision: of the texts that it puts into the class, how many belong there? Recall: of those that belong there, how many
does it find? $F_1$ is large only where both are. Where the denominator is 0, the value is 0: the precision of a class that is never predicted, for
instance. Macro-$F_1$ is the plain mean of $F_1$ over all classes that occur, among the labels or among
the predictions.

| argument | meaning |
|---|---|
| `model` | a module, called with the entries of a batch; returns an object with `.logits`, `(batch, num_classes)` |
| `batches` | any iterable of dicts of tensors, such as those of `pad_batch`, with `labels`; go through it once |
| returns | a dict: `"accuracy"`, the share of right predictions; `"macro_f1"`; `"per_class"`, a dict with an entry for each class that occurs: its number, an int → `{"precision": …, "recall": …, "f1": …, "support": …}` |

- The predicted class is the one with the largest logit, the first of equals. `support` is the number of labels of the
  class, an int.
- Count over all batches together. The last batch may be small.
- The model is asked in eval mode, without gradients (`torch.no_grad()`), and without the labels. Afterwards it is in
  the mode, training or eval, in which it was. Leave the batches as they are.

```python
>>> import torch
>>> from types import SimpleNamespace
>>> class Parity(torch.nn.Module):                       # called and answering as a model of `transformers`
...     def forward(self, x):
...         return SimpleNamespace(logits=torch.nn.functional.one_hot(x % 2).float())
>>> scores = evaluate(Parity(), [{"x": torch.arange(4), "labels": torch.tensor([0, 1, 0, 0])}])
>>> scores["accuracy"], round(scores["macro_f1"], 4)
(0.75, 0.7333)
>>> scores["per_class"][1]                               # predicted twice, once rightly
{'precision': 0.5, 'recall': 1.0, 'f1': 0.6666666666666666, 'support': 1}

```
"""  # noqa: E501 — a row of a table

HINTS = (
    "Two halves. First ask the model, batch by batch, and collect labels and predictions in two lists. Then forget the "
    "model, and count.",
    '`inputs = {name: tensor for name, tensor in batch.items() if name != "labels"}`, then '
    "`model(**inputs).logits.argmax(dim=-1).tolist()`. Before the loop `was_training = model.training` and "
    "`model.eval()`, around it `with torch.no_grad():`, after it `model.train(was_training)`.",
    "The classes are `sorted({*labels, *predictions})`. For each count its labels, its predictions, and the places "
    "where both are this class; divide only by what is not 0. Macro-F1 is the mean of the `f1`.",
)


def _judging(
    sizes: Sequence[int], num_classes: int, *, training: bool = False, **options: Any
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        model = Classifier.drawn(rng, 9, num_classes)
        model.train(training)
        return {"model": model, "batches": batches(rng, sizes, 9, num_classes), **options}

    return build


def _answering(rows: Sequence[Sequence[tuple[int, int]]], num_classes: int, *, training: bool = False) -> Draw:
    """A model that answers each token with the class of its number; batches of (answer, label)."""
    model = Classifier(np.eye(num_classes), np.zeros(num_classes), np.zeros(num_classes))
    model.train(training)
    return {"model": model, "batches": [_batch(pairs) for pairs in rows]}


def _batch(pairs: Sequence[tuple[int, int]]) -> dict[str, Tensor]:
    answers, labels = zip(*pairs, strict=True)
    input_ids = torch.tensor(answers)[:, None]
    return {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids), "labels": torch.tensor(labels)}


def _by_hand(rng: np.random.Generator) -> Draw:
    return _answering([[(0, 0), (1, 1), (0, 0), (1, 0)]], 2, training=True)


def _never_predicted(rng: np.random.Generator) -> Draw:
    return _answering([[(0, 0), (0, 2), (1, 1)], [(1, 0), (0, 0)]], 3)


def _never_a_label(rng: np.random.Generator) -> Draw:
    return _answering([[(2, 0), (1, 1), (0, 0)], [(2, 1), (4, 4)]], 6)


PROBES = (
    Probe("by hand", "the four rows of the statement's example: you can check it on paper", _by_hand),
    Probe(
        "several batches",
        "batches of 7, 5 and 2 rows, and a model that was being trained",
        _judging([7, 5, 2], 3, training=True),
    ),
    Probe("loaded", "a model that is in eval mode already", _judging([6, 1], 4)),
    Probe("never predicted", "a class that has labels, but no prediction", _never_predicted),
    Probe("never a label", "a class that is predicted, but has no label, and one that does not occur", _never_a_label),
    Probe("once", "batches that can be gone through only once", _judging([5, 4], 2, once=True)),
)

EVALUATE = Exercise(
    id="evaluate",
    assignment="05c-bert",
    chapter=5,
    section="Fine-tuning and judging a classifier",
    anchor="bert-fine-tuning",
    title="Judge a classifier",
    minutes=20,
    difficulty=2,
    statement=STATEMENT,
    reference=evaluate,
    blueprint=judge,
    returns=("scores",),
    probes=PROBES,
    mistakes=JUDGING,
    hints=HINTS,
    forbidden=("selfattn_ref.*", "transformers.Trainer"),
    run=use,
    parts={"values": 2},
    advice={
        "mutates-input": 'make a new dict: `{name: tensor for name, tensor in batch.items() if name != "labels"}`',
        "wrong-type": "numbers are plain ones, `float(…)` and `int(…)`, no tensors; the keys of `per_class` are ints",
        "wrong-values": "two halves: how the model is asked (eval mode, no gradients, no labels, its mode given back), "
        "and what is counted; mend first the one that is shown",
    },
)
