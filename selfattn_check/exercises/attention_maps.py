"""Exercise: the attention weights of all layers of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.using_models import look_inside
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.classifier_inputs import AttentionModel, tensors
from selfattn_check.mistakes.using_models import LOOKING_INSIDE
from selfattn_check.model_trial import use
from selfattn_check.probe import Probe
from selfattn_ref import attention_maps

__all__ = ["ATTENTION_MAPS"]

Draw = dict[str, Any]

STATEMENT = r"""
What does each head of a model look at? A model of the library `transformers` tells, if it is asked:
`model(**batch, output_attentions=True).attentions` is a tuple with one tensor `(batch, num_heads, seq_len, seq_len)`
for each layer. Put them together into one array.

$$A_{b l h i j} = \text{weight with which, in sequence } b, \text{ layer } l, \text{ head } h, \text{ token } i
\text{ attends to token } j$$

| argument | meaning |
|---|---|
| `model` | a module, called as above |
| `batch` | a dict of tensors, such as one of `pad_batch`; it may hold `labels`, which the model does not get |
| returns | a NumPy array `(batch, layers, num_heads, seq_len, seq_len)` in the dtype of the tensors, in layer order |

The model is asked once, in eval mode and without gradients (`torch.no_grad()`). Afterwards it is in the mode, training
or eval, in which it was. Leave the batch as it is.

```python
>>> import torch
>>> from types import SimpleNamespace
>>> class Uniform(torch.nn.Module):                      # two layers, three heads, five tokens
...     def forward(self, x, output_attentions):
...         return SimpleNamespace(attentions=2 * (torch.full((len(x), 3, 5, 5), 1 / 5),))
>>> maps = attention_maps(Uniform(), {"x": torch.ones(4, 5), "labels": torch.ones(4)})
>>> type(maps).__name__, maps.shape
('ndarray', (4, 2, 3, 5, 5))

```
"""

HINTS = (
    "Ask the model as you do to judge it: eval mode, no gradients, no labels, and give its mode back afterwards.",
    "`model(**inputs, output_attentions=True).attentions` is a tuple of tensors, one a layer. A new axis is needed, "
    "not a longer one: `torch.stack`.",
    "`torch.stack(layers, dim=1)` puts the layers behind the batch; `.numpy()` makes an array of a tensor that has no "
    "gradient.",
)


def _looking(
    batch: int, length: int, *, layers: int, num_heads: int, training: bool = False, labels: bool = False
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        model = AttentionModel.drawn(rng, layers=layers, num_heads=num_heads)
        model.train(training)
        given = tensors(rng, batch, length, 9)
        return {"model": model, "batch": given | ({"labels": given["input_ids"][:, 0].clone()} if labels else {})}

    return build


PROBES = (
    Probe("one layer", "one sequence, one layer, one head of three tokens", _looking(1, 3, layers=1, num_heads=1)),
    Probe("all different", "2 sequences of 5 tokens, 3 layers, 4 heads", _looking(2, 5, layers=3, num_heads=4)),
    Probe("square", "as many sequences, layers, heads as tokens", _looking(3, 3, layers=3, num_heads=3)),
    Probe(
        "in training",
        "a model that was being trained, with dropout",
        _looking(2, 4, layers=2, num_heads=3, training=True),
    ),
    Probe("with labels", "a batch that holds labels", _looking(3, 4, layers=2, num_heads=2, labels=True)),
)

ATTENTION_MAPS = Exercise(
    id="attention_maps",
    assignment="05c-bert",
    chapter=5,
    section="Inside the library's BERT",
    anchor="bert-inside",
    title="Maps of attention",
    minutes=10,
    difficulty=1,
    statement=STATEMENT,
    reference=attention_maps,
    blueprint=look_inside,
    returns=("maps",),
    probes=PROBES,
    mistakes=LOOKING_INSIDE,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    run=use,
    parts={"values": 2},
    advice={
        "mutates-input": 'make a new dict: `{name: tensor for name, tensor in batch.items() if name != "labels"}`',
        "wrong-values": "ask the model once, in eval mode, without gradients and labels; then put the layers together",
        "dtype-promoted": "keep the dtype of the tensors: `torch.stack(layers, dim=1).numpy()`",
    },
)
