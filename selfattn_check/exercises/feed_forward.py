"""Exercise: the feed-forward network of a Transformer layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.transformer_layers import FeedForwardSteps
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.module_inputs import BY_TURNS, gapped, tokens, used
from selfattn_check.mistakes.transformer_layers import FEEDING
from selfattn_check.module_trial import ModuleTrial
from selfattn_check.probe import Probe
from selfattn_ref import FeedForward

__all__ = ["FEED_FORWARD"]

Draw = dict[str, Any]

STATEMENT = r"""
Attention moves information between tokens. What a token makes of it, it makes by itself: every token goes through the
same small network.

$$\operatorname{FFN}(x) = \max(0,\, x W_1 + b_1)\, W_2 + b_2$$

| argument | meaning |
|---|---|
| `d_model`, `d_ff` | width of the tokens, and the width in between |
| `dropout` | probability with which `nn.Dropout` sets a feature between the layers to 0 in training mode |
| `x` | `(..., d_model)`, float32 or float64 like the module |
| returns | `(..., d_model)` |

The module has the layers `linear1`, `nn.Linear(d_model, d_ff)`, and `linear2`, `nn.Linear(d_ff, d_model)`, and no other
parameters. Between them come first the ReLU, then dropout.

```python
>>> import torch
>>> network = FeedForward(d_model=2, d_ff=3)
>>> with torch.no_grad():                                # weights to compute with by hand
...     _ = network.linear1.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]))
...     _ = network.linear2.weight.copy_(torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 5.0]]))
...     _ = network.linear1.bias.zero_(), network.linear2.bias.zero_()
>>> network(torch.tensor([[3.0, 4.0]])).tolist()         # hidden: 3, 4 and 0
[[7.0, 0.0]]

```
"""

HINTS = (
    "Two layers and one dropout in the constructor, as attributes with the names that the exercise gives. One line in "
    "`forward`.",
    "Read the formula from the inside: first layer, `relu`, dropout, second layer. `nn.Linear` works on the last axis "
    "and leaves all others alone.",
    "`return self.linear2(self.dropout(self.linear1(x).relu()))`.",
)


def _drawn(
    *shape: int, d_ff: int, dropout: float = 0.0, training: bool = False, gradients: bool = False
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        sizes = {"d_model": shape[-1], "d_ff": d_ff, "dropout": dropout}
        return sizes | {"x": tokens(rng, *shape), "use": used(rng, training=training, gradients=gradients)}

    return build


def _float32(rng: np.random.Generator) -> Draw:
    draw = _drawn(2, 4, 5, d_ff=7)(rng)
    return draw | {"x": gapped(draw["x"])}


PROBES = (
    Probe("batched", "a batch axis, and sizes that are all different", _drawn(2, 5, 4, d_ff=11)),
    Probe("square", "both widths equal", _drawn(3, 3, d_ff=3)),
    Probe("one token", "no batch axis at all", _drawn(6, d_ff=8)),
    Probe("float32", "float32 in, float32 out, from memory with gaps", _float32),
    Probe("gradients", "what a training step would use", _drawn(2, 3, 4, d_ff=6, gradients=True), part="training"),
    Probe(
        "all dropped",
        "dropout=1.0 in training mode",
        _drawn(3, 4, d_ff=16, dropout=1.0, training=True),
        part="training",
    ),
    Probe(
        "half dropped",
        BY_TURNS,
        _drawn(3, 4, d_ff=7, dropout=0.5, training=True),
        part="training",
    ),
    Probe(
        "eval mode", "dropout=1.0, which does nothing in eval mode", _drawn(3, 4, d_ff=6, dropout=1.0), part="training"
    ),
)

FEED_FORWARD = Exercise(
    id="FeedForward",
    assignment="05a-pytorch",
    chapter=5,
    section="The layers around attention",
    anchor="transformer-layers",
    title="The feed-forward network",
    minutes=8,
    difficulty=1,
    statement=STATEMENT,
    reference=FeedForward,
    blueprint=FeedForwardSteps,
    returns=("output",),
    probes=PROBES,
    mistakes=FEEDING,
    hints=HINTS,
    forbidden=("selfattn_ref.*", "torch.nn.TransformerEncoderLayer", "torch.nn.TransformerDecoderLayer"),
    parts={"values": 1, "training": 1},
    run=ModuleTrial(FeedForwardSteps, ("d_model", "d_ff", "dropout"), ("x",)),
)
