"""Mistakes in putting a Transformer together: its parts, what goes from one to the next, and who sees what."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from selfattn_check.blueprints import encoder_decoder as right
from selfattn_check.exercise import Mistake

__all__ = ["ASSEMBLING", "EMBEDDING", "PASSING_ON", "WHO_SEES_WHAT"]

_LIST = "`nn.ModuleList([EncoderLayer(…) for _ in range(num_layers)])`: the constructor is called once for each layer"
_LAST = "pre-norm: `encoder_norm` and `decoder_norm` are `nn.LayerNorm(d_model)`; post-norm: `nn.Identity()`"


def _same_layer_again(*layer_and_number: Any) -> Mapping[str, Any]:
    *layer, number = layer_and_number
    one = right.stacks(*layer, 1)  # type: ignore[call-arg]
    return {name: nn.ModuleList([stack[0]] * number) for name, stack in one.items()}


def _same_layer_in(name: str) -> Callable[..., Mapping[str, Any]]:
    return lambda *given: {**right.stacks(*given), name: _same_layer_again(*given)[name]}


def _plain_lists(*layer_and_number: Any) -> Mapping[str, Any]:
    return {name: list(stack) for name, stack in right.stacks(*layer_and_number).items()}


def _stacked(norm_first: bool | None = None, dropout: float | None = None) -> Callable[..., Mapping[str, Any]]:
    def stacks(d_model: int, num_heads: int, d_ff: int, given: float, first: bool, number: int) -> Mapping[str, Any]:
        kept = given if dropout is None else dropout
        return right.stacks(d_model, num_heads, d_ff, kept, first if norm_first is None else norm_first, number)

    return stacks


def _one_embedding(source_vocab_size: int, target_vocab_size: int, d_model: int) -> Mapping[str, Any]:
    one = nn.Embedding(source_vocab_size, d_model)
    return {"source_embedding": one, "target_embedding": one}


ASSEMBLING = (
    Mistake("shared-layer", "when every layer of a stack is the same one", _LIST, {"stacks": _same_layer_again}),
    *(
        Mistake(
            "shared-layer", f"when every layer of the {name} is the same one", _LIST, {"stacks": _same_layer_in(name)}
        )
        for name in ("encoder", "decoder")
    ),
    Mistake("not-registered", "when the layers are kept in plain lists", _LIST, {"stacks": _plain_lists}),
    Mistake(
        "shared-embedding",
        "when one embedding stands for both languages",
        "make two: token 5 of the source and token 5 of the target are different words",
        {"embeddings": _one_embedding},
    ),
    Mistake(
        "shared-embedding",
        "when the source's embedding is used for the target, too",
        "the decoder's tokens go through `target_embedding`",
        {"choose": lambda module: (module.source_embedding, module.source_embedding)},
    ),
    Mistake(
        "ignores-norm-first",
        "when norm_first is not passed on and all layers are pre-norm",
        "`EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first)`, and the decoder's likewise",
        {"stacks": _stacked(norm_first=True)},
    ),
    Mistake(
        "ignores-norm-first",
        "when encoder and decoder end with a norm in post-norm, too",
        _LAST,
        {"last_norms": lambda d_model, norm_first: right.last_norms(d_model, True)},
    ),
    Mistake(
        "missing-norm",
        "without a norm at the end of encoder and decoder",
        _LAST,
        {"last_norms": lambda d_model, norm_first: right.last_norms(d_model, False)},
    ),
    Mistake(
        "missing-dropout",
        "when dropout is not passed on to the layers",
        "`EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first)`, and the decoder's likewise",
        {"stacks": _stacked(dropout=0.0)},
    ),
)

_SCALE = "`self.source_embedding(source) * math.sqrt(d_model)`, then the positions"
_PLACES = "add `sinusoidal_positions(seq_len, d_model)` to the tokens of source and target, along the sequence"
_DROP = "dropout acts on the sum of embeddings and positions, by `nn.Dropout`, which knows the mode"


def _unplaced(language: str) -> Callable[[Tensor, str], Tensor]:
    return lambda x, of: x if of == language else right.place(x, of)


def _along_the_batch(x: Tensor, of: str) -> Tensor:
    return x + right.table(x, 0, x.shape[0])[:, None]


def _scaled_with_positions(x: Tensor, of: str) -> Tensor:
    return right.place(x, of) * math.sqrt(x.shape[-1])


def _plain(tokens: Tensor, embedding: nn.Embedding) -> Any:
    return embedding(tokens)


EMBEDDING = (
    Mistake("missing-embedding-scale", "when the embeddings are not multiplied by √d_model", _SCALE, {"embed": _plain}),
    Mistake(
        "missing-embedding-scale",
        "when the embeddings are divided by √d_model",
        _SCALE,
        {"embed": lambda tokens, embedding: embedding(tokens) / math.sqrt(embedding.embedding_dim)},
    ),
    Mistake(
        "positions-scaled",
        "when embeddings and positions are multiplied by √d_model together",
        _SCALE,
        {"embed": _plain, "place": _scaled_with_positions},
    ),
    Mistake("missing-positions", "without positions", _PLACES, {"place": lambda x, of: x}),
    Mistake("missing-positions", "when the target has no positions", _PLACES, {"place": _unplaced("target")}),
    Mistake("missing-positions", "when the source has no positions", _PLACES, {"place": _unplaced("source")}),
    Mistake(
        "positions-on-batch-axis",
        "when sequence i gets position i for all of its tokens",
        _PLACES,
        {"place": _along_the_batch},
    ),
    Mistake(
        "positions-from-one",
        "when positions are counted from 1",
        "the first token stands at position 0",
        {"place": lambda x, of: x + right.table(x, 1)},
    ),
    Mistake("missing-dropout", "without dropout behind the positions", _DROP, {"drop": lambda x, dropout: x}),
    Mistake(
        "dropout-in-eval",
        "when dropout behind the positions acts in eval mode, too",
        _DROP,
        {"drop": lambda x, dropout: functional.dropout(x, dropout.p)},
    ),
)

_CAUSAL = "`torch.ones(n, n, dtype=torch.bool).tril()`: row t is True up to column t; for the decoder's self-attention"
_PADS = "`(source != pad).unsqueeze(1)`, (batch, 1, source_len): for the encoder's and the decoder's look at the source"


def _square(n: int) -> Tensor:
    return torch.ones(n, n, dtype=torch.bool)


def _who(code: str, note: str, help_line: str, **steps: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, steps)


WHO_SEES_WHAT = (
    _who(
        "missing-causal-mask", "when the decoder sees the tokens that it is to predict", _CAUSAL, causal=lambda n: None
    ),
    _who("causal-one-ahead", "when each token sees the next one", _CAUSAL, causal=lambda n: _square(n).tril(1)),
    _who("strict-causal", "when no token sees itself", _CAUSAL, causal=lambda n: _square(n).tril(-1)),
    _who(
        "causal-flipped", "when each token sees itself and the later ones", _CAUSAL, causal=lambda n: _square(n).triu()
    ),
    _who(
        "mask-as-numbers",
        "when the causal mask is made of the numbers 1 and 0",
        _CAUSAL,
        causal=lambda n: torch.ones(n, n).tril(),
    ),
    _who("mask-inverted", "when the causal mask is True where it hides", _CAUSAL, causal=lambda n: _square(n).triu(1)),
    _who(
        "causal-in-encoder",
        "when the encoder has a causal mask, too",
        "the whole source is there before the first word is written: hide its padding, nothing else",
        in_encoder=lambda mask: mask & _square(mask.shape[-1]).tril(),
    ),
    _who(
        "causal-in-encoder",
        "when the decoder sees only as much of the source as it has written",
        "the whole source is there before the first word is written: hide its padding, nothing else",
        in_decoder=lambda mask, n: mask & torch.ones(n, mask.shape[-1], dtype=torch.bool).tril(),
    ),
    _who("ignores-mask", "when the encoder sees the padding", _PADS, in_encoder=lambda mask: None),
    _who("ignores-mask", "when the decoder sees the padding of the source", _PADS, in_decoder=lambda mask, n: None),
    _who(
        "ignores-mask",
        "when nobody hides the padding",
        _PADS,
        hide=lambda source, pad: torch.ones_like(source[:, None]) > 0,
    ),
    _who("mask-inverted", "when only the padding is seen", _PADS, hide=lambda source, pad: (source == pad)[:, None]),
    _who("pad-assumed", "when 0 is hidden, whatever pad says", _PADS, hide=lambda source, pad: (source != 0)[:, None]),
    _who(
        "padding-on-query-axis", "when padding is hidden as queries", _PADS, hide=lambda s, pad: (s != pad)[:, :, None]
    ),
    _who("mask-broadcast-silently", "when the mask has no axis for the queries", _PADS, hide=lambda s, pad: s != pad),
)

_CHAIN = "`for layer in self.encoder: x = layer(x, mask)`: each layer takes what the one before it returned"


def _all_from_the_start(layers: Iterable[Any], x: Tensor, mask: Tensor | None) -> Any:
    return [layer(x, mask) for layer in layers][-1]


def _all_written_from_the_start(
    layers: Iterable[Any], y: Tensor, memory: Tensor, self_mask: Tensor, memory_mask: Tensor
) -> Any:
    return [layer(y, memory, self_mask, memory_mask) for layer in layers][-1]


def _masks_exchanged(layers: Iterable[Any], y: Tensor, memory: Tensor, self_mask: Tensor, memory_mask: Tensor) -> Any:
    return right.write(layers, y, memory, memory_mask, self_mask)


PASSING_ON = (
    Mistake("layers-not-chained", "when every layer of the encoder starts anew", _CHAIN, {"read": _all_from_the_start}),
    Mistake(
        "layers-not-chained",
        "when every layer of the decoder starts anew",
        _CHAIN,
        {"write": _all_written_from_the_start},
    ),
    Mistake(
        "masks-exchanged",
        "when the decoder's two masks are exchanged",
        "`layer(y, memory, self_mask, memory_mask)`: the causal mask comes first",
        {"write": _masks_exchanged},
    ),
    Mistake(
        "memory-not-passed",
        "when cross-attention looks at the target's own tokens",
        "memory is what the encoder returned, the same for all layers of the decoder",
        {"recall": lambda memory, source, target: target, "in_decoder": lambda mask, n: None},
    ),
    Mistake(
        "memory-not-passed",
        "when cross-attention looks at the target's own tokens, with the mask of the source",
        "memory is what the encoder returned, the same for all layers of the decoder",
        {"recall": lambda memory, source, target: target},
    ),
    Mistake(
        "encoder-skipped",
        "when the decoder looks at the embedded source, which no layer of the encoder has seen",
        "pass on what the last layer of the encoder returned",
        {"recall": lambda memory, source, target: source},
    ),
    Mistake("missing-norm", "when encoder_norm is not used", _LAST, {"finish_reading": lambda x, norm: x}),
    Mistake("missing-norm", "when decoder_norm is not used", _LAST, {"finish_writing": lambda y, norm: y}),
    Mistake(
        "missing-norm",
        "when neither encoder_norm nor decoder_norm is used",
        _LAST,
        {"finish_reading": lambda x, norm: x, "finish_writing": lambda y, norm: y},
    ),
    Mistake(
        "softmax-before-cross-entropy",
        "when a softmax turns the logits into probabilities",
        "return the logits: cross-entropy takes the softmax itself, and greedy decoding needs none",
        {"score": lambda logits: logits.softmax(-1)},
    ),
    Mistake(
        "softmax-before-cross-entropy",
        "when a log-softmax turns the logits into log-probabilities",
        "return the logits: cross-entropy takes the log-softmax itself",
        {"score": lambda logits: logits.log_softmax(-1)},
    ),
)
