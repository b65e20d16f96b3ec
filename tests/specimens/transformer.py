"""Attempts at `Transformer`, on a learner's own layers."""

import math

import torch
from torch import nn

from tests.specimens import encoder_layer, feed_forward, multi_head_attention_module
from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right

ID = "Transformer"

MultiHeadAttention = multi_head_attention_module.OneHeadAfterTheOther
FeedForward = feed_forward.ActivationIsAModule
EncoderLayer = encoder_layer.OneFormForBothOrders


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))
        self.drop, self.pre = nn.Dropout(dropout), norm_first

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        for norm, step in (
            (self.norm1, lambda y: self.self_attention(y, y, y, self_mask)[0]),
            (self.norm2, lambda y: self.cross_attention(y, memory, memory, memory_mask)[0]),
            (self.norm3, self.feed_forward),
        ):
            x = x + self.drop(step(norm(x) if self.pre else x))
            x = x if self.pre else norm(x)
        return x


class HidesByTilde(multi_head_attention_module.OneHeadAfterTheOther):
    """As the notebook gives it: what is no mask of booleans is refused by `~`."""

    def forward(self, query, key, value, mask=None):
        return super().forward(query, key, value, None if mask is None else ~~mask)


class DecoderLayerWithTilde(DecoderLayer):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__(d_model, num_heads, d_ff, dropout, norm_first)
        self.self_attention = HidesByTilde(d_model, num_heads, dropout)


def sinusoidal_positions(num_positions, d_model):
    """As the notebook gives it."""
    angles = torch.arange(num_positions)[:, None] / 10000.0 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


SOURCE = """
class Transformer(nn.Module):
    def __init__(
        self, source_vocab_size, target_vocab_size, d_model, num_heads, d_ff, num_layers,
        dropout=0.0, norm_first=True, pad=0,
    ):
        super().__init__()
        self.pad, self.d_model = pad, d_model
        self.source_embedding = nn.Embedding(source_vocab_size, d_model)
        self.target_embedding = nn.Embedding(target_vocab_size, d_model)
        self.encoder = nn.ModuleList(
            [EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first) for _ in range(num_layers)]
        )
        self.decoder = nn.ModuleList(
            [DecoderLayer(d_model, num_heads, d_ff, dropout, norm_first) for _ in range(num_layers)]
        )
        self.encoder_norm = nn.LayerNorm(d_model) if norm_first else nn.Identity()
        self.decoder_norm = nn.LayerNorm(d_model) if norm_first else nn.Identity()
        self.to_logits = nn.Linear(d_model, target_vocab_size)
        self.dropout = nn.Dropout(dropout)

    def embed(self, tokens, embedding):
        x = embedding(tokens) * math.sqrt(self.d_model)
        x = x + sinusoidal_positions(tokens.shape[1], self.d_model)
        return self.dropout(x)

    def forward(self, source, target):
        mask = (source != self.pad).unsqueeze(1)
        x = self.embed(source, self.source_embedding)
        for layer in self.encoder:
            x = layer(x, mask)
        memory = self.encoder_norm(x)
        n = target.shape[1]
        causal = torch.ones(n, n, dtype=torch.bool).tril()
        y = self.embed(target, self.target_embedding)
        for layer in self.decoder:
            y = layer(y, memory, causal, mask)
        return self.to_logits(self.decoder_norm(y))
"""

GIVEN = {
    "EncoderLayer": EncoderLayer,
    "DecoderLayer": DecoderLayer,
    "DecoderLayerWithTilde": DecoderLayerWithTilde,
    "sinusoidal_positions": sinusoidal_positions,
}
slips = Slips(ID, SOURCE, **GIVEN)

MASK = "mask = (source != self.pad).unsqueeze(1)"
CAUSAL = "torch.ones(n, n, dtype=torch.bool).tril()"
READ = "x = layer(x, mask)"
WRITE = "y = layer(y, memory, causal, mask)"
SCALE = " * math.sqrt(self.d_model)"
PLACE = "x = x + sinusoidal_positions(tokens.shape[1], self.d_model)"
RESULT = "return self.to_logits(self.decoder_norm(y))"

