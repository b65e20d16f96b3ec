"""The Transformer as steps.

Building: embeddings, stacks, last_norms. Forward: hide → in_encoder; choose → embed → place → drop → read →
finish_reading for the source; then recall, causal, in_decoder, write → finish_writing → score for the target. Each
step is a keyword-only parameter; the defaults together are the reference, and a mistake replaces the steps that it
gets wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from selfattn_check.blueprints.decoder_layer import DecoderSteps
from selfattn_check.blueprints.positions import sinusoidal_positions
from selfattn_check.blueprints.transformer_layers import EncoderSteps

__all__ = ["TransformerSteps"]

Step = Callable[..., Any]


def embeddings(source_vocab_size: int, target_vocab_size: int, d_model: int) -> Mapping[str, Any]:
    """One for each language."""
    return {
        "source_embedding": nn.Embedding(source_vocab_size, d_model),
        "target_embedding": nn.Embedding(target_vocab_size, d_model),
    }


def stacks(
    d_model: int, num_heads: int, d_ff: int, dropout: float, norm_first: bool, num_layers: int
) -> Mapping[str, Any]:
    """The layers of encoder and decoder."""
    layer = (d_model, num_heads, d_ff, dropout, norm_first)
    return {
        "encoder": nn.ModuleList([EncoderSteps(*layer) for _ in range(num_layers)]),
        "decoder": nn.ModuleList([DecoderSteps(*layer) for _ in range(num_layers)]),
    }


def last_norms(d_model: int, norm_first: bool) -> Mapping[str, Any]:
    """A norm at the end of each stack with pre-norm; nothing with post-norm."""
    make = nn.LayerNorm if norm_first else nn.Identity
    return {"encoder_norm": make(d_model), "decoder_norm": make(d_model)}


def hide(source: Tensor, pad: int) -> Tensor:
    """(batch, 1, source_len), True where a token may be attended to."""
    return (source != pad).unsqueeze(-2)


def in_encoder(mask: Tensor) -> Any:
    """The mask of the encoder's self-attention."""
    return mask


def in_decoder(mask: Tensor, target_len: int) -> Any:
    """The mask of the decoder's attention to memory."""
    return mask


def causal(target_len: int) -> Any:
    """The mask of the decoder's self-attention."""
    return torch.ones(target_len, target_len, dtype=torch.bool).tril()


def choose(module: Any) -> Any:
    """The embeddings of source and target."""
    return module.source_embedding, module.target_embedding


def embed(tokens: Tensor, embedding: nn.Embedding) -> Tensor:
    """Embeddings times √d_model."""
    return embedding(tokens) * math.sqrt(embedding.embedding_dim)


def table(x: Tensor, first: int = 0, length: int | None = None) -> Tensor:
    """Positions for tokens x, from position `first` on: (seq_len, d_model)."""
    length = x.shape[1] if length is None else length
    return torch.from_numpy(sinusoidal_positions(first + length, x.shape[-1])[first:]).to(x.dtype)


def place(x: Tensor, of: str) -> Tensor:
    """Add the positions."""
    return x + table(x)


def drop(x: Tensor, dropout: nn.Dropout, of: str) -> Any:
    """Dropout behind the positions."""
    return dropout(x)


def read(layers: Iterable[Any], x: Tensor, mask: Tensor | None) -> Any:
    """The encoder, layer after layer."""
    for layer in layers:
        x = layer(x, mask)
    return x


def finish_reading(x: Tensor, norm: Step) -> Any:
    """The norm behind the encoder."""
    return norm(x)


def recall(memory: Tensor, source: Tensor, target: Tensor) -> Any:
    """What the decoder looks at: the encoder's result."""
    return memory


def write(layers: Iterable[Any], y: Tensor, memory: Tensor, self_mask: Tensor, memory_mask: Tensor) -> Any:
    """The decoder, layer after layer; each looks at the same memory."""
    for layer in layers:
        y = layer(y, memory, self_mask, memory_mask)
    return y


def finish_writing(y: Tensor, norm: Step) -> Any:
    """The norm behind the decoder."""
    return norm(y)


def score(logits: Tensor) -> Any:
    """Logits as they are."""
    return logits


class TransformerSteps(nn.Module):
    """`Transformer` as steps."""

    def __init__(
        self,
        source_vocab_size: int,
        target_vocab_size: int,
        d_model: int,
        num_heads: int,
        d_ff: int,
        num_layers: int,
        dropout: float = 0.0,
        norm_first: bool = True,
        pad: int = 0,
        *,
        embeddings: Step = embeddings,
        stacks: Step = stacks,
        last_norms: Step = last_norms,
        hide: Step = hide,
        in_encoder: Step = in_encoder,
        in_decoder: Step = in_decoder,
        causal: Step = causal,
        choose: Step = choose,
        embed: Step = embed,
        place: Step = place,
        drop: Step = drop,
        read: Step = read,
        finish_reading: Step = finish_reading,
        recall: Step = recall,
        write: Step = write,
        finish_writing: Step = finish_writing,
        score: Step = score,
    ) -> None:
        super().__init__()
        made = {
            **embeddings(source_vocab_size, target_vocab_size, d_model),
            **stacks(d_model, num_heads, d_ff, dropout, norm_first, num_layers),
            **last_norms(d_model, norm_first),
            "to_logits": nn.Linear(d_model, target_vocab_size),
        }
        for name, part in made.items():
            setattr(self, name, part)
        self.dropout = nn.Dropout(dropout)
        self.pad = pad
        self.step = SimpleNamespace(
            hide=hide,
            in_encoder=in_encoder,
            in_decoder=in_decoder,
            causal=causal,
            choose=choose,
            embed=embed,
            place=place,
            drop=drop,
            read=read,
            finish_reading=finish_reading,
            recall=recall,
            write=write,
            finish_writing=finish_writing,
            score=score,
        )

    def forward(self, source: Tensor, target: Tensor) -> Any:
        """The steps in their order."""
        step = self.step
        mask = step.hide(source, self.pad)
        of_source, of_target = step.choose(self)
        x = step.drop(step.place(step.embed(source, of_source), "source"), self.dropout, "source")
        memory = step.finish_reading(step.read(self.encoder, x, step.in_encoder(mask)), self.encoder_norm)
        y = step.drop(step.place(step.embed(target, of_target), "target"), self.dropout, "target")
        length = target.shape[-1]
        looked_at = step.recall(memory, x, y)
        y = step.write(self.decoder, y, looked_at, step.causal(length), step.in_decoder(mask, length))
        return step.score(self.to_logits(step.finish_writing(y, self.decoder_norm)))
