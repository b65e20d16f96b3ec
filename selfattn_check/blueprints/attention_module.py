"""Multi-head attention as a module in steps.

Building: admit → layers. Forward: roles → split → compare → scale → widen → hide → normalize → clear → drop → mix →
merge → finish → answer. Each step is a keyword-only parameter; the defaults together are the reference, and a mistake
replaces the steps that it gets wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["AttentionModule"]

Step = Callable[..., Any]


def admit(d_model: int, num_heads: int) -> None:
    """Refuse heads that would not be equally wide."""
    if d_model % num_heads:
        raise ValueError("num_heads must divide d_model")


def layers(d_model: int, num_heads: int) -> Mapping[str, Any]:
    """Four projections, by the names under which the module keeps them."""
    return {name: nn.Linear(d_model, d_model) for name in ("w_q", "w_k", "w_v", "w_o")}


def roles(module: Any, query: Tensor, key: Tensor, value: Tensor) -> Any:
    """Each input by its own projection."""
    return module.w_q(query), module.w_k(key), module.w_v(value)


def split(x: Tensor, num_heads: int) -> Tensor:
    """(batch, num_heads, seq_len, head_dim), heads of contiguous features."""
    return x.unflatten(-1, (num_heads, -1)).transpose(-3, -2)


def compare(q: Tensor, k: Tensor) -> Tensor:
    """Every query with every key."""
    return q @ k.transpose(-2, -1)


def scale(raw: Tensor, head_dim: int, num_heads: int) -> Tensor:
    """Divide by √head_dim."""
    return raw / math.sqrt(head_dim)


def widen(mask: Tensor) -> Tensor:
    """Insert the head axis where the mask has a batch axis."""
    return mask if mask.ndim <= 2 else mask.unsqueeze(-3)


def hide(scores: Tensor, mask: Tensor) -> Tensor:
    """−∞ where a query may not attend."""
    return scores.masked_fill(~mask, -torch.inf)


def normalize(scores: Tensor) -> Tensor:
    """Softmax over the keys."""
    return scores.softmax(dim=-1)


def clear(weights: Tensor, mask: Tensor | None) -> Tensor:
    """0 for a query without a permitted key, whose softmax is NaN."""
    return weights if mask is None else weights.masked_fill(~mask, 0.0)


def drop(weights: Tensor, dropout: nn.Dropout) -> Any:
    """Dropout, in training mode only."""
    return dropout(weights)


def mix(weights: Tensor, v: Tensor, dropout: nn.Dropout) -> Tensor:
    """Average of the values."""
    return weights @ v


def merge(heads: Tensor) -> Tensor:
    """Heads side by side again: (batch, q_len, d_model)."""
    return heads.transpose(-3, -2).flatten(-2)


def finish(merged: Tensor, module: Any) -> Any:
    """The output projection."""
    return module.w_o(merged)


def answer(output: Tensor, weights: Tensor, dropped: Tensor) -> Any:
    """Output, and the weights before dropout."""
    return output, weights


class AttentionModule(nn.Module):
    """`MultiHeadAttention` as steps."""

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        dropout: float = 0.0,
        *,
        admit: Step = admit,
        layers: Step = layers,
        roles: Step = roles,
        split: Step = split,
        compare: Step = compare,
        scale: Step = scale,
        widen: Step = widen,
        hide: Step = hide,
        normalize: Step = normalize,
        clear: Step = clear,
        drop: Step = drop,
        mix: Step = mix,
        merge: Step = merge,
        finish: Step = finish,
        answer: Step = answer,
    ) -> None:
        super().__init__()
        admit(d_model, num_heads)
        self.num_heads = num_heads
        for name, layer in layers(d_model, num_heads).items():
            setattr(self, name, layer)
        self.dropout = nn.Dropout(dropout)
        self.step = SimpleNamespace(
            roles=roles,
            split=split,
            compare=compare,
            scale=scale,
            widen=widen,
            hide=hide,
            normalize=normalize,
            clear=clear,
            drop=drop,
            mix=mix,
            merge=merge,
            finish=finish,
            answer=answer,
        )

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Any:
        """The steps in their order."""
        step = self.step
        q, k, v = (step.split(x, self.num_heads) for x in step.roles(self, query, key, value))
        scores = step.scale(step.compare(q, k), q.shape[-1], self.num_heads)
        wide = None if mask is None else step.widen(mask)
        visible = scores if wide is None else step.hide(scores, wide)
        weights = step.clear(step.normalize(visible), wide)
        dropped = step.drop(weights, self.dropout)
        output = step.finish(step.merge(step.mix(dropped, v, self.dropout)), self)
        return step.answer(output, weights, dropped)