slips.right("as_most_write_it")
slips.right("mask_by_comparing_and_indexing", (MASK, "mask = source.ne(self.pad)[:, None, :]"))
slips.right("causal_mask_by_comparing_positions", (CAUSAL, "torch.arange(n)[:, None] >= torch.arange(n)"))
slips.right("causal_mask_for_every_sentence", (CAUSAL, "torch.ones(len(target), n, n).tril().bool()"))
slips.right("hides_padding_of_the_target_too", (CAUSAL, CAUSAL + " & (target != self.pad).unsqueeze(1)"))
slips.right(
    "full_mask_of_the_source", (MASK, MASK + ".repeat(1, target.shape[1], 1)"), (READ, "x = layer(x, mask[:, :1])")
)
slips.right(
    "small_embeddings_at_the_start",
    (
        "        self.dropout = nn.Dropout(dropout)\n",
        "        self.dropout = nn.Dropout(dropout)\n        self.apply(self.small)\n",
    ),
    (
        "    def embed(",
        "    def small(self, part):\n        if isinstance(part, nn.Embedding):\n"
        "            nn.init.normal_(part.weight, std=self.d_model**-0.5)\n\n    def embed(",
    ),
)


class Reader(nn.Module):
    """Half of a Transformer that many write as a class of its own, here without parameters of its own."""

    def forward(self, layers, norm, x, *others):
        for layer in layers:
            x = layer(x, *others)
        return norm(x)


@right(ID)
class OneLoopForBothStacks(nn.Module):
    def __init__(
        self,
        source_vocab_size,
        target_vocab_size,
        d_model,
        num_heads,
        d_ff,
        num_layers,
        dropout=0.0,
        norm_first=True,
        pad=0,
    ):
        super().__init__()
        sizes = d_model, num_heads, d_ff, dropout, norm_first
        self.source_embedding = nn.Embedding(source_vocab_size, d_model, padding_idx=pad)
        self.target_embedding = nn.Embedding(target_vocab_size, d_model)
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        for _ in range(num_layers):
            self.encoder.append(EncoderLayer(*sizes))
            self.decoder.append(DecoderLayer(*sizes))
        self.encoder_norm, self.decoder_norm = (
            nn.LayerNorm(d_model) if norm_first else nn.Identity() for _ in range(2)
        )
        self.to_logits = nn.Linear(d_model, target_vocab_size)
        self.register_buffer("table", sinusoidal_positions(512, d_model), persistent=False)
        self.run, self.p, self.pad = Reader(), dropout, pad

    def embedded(self, embedding, tokens):
        x = math.sqrt(embedding.embedding_dim) * embedding(tokens) + self.table[: tokens.size(1)]
        return nn.functional.dropout(x, self.p, self.training)

    def forward(self, source, target):
        seen = source.unsqueeze(-2) != self.pad
        memory = self.run(self.encoder, self.encoder_norm, self.embedded(self.source_embedding, source), seen)
        future = torch.triu(torch.ones(target.size(1), target.size(1)), diagonal=1) == 1
        y = self.embedded(self.target_embedding, target)
        return self.to_logits(self.run(self.decoder, self.decoder_norm, y, memory, ~future, seen))


PLACED = """
    def placed(self, tokens, embedding):
        return embedding(tokens) * math.sqrt(self.d_model) + sinusoidal_positions(tokens.shape[1], self.d_model)

"""
ENCODERS = "[EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first) for _ in range(num_layers)]"
DECODERS = "[DecoderLayer(d_model, num_heads, d_ff, dropout, norm_first) for _ in range(num_layers)]"

