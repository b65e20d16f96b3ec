"""Exercise: multi-head attention as a PyTorch module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from selfattn_check.blueprints.attention_module import AttentionModule
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.module_inputs import BY_TURNS, allowed, causal, gapped, padding, tokens, used
from selfattn_check.mistakes.attention_modules import BUILDING, HEADS, ROLES, SCORING
from selfattn_check.mistakes.module_masks import MODULE_MASKS
from selfattn_check.mistakes.module_results import RESULTS
from selfattn_check.module_trial import ModuleTrial
from selfattn_check.probe import Probe
from selfattn_ref import MultiHeadAttention

__all__ = ["MULTI_HEAD_ATTENTION_MODULE", "READY_MADE_MODULES"]

Draw = dict[str, Any]

READY_MADE_MODULES = (
    "selfattn_ref.*",
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.functional.multi_head_attention_forward",
    "torch.nn.attention.flex_attention.flex_attention",
    "torch.nn.MultiheadAttention",
    "torch.nn.TransformerEncoderLayer",
    "torch.nn.TransformerDecoderLayer",
    "torch.nn.Transformer",
)

STATEMENT = r"""
The attention of chapter 3, as a module whose weights PyTorch can train.

$$O = \operatorname{Concat}(\text{head}_1, \dots, \text{head}_h)\, W_O + b_O, \qquad
\text{head}_i = \operatorname{softmax}\!\left(\frac{Q_i K_i^\top}{\sqrt{d_k}}\right) V_i$$

$Q$, $K$, $V$ come from `query`, `key` and `value`, each by a linear layer of its own; head $i$ owns the features
$i\,d_k$ to $(i+1)\,d_k$, with $d_k = d / h$.

| argument | meaning |
|---|---|
| `d_model`, `num_heads` | width $d$ and number of heads $h$; `ValueError` if $h$ does not divide $d$ |
| `dropout` | probability with which a weight of attention is set to 0 in training mode: `nn.Dropout(dropout)` does it |
| `query` | `(batch, q_len, d_model)`, float32 or float64 like the module |
| `key`, `value` | `(batch, k_len, d_model)` |
| `mask` | boolean tensor, of two or three axes, broadcastable to `(batch, q_len, k_len)`; True = may attend |
| returns | `output (batch, q_len, d_model)` and `weights (batch, num_heads, q_len, k_len)` |

- The module has the layers `w_q`, `w_k`, `w_v`, `w_o`, each `nn.Linear(d_model, d_model)`, and no other parameters.
- The mask is the same for all heads. A query that may see no key gets weights 0, and the bias of `w_o` as its output;
  no gradient is NaN.
- Dropout acts on the weights of attention, after the softmax. The weights that are returned are those before dropout.
  With `dropout=1.0` all of them are dropped.

