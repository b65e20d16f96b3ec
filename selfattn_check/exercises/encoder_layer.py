"""Exercise: one layer of a Transformer's encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from selfattn_check.blueprints.transformer_layers import EncoderSteps
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.module_inputs import BY_TURNS, allowed, causal, gapped, padding, tokens, used
from selfattn_check.exercises.multi_head_attention_module import READY_MADE_MODULES
from selfattn_check.mistakes.transformer_layers import ENCODING
from selfattn_check.module_trial import ModuleTrial
from selfattn_check.probe import Probe
from selfattn_ref import EncoderLayer

__all__ = ["ENCODER_LAYER"]

Draw = dict[str, Any]

STATEMENT = r"""
A layer of the encoder has two steps, $f_1$: self-attention, and $f_2$: the feed-forward network. What a step makes is
added to what was there, after dropout, and a layer norm keeps the numbers in bounds: before the step, or after the sum.

$$\text{pre-norm:}\quad x \leftarrow x + \operatorname{drop}(f_i(\operatorname{norm}_i(x))) \qquad\qquad
\text{post-norm:}\quad x \leftarrow \operatorname{norm}_i(x + \operatorname{drop}(f_i(x)))$$

| argument | meaning |
|---|---|
| `d_model`, `num_heads`, `d_ff` | width of the tokens, number of heads, width inside the feed-forward network |
| `dropout` | probability of $\operatorname{drop}$, an `nn.Dropout`, and of those in its two parts |
| `norm_first` | True: pre-norm; False: post-norm |
| `x` | `(batch, seq_len, d_model)`, float32 or float64 like the module |
| `mask` | as `MultiHeadAttention` takes it, broadcastable to `(batch, seq_len, seq_len)`; True = may attend |
| returns | `(batch, seq_len, d_model)` |

The module has the parts `attention`, a `MultiHeadAttention`, `feed_forward`, a `FeedForward`, and `norm1` and `norm2`,
each `nn.LayerNorm(d_model)`; `norm1` belongs to attention. Use your own classes.

```python
>>> import torch
>>> layer = EncoderLayer(d_model=8, num_heads=2, d_ff=32).eval()
>>> layer(torch.ones(3, 5, 8)).shape
torch.Size([3, 5, 8])
>>> all_dropped = EncoderLayer(d_model=8, num_heads=2, d_ff=32, dropout=1.0)   # in training mode, nothing is added
>>> x = torch.arange(16.0).reshape(1, 2, 8)
>>> torch.equal(all_dropped(x), x)
True

```
"""

HINTS = (
    "Five attributes: the two parts, the two norms, and one dropout for what is added. Then two lines for pre-norm, "
    "and two for post-norm.",
    "Attention returns two things; of them take the first: `self.attention(y, y, y, mask)[0]`. In pre-norm, `y` is "
    "the normalized `x`, and the sum is with `x` itself.",
    "Pre-norm: `y = self.norm1(x)`, `x = x + self.dropout(self.attention(y, y, y, mask)[0])`, and then "
    "`x + self.dropout(self.feed_forward(self.norm2(x)))`. Post-norm: `x = self.norm1(x + self.dropout(…))`, likewise "
    "norm2.",
)


def _drawn(
    batch: int,
    seq_len: int,
    d_model: int,
    num_heads: int,
    d_ff: int,
    *,
    dropout: float = 0.0,
    norm_first: bool = True,
    mask: Callable[[np.random.Generator], Tensor] | None = None,
    training: bool = False,
    gradients: bool = False,
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        draw: Draw = {"d_model": d_model, "num_heads": num_heads, "d_ff": d_ff, "dropout": dropout}
        draw |= {"norm_first": norm_first, "x": 1 + 2 * tokens(rng, batch, seq_len, d_model)}
        draw |= {} if mask is None else {"mask": mask(rng)}
        return draw | {"use": used(rng, training=training, gradients=gradients)}

    return build


def _float32(rng: np.random.Generator) -> Draw:
    draw = _drawn(2, 4, 6, 2, 5, norm_first=False, mask=lambda rng: allowed(rng, 4, 4))(rng)
    return draw | {"x": gapped(draw["x"])}


# Heads of float64 are 4 wide, as in `MultiHeadAttention`.
PROBES = (
    Probe("pre-norm", "sizes that are all different", _drawn(2, 5, 12, 3, 7)),
    Probe("post-norm", "norm_first=False", _drawn(2, 5, 12, 3, 7, norm_first=False)),
    Probe("causal", "no token sees a later one", _drawn(2, 4, 8, 2, 5, mask=lambda rng: causal(4))),
    Probe(
        "padding",
        "a mask (batch, 1, seq_len)",
        _drawn(3, 4, 12, 3, 5, norm_first=False, mask=lambda rng: padding([2, 4, 1], 4)),
    ),
    Probe("float32", "float32 in, float32 out, from memory with gaps, with a mask", _float32),
    Probe(
        "gradients", "what a training step would use, pre-norm", _drawn(2, 3, 8, 2, 5, gradients=True), part="training"
    ),
    Probe(
        "gradients, post-norm",
        "what a training step would use, post-norm",
        _drawn(2, 3, 8, 2, 5, norm_first=False, gradients=True),
        part="training",
    ),
    Probe(
        "all dropped",
        "dropout=1.0 in training mode, pre-norm",
        _drawn(2, 3, 8, 2, 5, dropout=1.0, training=True),
        part="training",
    ),
    Probe(
        "all dropped, post-norm",
        "dropout=1.0 in training mode, post-norm",
        _drawn(2, 3, 8, 2, 5, dropout=1.0, norm_first=False, training=True),
        part="training",
    ),
    Probe(
        "half dropped",
        BY_TURNS,
        _drawn(2, 3, 8, 2, 5, dropout=0.5, training=True),
        part="training",
    ),
    Probe(
        "half dropped, post-norm",
        BY_TURNS,
        _drawn(2, 3, 8, 2, 5, dropout=0.5, norm_first=False, training=True),
        part="training",
    ),
    Probe(
        "eval mode", "dropout=1.0, which does nothing in eval mode", _drawn(2, 3, 8, 2, 5, dropout=1.0), part="training"
    ),
)

ENCODER_LAYER = Exercise(
    id="EncoderLayer",
    assignment="05a-pytorch",
    chapter=5,
    section="The layers around attention",
    anchor="transformer-layers",
    title="A layer of the encoder",
    minutes=15,
    difficulty=2,
    statement=STATEMENT,
    reference=EncoderLayer,
    blueprint=EncoderSteps,
    returns=("output",),
    probes=PROBES,
    mistakes=ENCODING,
    hints=HINTS,
    forbidden=READY_MADE_MODULES,
    builds_on=("MultiHeadAttention", "FeedForward"),
    parts={"values": 2, "training": 1},
    run=ModuleTrial(
        EncoderSteps,
        ("d_model", "num_heads", "d_ff", "dropout", "norm_first"),
        ("x", "mask"),
    ),
)
