"""The feed-forward network and the encoder layer as steps.

Each step is a keyword-only parameter; the defaults together are the reference, and a mistake replaces the steps that
it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from torch import Tensor, nn

from selfattn_check.blueprints.attention_module import AttentionModule

__all__ = ["EncoderSteps", "FeedForwardSteps", "LayerSteps"]

Step = Callable[..., Any]


def linears(d_model: int, d_ff: int) -> Mapping[str, Any]:
    """Two layers, by name."""
    return {"linear1": nn.Linear(d_model, d_ff), "linear2": nn.Linear(d_ff, d_model)}


def take(x: Tensor, dropout: nn.Dropout) -> Tensor:
    """The tokens as they come."""
    return x


def activate(hidden: Tensor) -> Tensor:
    """ReLU."""
    return hidden.relu()


def drop(hidden: Tensor, dropout: nn.Dropout) -> Any:
    """Dropout between the layers, in training mode only."""
    return dropout(hidden)


def give(output: Tensor, x: Tensor, dropout: nn.Dropout) -> Tensor:
    """Nothing: the second layer is the end."""
    return output


class FeedForwardSteps(nn.Module):
    """`FeedForward` as steps: linears; take → activate → drop → give."""

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        dropout: float = 0.0,
        *,
        linears: Step = linears,
        take: Step = take,
        activate: Step = activate,
        drop: Step = drop,
        give: Step = give,
    ) -> None:
        super().__init__()
        for name, layer in linears(d_model, d_ff).items():
            setattr(self, name, layer)
        self.dropout = nn.Dropout(dropout)
        self.step = SimpleNamespace(take=take, activate=activate, drop=drop, give=give)

    def forward(self, x: Tensor) -> Any:
        """The steps in their order."""
        step = self.step
        hidden = step.activate(self.linear1(step.take(x, self.dropout)))
        return step.give(self.linear2(step.drop(hidden, self.dropout)), x, self.dropout)


def parts(d_model: int, num_heads: int, d_ff: int, dropout: float) -> Mapping[str, Any]:
    """Attention, feed-forward network and two norms, by name."""
    return {
        "attention": AttentionModule(d_model, num_heads, dropout),
        "feed_forward": FeedForwardSteps(d_model, d_ff, dropout),
        "norm1": nn.LayerNorm(d_model),
        "norm2": nn.LayerNorm(d_model),
    }


def norms(module: Any) -> Any:
    """One for each sublayer."""
    return module.norm1, module.norm2


def look(module: Any, y: Tensor, mask: Tensor | None, x: Tensor) -> Any:
    """Self-attention, without its weights; y is x, normalized where the norm comes first."""
    return module.attention(y, y, y, mask)[0]


def decide(norm_first: bool) -> bool:
    """Whether the norm comes first."""
    return norm_first


def add(x: Tensor, update: Tensor, dropout: nn.Dropout) -> Tensor:
    """The residual sum, with dropout on what is added."""
    return x + dropout(update)


def sums(add: Step) -> Any:
    """How each sublayer's result is added: the same way."""
    return add, add


def before(x: Tensor, f: Step, norm: Step, add: Step) -> Any:
    """Pre-norm."""
    return add(x, f(norm(x), x))


def after(x: Tensor, f: Step, norm: Step, add: Step) -> Any:
    """Post-norm."""
    return norm(add(x, f(x, x)))


def follow(x: Tensor, first: Step, second: Step) -> Any:
    """One sublayer after the other."""
    return second(first(x))


class LayerSteps(nn.Module):
    """What encoder and decoder layer have in common: decide; norms, sums → before or after → follow."""

    step: SimpleNamespace

    def set_up(self, parts: Mapping[str, Any], dropout: float, norm_first: bool, **steps: Step) -> None:
        """Keep the parts and the steps of forward by their names."""
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.dropout = nn.Dropout(dropout)
        self.norm_first = norm_first
        self.step = SimpleNamespace(**steps)

    def run(self, x: Tensor, *sublayers: Step) -> Any:
        """One sublayer after the other; each takes the tokens as the norm leaves them, and as they were."""
        step = self.step
        sublayer = step.before if step.decide(self.norm_first) else step.after

        def add(x: Tensor, update: Tensor) -> Any:
            return step.add(x, update, self.dropout)

        return step.follow(
            x,
            *(
                lambda y, f=f, norm=norm, add=add: sublayer(y, f, norm, add)
                for f, norm, add in zip(sublayers, step.norms(self), step.sums(add), strict=True)
            ),
        )

    def feed(self, y: Tensor, x: Tensor) -> Any:
        """The feed-forward network."""
        return self.feed_forward(y)


class EncoderSteps(LayerSteps):
    """`EncoderLayer` as steps: parts; decide → norms, sums → look → add, before or after → follow."""

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.0,
        norm_first: bool = True,
        *,
        parts: Step = parts,
        norms: Step = norms,
        look: Step = look,
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
            norms=norms,
            look=look,
            decide=decide,
            add=add,
            sums=sums,
            before=before,
            after=after,
            follow=follow,
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Any:
        """The steps in their order."""
        return self.run(x, lambda y, x: self.step.look(self, y, mask, x), self.feed)
