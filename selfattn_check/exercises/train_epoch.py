"""Exercise: one pass of training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from selfattn_check.blueprints.fine_tuning import fit
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.classifier_inputs import Classifier, Guesser, Scorer, batches, tensors
from selfattn_check.mistakes.training import TRAINING
from selfattn_check.model_trial import train
from selfattn_check.probe import Probe
from selfattn_ref import train_epoch

__all__ = ["TRAIN_EPOCH"]

Draw = dict[str, Any]

STATEMENT = r"""
Training goes through all batches, again and again. One time through is an *epoch*. For each batch, in this order:

1. set the gradients to zero;
2. `loss = model(**batch).loss`, of a batch of texts that is `model(input_ids=…, attention_mask=…, labels=…).loss`, and its
   gradients $g$ by `backward`;
3. shorten all gradients together where their norm, the root of the sum of the squares of all their numbers, is larger than
   `max_norm`:

$$g \leftarrow g \cdot \min\!\left(1, \frac{\mathtt{max\_norm}}{\lVert g \rVert}\right)$$

4. one step of the optimizer, then one of the scheduler, if there is one.

| argument | meaning |
|---|---|
| `model` | a module, called as `model(**batch)`: each entry of the batch under its own name. It computes the loss from `labels` itself, whatever it is a loss of, and returns an object with `.loss`, a scalar. It may come in eval mode |
| `batches` | any iterable of dicts of tensors; go through it once. Every batch has `labels`, whose first axis is the batch; what else it holds is the model's business |
| `optimizer` | one of `torch.optim`, which holds the model's parameters |
| `scheduler` | sets the optimizer's learning rate anew at each `scheduler.step()`, such as one of `torch.optim.lr_scheduler`; None for a constant rate |
| `max_norm` | largest norm of all gradients together; `nn.utils.clip_grad_norm_` shortens them |
| returns | the mean of the batches' losses, a float: each as it was before its step, and weighted by its number of sequences, `len(batch["labels"])` |

Train in training mode; the model stays in it. Leave the batches as they are.

```python
>>> import torch
>>> from types import SimpleNamespace
>>> class Linear(torch.nn.Linear):                       # called and answering as a model of `transformers`
...     def forward(self, x, labels):
...         loss = torch.nn.functional.cross_entropy(super().forward(x), labels)
...         return SimpleNamespace(loss=loss)
>>> model, batches = Linear(2, 2), [{"x": torch.eye(2), "labels": torch.tensor([1, 0])}]
>>> _ = torch.nn.init.zeros_(model.weight), torch.nn.init.zeros_(model.bias)
>>> optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
>>> round(train_epoch(model, batches, optimizer), 4)     # two classes, nothing known: log 2
0.6931
>>> round(train_epoch(model, batches, optimizer), 4)
0.4741

```
"""  # noqa: E501 — rows of a table

HINTS = (
    "`model.train()`, then a loop over the batches with the steps of the list, one line each. Beside it two numbers "
    "that grow: the loss so far, and the sequences so far.",
    "`optimizer.zero_grad()`, `loss = model(**batch).loss`, `loss.backward()`, "
    "`nn.utils.clip_grad_norm_(model.parameters(), max_norm)`, `optimizer.step()`, and the scheduler if there is one.",
    'Each batch\'s loss counts as often as the batch has sequences: `total += loss.item() * len(batch["labels"])` and '
    '`rows += len(batch["labels"])`; return `total / rows`.',
)


def _training(
    sizes: Sequence[int], *, lr: float = 0.5, size: float = 1.0, training: bool = False, **options: Any
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        model = Classifier.drawn(rng, 7, 3, size=size)
        model.train(training)
        return {"model": model, "batches": batches(rng, sizes, 7, 3), "lr": lr, **options}

    return build


def _guessing(rng: np.random.Generator) -> Draw:
    given = [tensors(rng, batch, length, 7) for batch, length in ((3, 5), (2, 3))]
    given[0]["token_type_ids"] = torch.zeros_like(given[0]["input_ids"])
    hidden = []
    for each, asked in zip(given, (0.2, 0.7), strict=True):
        labels = torch.full_like(each["input_ids"], -100)
        chosen = torch.from_numpy(rng.random(labels.shape) < asked)
        chosen[0, 0] = True
        hidden.append({"labels": torch.where(chosen, each["input_ids"], labels)} | each)
    return {"model": Guesser.drawn(rng, 7, 7), "batches": hidden, "lr": 0.5}


def _scoring(rng: np.random.Generator) -> Draw:
    given = [
        {
            "x": torch.from_numpy(rng.normal(size=(size, 3))).float(),
            "labels": torch.from_numpy(rng.integers(1, 6, size=size)),
        }
        for size in (2, 3)
    ]
    return {"model": Scorer(rng.normal(size=3)), "batches": given, "lr": 0.1}


PROBES = (
    Probe("one batch", "a single batch and the default max_norm", _training([4])),
    Probe("three batches", "batches of 5, 3 and 1 rows", _training([5, 3, 1], max_norm=100.0)),
    Probe(
        "large gradients",
        "gradients longer than 0.2, in a model that is in training mode already",
        _training([3, 4], size=2.0, training=True, max_norm=0.2),
    ),
    Probe(
        "default limit",
        "no max_norm given: gradients longer than 1 are shortened to 1",
        _training([1, 1, 2, 1], size=2.0),
    ),
    Probe(
        "scheduler",
        "a scheduler that halves the learning rate",
        _training([2, 3], lr=2.0, halving=True, max_norm=100.0),
    ),
    Probe("once", "batches that can be gone through only once", _training([2, 4], once=True)),
    Probe("stale", "gradients that are left from something before", _training([3], stale=True, max_norm=100.0)),
    Probe(
        "guessed tokens",
        "a model that guesses tokens: labels (batch, seq_len), −100 where nothing is asked, before the other entries",
        _guessing,
    ),
    Probe("other entries", "a model that gives points from 1 to 5 to rows of numbers, called x", _scoring),
)

TRAIN_EPOCH = Exercise(
    id="train_epoch",
    assignment="05c-bert",
    chapter=5,
    section="Fine-tuning and judging a classifier",
    anchor="bert-fine-tuning",
    title="One epoch of training",
    minutes=20,
    difficulty=2,
    statement=STATEMENT,
    reference=train_epoch,
    blueprint=fit,
    returns=("loss",),
    probes=PROBES,
    mistakes=TRAINING,
    hints=HINTS,
    forbidden=("selfattn_ref.*", "transformers.Trainer"),
    run=train,
    parts={"values": 3},
    advice={
        "mutates-input": "take nothing out of a batch, and put nothing into it: `model(**batch)` reads it alone",
        "wrong-values": "go through the list of steps, one by one; the loss that counts is that before the step",
    },
)