slips.wrong(
    "shared-layer",
    "layers_times_number",
    (ENCODERS, "[EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first)] * num_layers"),
    (DECODERS, "[DecoderLayer(d_model, num_heads, d_ff, dropout, norm_first)] * num_layers"),
)
slips.wrong("not-registered", "plain_lists", ("nn.ModuleList(", "list("))
slips.wrong(
    "shared-embedding",
    "one_embedding",
    ("nn.Embedding(target_vocab_size, d_model)", "self.source_embedding"),
)
slips.wrong("shared-embedding", "embeds_both_alike", ("target, self.target_embedding", "target, self.source_embedding"))
slips.wrong("ignores-norm-first", "layers_always_pre", ("dropout, norm_first) for", "dropout) for"))
slips.wrong(
    "ignores-norm-first",
    "last_norms_always",
    ("nn.LayerNorm(d_model) if norm_first else nn.Identity()", "nn.LayerNorm(d_model)"),
)
slips.wrong(
    "missing-norm", "last_norms_never", ("nn.LayerNorm(d_model) if norm_first else nn.Identity()", "nn.Identity()")
)
slips.wrong("missing-norm", "last_norms_unused", ("self.encoder_norm(x)", "x"), ("self.decoder_norm(y)", "y"))
slips.wrong("missing-norm", "encoder_norm_forgotten", ("self.encoder_norm(x)", "x"))
slips.wrong(
    "shared-layer",
    "one_layer_for_the_encoder",
    (
        "[EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first) for _ in range(num_layers)]",
        "[EncoderLayer(d_model, num_heads, d_ff, dropout, norm_first)] * num_layers",
    ),
)
for stack, layers in (("encoder", ENCODERS), ("decoder", DECODERS)):
    slips.wrong("missing-dropout", f"no_dropout_in_the_{stack}", (layers, layers.replace("dropout", "0.0")))
    slips.wrong("ignores-norm-first", f"{stack}_always_pre", (layers, layers.replace(", norm_first)", ")")))
