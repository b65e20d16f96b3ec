"""Mistakes in what goes through a Transformer: who sees what, and what goes from one part to the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from selfattn_check.blueprints import encoder_decoder as right
from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.assembling import LAST_NORMS

__all__ = ["PASSING_ON", "WHO_SEES_WHAT"]

_CAUSAL = "`torch.ones(n, n, dtype=torch.bool).tril()`: row t is True up to column t; for the decoder's self-attention"
_PADS = "`(source != pad).unsqueeze(1)`, (batch, 1, source_len): for the encoder's and the decoder's look at the source"


def _square(n: int) -> Tensor:
    return torch.ones(n, n, dtype=torch.bool)


WHO_SEES_WHAT = (
    Mistake.of(
        "missing-causal-mask", "when the decoder sees the tokens that it is to predict", _CAUSAL, causal=lambda n: None
    ),
    Mistake.of("causal-one-ahead", "when each token sees the next one", _CAUSAL, causal=lambda n: _square(n).tril(1)),
    Mistake.of("strict-causal", "when no token sees itself", _CAUSAL, causal=lambda n: _square(n).tril(-1)),
    Mistake.of(
        "causal-flipped", "when each token sees itself and the later ones", _CAUSAL, causal=lambda n: _square(n).triu()
    ),
    Mistake.of(
        "mask-as-numbers",
        "when the causal mask is made of the numbers 1 and 0",
        _CAUSAL,
        causal=lambda n: torch.ones(n, n).tril(),
    ),
    Mistake.of(
        "mask-inverted", "when the causal mask is True where it hides", _CAUSAL, causal=lambda n: _square(n).triu(1)
    ),
    Mistake.of(
        "causal-in-encoder",
        "when the encoder has a causal mask, too",
        "the whole source is there before the first word is written: hide its padding, nothing else",
        in_encoder=lambda mask: mask & _square(mask.shape[-1]).tril(),
    ),
    Mistake.of(
        "causal-in-encoder",
        "when the decoder sees only as much of the source as it has written",
        "the whole source is there before the first word is written: hide its padding, nothing else",
        in_decoder=lambda mask, n: mask & torch.ones(n, mask.shape[-1], dtype=torch.bool).tril(),
    ),
    Mistake.of("ignores-mask", "when the encoder sees the padding", _PADS, in_encoder=lambda mask: None),
    Mistake.of(
        "ignores-mask", "when the decoder sees the padding of the source", _PADS, in_decoder=lambda mask, n: None
    ),
    Mistake.of(
        "ignores-mask",
        "when nobody hides the padding",
        _PADS,
        hide=lambda source, pad: torch.ones_like(source[:, None]) > 0,
    ),
    Mistake.of(
        "mask-inverted", "when only the padding is seen", _PADS, hide=lambda source, pad: (source == pad)[:, None]
    ),
    Mistake.of(
        "pad-assumed", "when 0 is hidden, whatever pad says", _PADS, hide=lambda source, pad: (source != 0)[:, None]
    ),
    Mistake.of(
        "padding-on-query-axis", "when padding is hidden as queries", _PADS, hide=lambda s, pad: (s != pad)[:, :, None]
    ),
    Mistake.of(
        "mask-broadcast-silently", "when the mask has no axis for the queries", _PADS, hide=lambda s, pad: s != pad
    ),
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
    Mistake.of("layers-not-chained", "when every layer of the encoder starts anew", _CHAIN, read=_all_from_the_start),
    Mistake.of(
        "layers-not-chained", "when every layer of the decoder starts anew", _CHAIN, write=_all_written_from_the_start
    ),
    Mistake.of(
        "masks-exchanged",
        "when the decoder's two masks are exchanged",
        "`layer(y, memory, self_mask, memory_mask)`: the causal mask comes first",
        write=_masks_exchanged,
    ),
    Mistake.of(
        "memory-not-passed",
        "when cross-attention looks at the target's own tokens",
        "memory is what the encoder returned, the same for all layers of the decoder",
        recall=lambda memory, source, target: target,
        in_decoder=lambda mask, n: None,
    ),
    Mistake.of(
        "memory-not-passed",
        "when cross-attention looks at the target's own tokens, with the mask of the source",
        "memory is what the encoder returned, the same for all layers of the decoder",
        recall=lambda memory, source, target: target,
    ),
    Mistake.of(
        "encoder-skipped",
        "when the decoder looks at the embedded source, which no layer of the encoder has seen",
        "pass on what the last layer of the encoder returned",
        recall=lambda memory, source, target: source,
    ),
    Mistake.of("missing-norm", "when encoder_norm is not used", LAST_NORMS, finish_reading=lambda x, norm: x),
    Mistake.of("missing-norm", "when decoder_norm is not used", LAST_NORMS, finish_writing=lambda y, norm: y),
    Mistake.of(
        "missing-norm",
        "when neither encoder_norm nor decoder_norm is used",
        LAST_NORMS,
        finish_reading=lambda x, norm: x,
        finish_writing=lambda y, norm: y,
    ),
    Mistake.of(
        "softmax-before-cross-entropy",
        "when a softmax turns the logits into probabilities",
        "return the logits: cross-entropy takes the softmax itself, and greedy decoding needs none",
        score=lambda logits: logits.softmax(-1),
    ),
    Mistake.of(
        "softmax-before-cross-entropy",
        "when a log-softmax turns the logits into log-probabilities",
        "return the logits: cross-entropy takes the log-softmax itself",
        score=lambda logits: logits.log_softmax(-1),
    ),
)
