"""Exercise: one layer of a Transformer's decoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from selfattn_check.blueprints.decoder_layer import DecoderSteps
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.module_inputs import BY_TURNS, allowed, causal, gapped, padding, tokens, used
from selfattn_check.exercises.multi_head_attention_module import READY_MADE_MODULES
from selfattn_check.mistakes.decoder_layer import DECODING
from selfattn_check.module_trial import ModuleTrial
from selfattn_check.probe import Probe
from selfattn_ref import DecoderLayer

__all__ = ["DECODER_LAYER"]

Draw = dict[str, Any]
Mask = Callable[[np.random.Generator], Tensor]

STATEMENT = r"""
A decoder writes one sequence while it reads another. Its layer has a step more than the encoder's: $f_1$ is
self-attention among the tokens written so far, $f_2$ attention from them to `memory`, which is what the encoder made of
the source, and $f_3$ the feed-forward network. Sums and norms are as in `EncoderLayer`:

$$\text{pre-norm:}\quad x \leftarrow x + \operatorname{drop}(f_i(\operatorname{norm}_i(x))) \qquad\qquad
\text{post-norm:}\quad x \leftarrow \operatorname{norm}_i(x + \operatorname{drop}(f_i(x)))$$

| argument | meaning |
|---|---|
| `d_model`, `num_heads`, `d_ff`, `dropout`, `norm_first` | as for `EncoderLayer` |
| `x` | `(batch, target_len, d_model)`, float32 or float64 like the module |
| `memory` | `(batch, source_len, d_model)`; taken as it comes, never normalized here |
| `self_mask` | for self-attention, broadcastable to `(batch, target_len, target_len)`; True = may attend |
| `memory_mask` | for attention to memory, broadcastable to `(batch, target_len, source_len)`; True = may attend |
| returns | `(batch, target_len, d_model)` |

- The module has the parts `self_attention` and `cross_attention`, each a `MultiHeadAttention`, `feed_forward`, a
  `FeedForward`, and `norm1`, `norm2`, `norm3`, each `nn.LayerNorm(d_model)`, in order of use. Use your own classes.
- Without a mask nothing is hidden. Whoever trains a decoder passes a causal mask as `self_mask`.

