"""Exercise: the weights of PyTorch's own attention, copied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from selfattn_check.blueprints.weight_copies import copied
from selfattn_check.copy_trial import copying
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.weight_copies import COPYING
from selfattn_check.module_trial import own_random_state
from selfattn_check.probe import Probe
from selfattn_ref import MultiHeadAttention, copy_weights

__all__ = ["COPY_WEIGHTS"]

Draw = dict[str, Any]

STATEMENT = r"""
Does your module compute what everybody's does? Give both the same weights, and see. PyTorch's
`nn.MultiheadAttention(embed_dim, num_heads)` keeps three of its four projections in one matrix, below each other:

$$\mathtt{in\_proj\_weight} = \begin{bmatrix} W_q \\ W_k \\ W_v \end{bmatrix} \in \mathbb{R}^{3d \times d}, \qquad
\mathtt{in\_proj\_bias} = \begin{bmatrix} b_q \\ b_k \\ b_v \end{bmatrix} \in \mathbb{R}^{3d}$$

with $W_q$ as `mine.w_q.weight` holds it. The fourth is `out_proj`, an `nn.Linear`.

| argument | meaning |
|---|---|
| `mine` | a `MultiHeadAttention`; its weights are replaced. Rely on its layers `w_q`, `w_k`, `w_v`, `w_o` alone: what else a module of this name keeps is its own affair |
| `torch_mha` | an `nn.MultiheadAttention` of the same width; it stays as it is |
| returns | `None` |

- The numbers are copied into the parameters that `mine` has, in their dtype. Nothing is shared: when one module is
  trained, the other stays as it is.
- A `torch_mha` made with `bias=False` has None for both biases; those of `mine` become 0.

Afterwards both give the same numbers. In a mask, PyTorch's module takes True as *hidden*:

```python
>>> import torch
>>> mine, theirs = MultiHeadAttention(8, 2), torch.nn.MultiheadAttention(8, 2, batch_first=True)
>>> copy_weights(mine, theirs)
>>> x, mask = torch.rand(3, 5, 8), torch.ones(5, 5, dtype=torch.bool).tril()
>>> torch.allclose(mine(x, x, x, mask)[0], theirs(x, x, x, attn_mask=~mask)[0], atol=1e-6)
True

```
"""  # noqa: E501 — a row of a table

HINTS = (
    "`torch_mha.in_proj_weight.chunk(3)` gives three matrices. Into the parameters of `mine` they go by `copy_`, which "
    "writes into a tensor that is there.",
    "A parameter refuses to be written to while PyTorch records what happens to it: work within "
    "`with torch.no_grad():`. The biases are cut like the weights, if `torch_mha.in_proj_bias` is not None.",
    "`for layer, weight in zip((mine.w_q, mine.w_k, mine.w_v), torch_mha.in_proj_weight.chunk(3)): "
    "layer.weight.copy_(weight)`, the same for `bias` and `in_proj_bias`, then `mine.w_o` from `torch_mha.out_proj`.",
)


class _Mine(MultiHeadAttention):
    """Stands for the learner's module, and is said in a line.

    A class of the reference, which takes no other; a call of it is no call of a ready-made solution, so it has a
    forward of its own.
    """

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Output and weights, for inputs with one batch axis."""
        projected = (self.w_q(query), self.w_k(key), self.w_v(value))
        q, k, v = (x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for x in projected)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        if mask is not None:
            scores = scores.masked_fill(~(mask if mask.ndim <= 2 else mask.unsqueeze(1)), -torch.inf)
        weights = scores.softmax(-1).nan_to_num()
        return self.w_o((weights @ v).transpose(1, 2).flatten(2)), weights

    def __repr__(self) -> str:
        return f"MultiHeadAttention({self.w_q.in_features}, {self.num_heads})"


_Mine.__name__ = _Mine.__qualname__ = "MultiHeadAttention"  # as errors say it


class _Theirs(nn.MultiheadAttention):
    """PyTorch's module, said in a line."""

    def __repr__(self) -> str:
        bias = ", bias=False" if self.in_proj_bias is None else ""
        return f"nn.MultiheadAttention({self.embed_dim}, {self.num_heads}{bias})"


@dataclass(frozen=True)
class _Drawn:
    """The seed of all weights; the report says only that they are drawn."""

    seed: int

    def __repr__(self) -> str:
        return "drawn"


def _drawn(
    d_model: int,
    num_heads: int,
    *,
    bias: bool = True,
    dtypes: tuple[torch.dtype, torch.dtype] = (torch.float64, torch.float64),
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        with own_random_state():
            mine = _Mine(d_model, num_heads).to(dtypes[0])
            theirs = _Theirs(d_model, num_heads, bias=bias, batch_first=True).to(dtypes[1])
        seed = int(rng.integers(2**31))
        draws = np.random.default_rng(seed)
        with torch.no_grad():
            for parameter in (*mine.parameters(), *theirs.parameters()):
                parameter.copy_(torch.from_numpy(draws.normal(size=tuple(parameter.shape))))
        return {"mine": mine, "torch_mha": theirs, "weights": _Drawn(seed)}

    return build


PROBES = (
    Probe("two heads", "weights and biases of their own everywhere", _drawn(6, 2)),
    Probe("one head", "another width", _drawn(3, 1)),
    Probe("float32", "both modules in float32, as they are made", _drawn(4, 2, dtypes=(torch.float32, torch.float32))),
    Probe("two dtypes", "mine in float64, torch_mha in float32", _drawn(4, 4, dtypes=(torch.float64, torch.float32))),
    Probe("no biases", "a torch_mha made with bias=False", _drawn(6, 3, bias=False)),
)

COPY_WEIGHTS = Exercise(
    id="copy_weights",
    assignment="05a-pytorch",
    chapter=5,
    section="Is it the attention that everybody uses?",
    anchor="copied-weights",
    title="The weights of PyTorch's own attention",
    minutes=8,
    difficulty=1,
    statement=STATEMENT,
    reference=copy_weights,
    blueprint=copied,
    returns=("the result",),
    probes=PROBES,
    mistakes=COPYING,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
    run=copying,
    advice={
        "wrong-afterwards": "look at the layers of mine after the call, in a cell of your own: each weight and bias, "
        "its dtype, and whether it can still be trained",
    },
)
