"""Mistakes in putting a Transformer together: its parts, and how tokens become vectors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from selfattn_check.blueprints import encoder_decoder as right
from selfattn_check.exercise import Mistake

__all__ = ["ASSEMBLING", "EMBEDDING", "LAST_NORMS"]

_LIST = "`nn.ModuleList([EncoderLayer(…) for _ in range(num_layers)])`: the constructor is called once for each layer"
_OPTIONS = "`EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first)`, and the decoder's likewise"
LAST_NORMS = "pre-norm: `encoder_norm` and `decoder_norm` are `nn.LayerNorm(d_model)`; post-norm: `nn.Identity()`"


def _same_layer_again(*layer_and_number: Any) -> Mapping[str, Any]:
    *layer, number = layer_and_number
    one = right.stacks(*layer, 1)  # type: ignore[call-arg]
    return {name: nn.ModuleList([stack[0]] * number) for name, stack in one.items()}


def _same_layer_in(name: str) -> Callable[..., Mapping[str, Any]]:
    return lambda *given: {**right.stacks(*given), name: _same_layer_again(*given)[name]}


def _plain_lists(*layer_and_number: Any) -> Mapping[str, Any]:
    return {name: list(stack) for name, stack in right.stacks(*layer_and_number).items()}


def _without(dropout: float, norm_first: bool) -> tuple[float, bool]:
    return 0.0, norm_first


def _always_first(dropout: float, norm_first: bool) -> tuple[float, bool]:
    return dropout, True


def _forgetting(what: Callable[[float, bool], tuple[float, bool]], *names: str) -> Callable[..., Mapping[str, Any]]:
    """Layers of these stacks that are not told dropout, or norm_first."""

    def stacks(d_model: int, num_heads: int, d_ff: int, dropout: float, first: bool, number: int) -> Mapping[str, Any]:
        made = right.stacks(d_model, num_heads, d_ff, dropout, first, number)
        other = right.stacks(d_model, num_heads, d_ff, *what(dropout, first), number)
        return {**made, **{name: other[name] for name in names}}

    return stacks


def _one_embedding(source_vocab_size: int, target_vocab_size: int, d_model: int) -> Mapping[str, Any]:
    one = nn.Embedding(source_vocab_size, d_model)
    return {"source_embedding": one, "target_embedding": one}


ASSEMBLING = (
    Mistake.of("shared-layer", "when every layer of a stack is the same one", _LIST, stacks=_same_layer_again),
    *(
        Mistake.of(
            "shared-layer", f"when every layer of the {name} is the same one", _LIST, stacks=_same_layer_in(name)
        )
        for name in ("encoder", "decoder")
    ),
    Mistake.of("not-registered", "when the layers are kept in plain lists", _LIST, stacks=_plain_lists),
    Mistake.of(
        "shared-embedding",
        "when one embedding stands for both languages",
        "make two: token 5 of the source and token 5 of the target are different words",
        embeddings=_one_embedding,
    ),
    Mistake.of(
        "shared-embedding",
        "when the source's embedding is used for the target, too",
        "the decoder's tokens go through `target_embedding`",
        choose=lambda module: (module.source_embedding, module.source_embedding),
    ),
    *(
        mistake.alone() if of else mistake
        for code, option, so, what in (
            ("ignores-norm-first", "norm_first", ", which are pre-norm then", _always_first),
            ("missing-dropout", "dropout", "", _without),
        )
        for of, names in (
            ("", ("encoder", "decoder")),
            (" of the encoder", ("encoder",)),
            (" of the decoder", ("decoder",)),
        )
        for mistake in [
            Mistake.of(
                code,
                f"when {option} is not passed on to the layers{of}{so}",
                _OPTIONS,
                stacks=_forgetting(what, *names),
            )
        ]
    ),
    Mistake.of(
        "ignores-norm-first",
        "when encoder and decoder end with a norm in post-norm, too",
        LAST_NORMS,
        last_norms=lambda d_model, norm_first: right.last_norms(d_model, True),
    ),
    Mistake.of(
        "missing-norm",
        "without a norm at the end of encoder and decoder",
        LAST_NORMS,
        last_norms=lambda d_model, norm_first: right.last_norms(d_model, False),
    ),
)

_SCALE = "`self.source_embedding(source) * math.sqrt(d_model)`, then the positions"
_PLACES = "add `sinusoidal_positions(seq_len, d_model)` to the tokens of source and target, along the sequence"
_DROP = "dropout acts on the sum of embeddings and positions, by `nn.Dropout`, which knows the mode"


def _unplaced(language: str) -> Callable[[Tensor, str], Tensor]:
    return lambda x, of: x if of == language else right.place(x, of)


def _undropped(language: str) -> Callable[[Tensor, nn.Dropout, str], Any]:
    return lambda x, dropout, of: x if of == language else dropout(x)


def _along_the_batch(x: Tensor, of: str) -> Tensor:
    return x + right.table(x, 0, x.shape[0])[:, None]


def _scaled_with_positions(x: Tensor, of: str) -> Tensor:
    return right.place(x, of) * math.sqrt(x.shape[-1])


def _plain(tokens: Tensor, embedding: nn.Embedding) -> Any:
    return embedding(tokens)


EMBEDDING = (
    Mistake.of("missing-embedding-scale", "when the embeddings are not multiplied by √d_model", _SCALE, embed=_plain),
    Mistake.of(
        "missing-embedding-scale",
        "when the embeddings are divided by √d_model",
        _SCALE,
        embed=lambda tokens, embedding: embedding(tokens) / math.sqrt(embedding.embedding_dim),
    ),
    Mistake.of(
        "positions-scaled",
        "when embeddings and positions are multiplied by √d_model together",
        _SCALE,
        embed=_plain,
        place=_scaled_with_positions,
    ),
    Mistake.of("missing-positions", "without positions", _PLACES, place=lambda x, of: x),
    Mistake.of("missing-positions", "when the target has no positions", _PLACES, place=_unplaced("target")),
    Mistake.of("missing-positions", "when the source has no positions", _PLACES, place=_unplaced("source")),
    Mistake.of(
        "positions-on-batch-axis",
        "when sequence i gets position i for all of its tokens",
        _PLACES,
        place=_along_the_batch,
    ),
    Mistake.of(
        "positions-from-one",
        "when positions are counted from 1",
        "the first token stands at position 0",
        place=lambda x, of: x + right.table(x, 1),
    ),
    Mistake.of("missing-dropout", "without dropout behind the positions", _DROP, drop=lambda x, dropout, of: x),
    *(
        Mistake.of(
            "missing-dropout", f"without dropout behind the positions of the {name}", _DROP, drop=_undropped(name)
        ).alone()
        for name in ("source", "target")
    ),
    Mistake.of(
        "dropout-misplaced",
        "when the embeddings are dropped before the positions are added",
        _DROP,
        place=lambda x, of: x,
        drop=lambda x, dropout, of: right.place(dropout(x), of),
    ).alone(),
    Mistake.of(
        "dropout-in-eval",
        "when dropout behind the positions acts in eval mode, too",
        _DROP,
        drop=lambda x, dropout, of: functional.dropout(x, dropout.p),
    ),
)
