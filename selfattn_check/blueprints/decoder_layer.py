"""The decoder layer as steps; what it shares with the encoder layer is taken from there.

Each step is a keyword-only parameter; the defaults together are the reference, and a mistake replaces the steps that
it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from selfattn_check.blueprints.attention_module import AttentionModule
from selfattn_check.blueprints.transformer_layers import FeedForwardSteps, LayerSteps, add, after, before, decide

__all__ = ["DecoderSteps"]

Step = Callable[..., Any]


def parts(d_model: int, num_heads: int, d_ff: int, dropout: float) -> Mapping[str, Any]:
    """Two attentions, feed-forward network and three norms, by name."""
    return {
        "self_attention": AttentionModule(d_model, num_heads, dropout),
        "cross_attention": AttentionModule(d_model, num_heads, dropout),
        "feed_forward": FeedForwardSteps(d_model, d_ff, dropout),
        "norm1": nn.LayerNorm(d_model),
        "norm2": nn.LayerNorm(d_model),
        "norm3": nn.LayerNorm(d_model),
    }


def masks(self_mask: Tensor | None, memory_mask: Tensor | None, x: Tensor) -> Any:
    """The mask of self-attention, and that of attention to memory."""
    return self_mask, memory_mask


def norms(module: Any) -> Any:
    """One for each step, in order of use."""
    return module.norm1, module.norm2, module.norm3


def look(module: Any, y: Tensor, mask: Tensor | None, x: Tensor) -> Any:
    """Self-attention, without its weights; y is x, normalized where the norm comes first."""
    return module.self_attention(y, y, y, mask)[0]


def ask(module: Any, y: Tensor, memory: Tensor, mask: Tensor | None) -> Any:
    """Attention to memory as it comes, without its weights."""
    return module.cross_attention(y, memory, memory, mask)[0]


def sums(add: Step) -> Any:
    """How each step's result is added: the same way."""
    return add, add, add


def follow(x: Tensor, first: Step, second: Step, third: Step) -> Any:
    """One step after the other."""
    return third(second(first(x)))


class DecoderSteps(LayerSteps):
    """`DecoderLayer` as steps: parts; masks, norms, sums, decide → look, ask → add, before or after → follow."""

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.0,
        norm_first: bool = True,
        *,
        parts: Step = parts,
        masks: Step = masks,
        norms: Step = norms,
        look: Step = look,
        ask: Step = ask,
        decide: Step = decide,
        add: Step = add,
        sums: Step = sums,
        before: Step = before,
        after: Step = after,
        follow: Step = follow,
    ) -> None:
        self.set_up(
            parts(d_model, num_heads, d_ff, dropout),
            dropout,
            norm_first,
            masks=masks,
            norms=norms,
            look=look,
            ask=ask,
            decide=decide,
            add=add,
            sums=sums,
            before=before,
            after=after,
            follow=follow,
        )

    def forward(
        self, x: Tensor, memory: Tensor, self_mask: Tensor | None = None, memory_mask: Tensor | None = None
    ) -> Any:
        """The steps in their order."""
        step = self.step
        self_mask, memory_mask = step.masks(self_mask, memory_mask, x)
        return self.run(
            x,
            lambda y, x: step.look(self, y, self_mask, x),
            lambda y, x: step.ask(self, y, memory, memory_mask),
            self.feed,
        )