```python
>>> import torch
>>> layer = DecoderLayer(d_model=8, num_heads=2, d_ff=32).eval()
>>> layer(torch.ones(3, 5, 8), memory=torch.ones(3, 7, 8)).shape
torch.Size([3, 5, 8])

```
"""

HINTS = (
    "It is your `EncoderLayer` with three steps. Two of them are attention: in the one query, key and value are the "
    "same, in the other the tokens ask and memory answers.",
    "The second attention is `self.cross_attention(y, memory, memory, memory_mask)[0]`. In pre-norm `y` is "
    "`self.norm2(x)`, and memory stays as it is.",
    "Pre-norm: `y = self.norm1(x)`, `x = x + self.dropout(self.self_attention(y, y, y, self_mask)[0])`; "
    "`y = self.norm2(x)`, `x = x + self.dropout(self.cross_attention(y, memory, memory, memory_mask)[0])`; then "
    "`x + self.dropout(self.feed_forward(self.norm3(x)))`. Post-norm: `x = self.norm1(x + self.dropout(…))`, ….",
)


def _drawn(
    batch: int,
    target_len: int,
    source_len: int,
    d_model: int,
    num_heads: int,
    d_ff: int,
    *,
    dropout: float = 0.0,
    norm_first: bool = True,
    self_mask: Mask | None = None,
    memory_mask: Mask | None = None,
    training: bool = False,
    gradients: bool = False,
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        draw: Draw = {"d_model": d_model, "num_heads": num_heads, "d_ff": d_ff, "dropout": dropout}
        draw |= {"norm_first": norm_first, "x": 1 + 2 * tokens(rng, batch, target_len, d_model)}
        draw |= {"memory": 3 * tokens(rng, batch, source_len, d_model) - 1}  # not normalized, so that a norm shows
        draw |= {} if self_mask is None else {"self_mask": self_mask(rng)}
        draw |= {} if memory_mask is None else {"memory_mask": memory_mask(rng)}
        return draw | {"use": used(rng, training=training, gradients=gradients)}

    return build


def _float32(rng: np.random.Generator) -> Draw:
    draw = _drawn(2, 3, 4, 6, 2, 5, norm_first=False, self_mask=lambda rng: allowed(rng, 3, 3))(rng)
    return draw | {name: gapped(draw[name]) for name in ("x", "memory")}


# Heads of float64 are 4 wide, as in `MultiHeadAttention`.
PROBES = (
    Probe("pre-norm", "sizes that are all different, no masks", _drawn(2, 5, 4, 12, 3, 7)),
    Probe("post-norm", "norm_first=False", _drawn(2, 5, 4, 12, 3, 7, norm_first=False)),
    Probe(
        "both masks",
        "a causal mask for the tokens, and a padding mask for memory",
        _drawn(3, 4, 5, 8, 2, 7, self_mask=lambda rng: causal(4), memory_mask=lambda rng: padding([2, 5, 1], 5)),
    ),
    Probe(
        "square",
        "as many tokens as memory has, and two masks of the same shape",
        _drawn(
            2,
            4,
            4,
            12,
            3,
            5,
            norm_first=False,
            self_mask=lambda rng: allowed(rng, 4, 4),
            memory_mask=lambda rng: allowed(rng, 2, 4, 4),
        ),
    ),
    Probe("float32", "float32 in, float32 out, from memory with gaps, with a mask", _float32),
    Probe(
        "gradients",
        "what a training step would use, pre-norm",
        _drawn(2, 3, 4, 8, 2, 5, self_mask=lambda rng: causal(3), gradients=True),
        part="training",
    ),
    Probe(
        "gradients, post-norm",
        "what a training step would use, post-norm",
        _drawn(2, 3, 4, 8, 2, 5, norm_first=False, gradients=True),
        part="training",
    ),
    Probe(
        "all dropped",
        "dropout=1.0 in training mode, pre-norm",
        _drawn(2, 3, 4, 8, 2, 5, dropout=1.0, training=True),
        part="training",
    ),
    Probe(
        "all dropped, post-norm",
        "dropout=1.0 in training mode, post-norm",
        _drawn(2, 3, 4, 8, 2, 5, dropout=1.0, norm_first=False, training=True),
        part="training",
    ),
    Probe(
        "half dropped",
        BY_TURNS,
        _drawn(2, 3, 5, 8, 2, 5, dropout=0.5, training=True),
        part="training",
    ),
    Probe(
        "half dropped, post-norm",
        BY_TURNS,
        _drawn(2, 3, 5, 8, 2, 5, dropout=0.5, norm_first=False, training=True),
        part="training",
    ),
    Probe(
        "eval mode",
        "dropout=1.0, which does nothing in eval mode",
        _drawn(2, 3, 4, 8, 2, 5, dropout=1.0),
        part="training",
    ),
)

DECODER_LAYER = Exercise(
    id="DecoderLayer",
    assignment="05a-pytorch",
    chapter=5,
    section="A layer that reads and writes",
    anchor="decoder-layer",
    title="A layer of the decoder",
    minutes=12,
    difficulty=2,
    statement=STATEMENT,
    reference=DecoderLayer,
    blueprint=DecoderSteps,
    returns=("output",),
    probes=PROBES,
    mistakes=DECODING,
    hints=HINTS,
    forbidden=READY_MADE_MODULES,
    builds_on=("MultiHeadAttention", "FeedForward"),
    parts={"values": 2, "training": 1},
    run=ModuleTrial(
        DecoderSteps,
        ("d_model", "num_heads", "d_ff", "dropout", "norm_first"),
        ("x", "memory", "self_mask", "memory_mask"),
    ),
)