SOURCE_DROPPED = "x = self.embed(source, self.source_embedding)"
slips.wrong(
    "missing-dropout",
    "no_dropout_behind_the_positions_of_the_source",
    (SOURCE_DROPPED, SOURCE_DROPPED.replace("embed", "placed", 1)),
    ("    def forward", PLACED + "    def forward"),
)
slips.wrong(
    "missing-dropout",
    "no_dropout_behind_the_positions_of_the_target",
    ("y = self.embed(target", "y = self.placed(target"),
    ("    def forward", PLACED + "    def forward"),
)
slips.wrong(
    "dropout-misplaced",
    "embeddings_dropped_before_the_positions",
    (
        "x = embedding(tokens) * math.sqrt(self.d_model)",
        "x = self.dropout(embedding(tokens) * math.sqrt(self.d_model))",
    ),
    ("return self.dropout(x)", "return x"),
)
slips.wrong("missing-dropout", "layers_without_dropout", ("d_ff, dropout, norm_first)", "d_ff, norm_first=norm_first)"))
slips.wrong("missing-dropout", "embeddings_without_dropout", ("self.dropout(x)", "x"))
slips.wrong(
    "dropout-in-eval",
    "functional_dropout",
    ("self.dropout = nn.Dropout(dropout)", "self.p = dropout"),
    ("self.dropout(x)", "F.dropout(x, self.p)"),
)
slips.wrong("missing-embedding-scale", "embeddings_as_they_are", (SCALE, ""))
slips.wrong("missing-embedding-scale", "embeddings_divided", (SCALE, SCALE.replace("*", "/")))
slips.wrong(
    "positions-scaled", "scale_behind_the_positions", (SCALE, ""), ("self.dropout(x)", "self.dropout(x" + SCALE + ")")
)
slips.wrong("missing-positions", "no_positions", (PLACE, "x = x"))
slips.wrong(
    "missing-positions",
    "positions_in_the_encoder_only",
    ("y = self.embed(target, self.target_embedding)", "y = self.dropout(self.target_embedding(target)" + SCALE + ")"),
)
slips.wrong(
    "positions-on-batch-axis",
    "positions_of_sentences",
    (PLACE, "x = x + sinusoidal_positions(len(tokens), self.d_model)[:, None]"),
)
slips.wrong(
    "positions-from-one",
    "counts_from_one",
    (PLACE, "x = x + sinusoidal_positions(tokens.shape[1] + 1, self.d_model)[1:]"),
)
slips.wrong("missing-causal-mask", "future_not_hidden", ("memory, causal, mask", "memory, None, mask"))
slips.wrong(
    "mask-as-numbers",
    "mask_of_floats",
    (CAUSAL, "torch.ones(n, n).tril()"),
    ("[DecoderLayer(", "[DecoderLayerWithTilde("),
)
slips.wrong("missing-causal-mask", "mask_of_ones", (CAUSAL, "torch.ones(n, n).bool()"))
slips.wrong("causal-one-ahead", "diagonal_too_high", (".tril()", ".tril(diagonal=1)"))
slips.wrong("strict-causal", "diagonal_too_low", (".tril()", ".tril(-1)"))
slips.wrong("causal-flipped", "triu_for_tril", (".tril()", ".triu()"))
slips.wrong("mask-inverted", "true_is_the_future", (".tril()", ".triu(1)"))
slips.wrong("mask-inverted", "true_is_padding", ("source != self.pad", "source == self.pad"))
slips.wrong(
    "causal-in-encoder",
    "encoder_sees_the_past_only",
    (READ, "x = layer(x, mask & torch.ones(source.shape[1], source.shape[1]).tril().bool())"),
)
slips.wrong(
    "causal-in-encoder",
    "translation_word_by_word",
    (WRITE, "y = layer(y, memory, causal, mask & torch.ones(n, source.shape[1]).tril().bool())"),
)
slips.wrong("ignores-mask", "padding_seen_by_the_encoder", (READ, "x = layer(x)"))
slips.wrong("ignores-mask", "padding_seen_by_the_decoder", (WRITE, "y = layer(y, memory, causal)"))
slips.wrong("ignores-mask", "padding_seen_by_all", (READ, "x = layer(x)"), (WRITE, "y = layer(y, memory, causal)"))
slips.wrong("pad-assumed", "zero_is_padding", ("source != self.pad", "source != 0"))
slips.wrong("padding-on-query-axis", "unsqueezed_at_the_end", (".unsqueeze(1)", ".unsqueeze(-1)"))
slips.wrong("mask-broadcast-silently", "mask_of_two_axes", (".unsqueeze(1)", ""))
slips.wrong(
    "layers-not-chained",
    "each_layer_from_the_embedding",
    (
        "for layer in self.encoder:\n            x = layer(x, mask)",
        "for layer in self.encoder:\n            z = layer(x, mask)\n        x = z",
    ),
)
slips.wrong(
    "layers-not-chained",
    "each_decoder_layer_from_the_embedding",
    (
        "for layer in self.decoder:\n            y = layer(y, memory, causal, mask)",
        "for layer in self.decoder:\n            z = layer(y, memory, causal, mask)\n        y = z",
    ),
)
slips.wrong("masks-exchanged", "masks_in_the_other_order", ("causal, mask)", "mask, causal)"))
slips.wrong(
    "memory-not-passed",
    "looks_at_the_target_twice",
    ("for layer in self.decoder:", "memory = y\n        for layer in self.decoder:"),
    (WRITE, "y = layer(y, memory, causal)"),
)
slips.wrong(
    "memory-not-passed",
    "target_under_the_mask_of_the_source",
    ("for layer in self.decoder:", "memory = y\n        for layer in self.decoder:"),
)
slips.wrong(
    "encoder-skipped",
    "memory_from_the_embedding",
    ("x = self.embed(source, self.source_embedding)", "x = start = self.embed(source, self.source_embedding)"),
    ("memory = self.encoder_norm(x)", "memory = start"),
)
slips.wrong("softmax-before-cross-entropy", "returns_probabilities", (RESULT, RESULT + ".softmax(-1)"))
slips.wrong("softmax-before-cross-entropy", "returns_log_probabilities", (RESULT, RESULT + ".log_softmax(-1)"))
slips.wrong(
    "missing-positions missing-causal-mask",
    "two_left_out",
    (PLACE, "x = x"),
    ("memory, causal, mask", "memory, None, mask"),
)
slips.wrong("wrong-parameters", "other_names", ("self.encoder_norm", "self.norm"))
slips.wrong(
    "wrong-shape", "scores_of_the_last_token_only", (RESULT, "return self.to_logits(self.decoder_norm(y[:, -1]))")
)
slips.wrong("raises", "forgets_the_memory", (WRITE, "y = layer(y, causal, mask)"))
slips.wrong(
    "not-written-yet",
    "as_released",
    ("        mask = (source", "        raise NotImplementedError\n        mask = (source"),
)