```python
>>> import torch
>>> attention = MultiHeadAttention(d_model=8, num_heads=2)
>>> query, memory = torch.ones(3, 5, 8), torch.ones(3, 7, 8)
>>> output, weights = attention(query, memory, memory)
>>> output.shape, weights.shape
(torch.Size([3, 5, 8]), torch.Size([3, 2, 5, 7]))
>>> round(weights[0, 0, 0, 0].item(), 4)                 # seven equal keys: 1/7 each
0.1429
>>> sum(parameter.numel() for parameter in attention.parameters())
288

```
"""

HINTS = (
    "In the constructor: `super().__init__()`, the check of the sizes, four layers and one dropout, as attributes. In "
    "`forward` the steps of chapter 3: project, split, compare, mask, softmax, mix, merge, project.",
    "`x.view(batch, -1, num_heads, head_dim).transpose(1, 2)` splits; `x.transpose(1, 2).flatten(-2)` merges. A mask "
    "with a batch axis needs a head axis: `mask.unsqueeze(-3)`. The softmax of a row of −∞ is NaN.",
    "`scores = scores.masked_fill(~mask, -math.inf)`, `weights = scores.softmax(-1)`, and with a mask once more "
    "`weights = weights.masked_fill(~mask, 0)`. Then `output = self.dropout(weights) @ v`, and return "
    "`self.w_o(merged), weights`.",
)


def _drawn(
    batch: int,
    q_len: int,
    k_len: int,
    d_model: int,
    num_heads: int,
    *,
    dropout: float = 0.0,
    mask: Callable[[np.random.Generator], Tensor] | None = None,
    training: bool = False,
    gradients: bool = False,
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        draw: Draw = {"d_model": d_model, "num_heads": num_heads, "dropout": dropout}
        draw |= {"query": tokens(rng, batch, q_len, d_model)}
        draw |= {name: tokens(rng, batch, k_len, d_model) for name in ("key", "value")}
        draw |= {} if mask is None else {"mask": mask(rng)}
        return draw | {"use": used(rng, training=training, gradients=gradients)}

    return build


def _float32(rng: np.random.Generator) -> Draw:
    draw = _drawn(2, 4, 5, 6, 2, mask=lambda rng: allowed(rng, 4, 5))(rng)
    return draw | {name: gapped(draw[name]) for name in ("query", "key", "value")}


def _one_empty(rng: np.random.Generator) -> Tensor:
    mask = allowed(rng, 2, 4, 5)
    mask[1, 2] = False
    return mask


def _deep(rng: np.random.Generator) -> Draw:
    draw = _drawn(1, 3, 4, 4, 1, mask=lambda rng: causal(4)[None, 1:])(rng)
    draw["query"][..., 0] = 1e5
    draw["key"][0, :, 0] = draw["key"].new_tensor([-6e4, -6.1e4, -6.3e4, 0.0])
    identity = {f"w_{role}.weight": np.eye(4) for role in "qk"} | {f"w_{role}.bias": np.zeros(4) for role in "qk"}
    draw["mask"][0, 2, 3] = False
    return draw | {"use": used(rng, given=identity)}


# In float64 a head is 4 wide, so that its root, 2, is exact: a learner may hold it in float32.
PROBES = (
    Probe("plain", "queries, keys and values of their own, and sizes that are all different", _drawn(2, 5, 7, 12, 3)),
    Probe("square", "all sizes 4, heads and batch too: a wrong order of axes raises nothing", _drawn(4, 4, 4, 16, 4)),
    Probe("one head", "a single head as wide as the model", _drawn(2, 5, 3, 4, 1)),
    Probe("float32", "float32 in, float32 out, from memory with gaps, with a mask", _float32),
    Probe("uneven", "heads that cannot be equally wide", _drawn(2, 3, 3, 8, 3), raises=ValueError),
    Probe(
        "one mask",
        "one mask for the whole batch",
        _drawn(2, 4, 5, 8, 2, mask=lambda rng: allowed(rng, 4, 5)),
        part="masks",
    ),
    Probe(
        "causal",
        "no query sees a later key, with as many heads as tokens",
        _drawn(2, 4, 4, 16, 4, mask=lambda rng: causal(4)),
        part="masks",
    ),
    Probe(
        "padding",
        "a mask (batch, 1, k_len), with as many heads as sequences",
        _drawn(3, 4, 6, 12, 3, mask=lambda rng: padding([4, 6, 1], 6)),
        part="masks",
    ),
    Probe(
        "own masks",
        "a mask for each sequence, with as many heads as sequences and tokens",
        _drawn(4, 4, 4, 16, 4, mask=lambda rng: allowed(rng, 4, 4, 4)),
        part="masks",
    ),
    Probe("empty row", "a query that may see no key", _drawn(2, 4, 5, 8, 2, mask=_one_empty), part="masks"),
    Probe("deep", "permitted scores near −3e9, below any stand-in for −∞", _deep, part="masks"),
    Probe("gradients", "what a training step would use", _drawn(2, 5, 3, 12, 3, gradients=True), part="training"),
    Probe(
        "gradients, empty row",
        "a query that may see no key must not spoil the gradients",
        _drawn(2, 4, 5, 8, 2, mask=_one_empty, gradients=True),
        part="training",
    ),
    Probe(
        "all dropped",
        "dropout=1.0 in training mode",
        _drawn(2, 3, 5, 8, 2, dropout=1.0, training=True),
        part="training",
    ),
    Probe(
        "half dropped",
        BY_TURNS,
        _drawn(2, 3, 5, 8, 2, dropout=0.5, training=True),
        part="training",
    ),
    Probe(
        "eval mode", "dropout=1.0, which does nothing in eval mode", _drawn(2, 3, 5, 8, 2, dropout=1.0), part="training"
    ),
)

MULTI_HEAD_ATTENTION_MODULE = Exercise(
    id="MultiHeadAttention",
    assignment="05a-pytorch",
    chapter=5,
    section="Attention as a module",
    anchor="attention-module",
    title="Multi-head attention as a module",
    minutes=25,
    difficulty=2,
    statement=STATEMENT,
    reference=MultiHeadAttention,
    blueprint=AttentionModule,
    returns=("output", "weights"),
    probes=PROBES,
    mistakes=(*BUILDING, *ROLES, *HEADS, *SCORING, *MODULE_MASKS, *RESULTS),
    hints=HINTS,
    forbidden=READY_MADE_MODULES,
    parts={"values": 3, "masks": 2, "training": 2},
    run=ModuleTrial(AttentionModule, ("d_model", "num_heads", "dropout"), ("query", "key", "value", "mask")),
)
