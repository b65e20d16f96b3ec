"""Chapter 5: the constructors of modules, and the functions that take modules."""

import math

import numpy as np
import torch

from selfattn_ref import MultiHeadAttention, Transformer
from tests.selfattn_ref.arguments.kinds import NO_FLAGS, NO_INTEGERS, NO_NUMBERS

NO_MODULES = [("words", "str"), (torch.ones(2), "float32 tensor"), (MultiHeadAttention, "type")]
OTHER_MODULES = [*NO_MODULES, (torch.nn.Identity(), "torch.nn.modules.linear.Identity")]
NO_TOKENS = [
    ([[1, 2]], "list"),
    (np.ones((2, 3), int), "int64 array"),
    (torch.ones(2, 3), "float32 tensor"),
    (torch.ones(2, 3).bool(), "bool tensor"),
]


def theirs(embed_dim=6, num_heads=3, **options):
    return torch.nn.MultiheadAttention(embed_dim, num_heads, **options)


class Returns(torch.nn.Module):
    """Whatever it is given, it returns the same."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, *_, **__):
        return self.value


LAYER = {"d_model": 6, "num_heads": 3, "d_ff": 10, "dropout": 0.5, "norm_first": False}
GOOD = {
    "MultiHeadAttention": {"d_model": 6, "num_heads": 3, "dropout": 0.5},
    "copy_weights": {"mine": MultiHeadAttention(6, 3), "torch_mha": theirs()},
    "FeedForward": {"d_model": 6, "d_ff": 10, "dropout": 0.5},
    "EncoderLayer": LAYER,
    "DecoderLayer": LAYER,
    "Transformer": LAYER | {"source_vocab_size": 5, "target_vocab_size": 7, "num_layers": 2, "pad": 3},
    "warmup_learning_rate": {"step": 3, "d_model": 6, "warmup_steps": 10},
    "greedy_decode": {
        "model": Transformer(5, 7, 6, 3, 10, 2), "source": torch.tensor([[1, 2, 0], [3, 1, 4]]), "bos": 1, "eos": 2,
        "max_len": 4,
    },
    "beam_search": {"step": lambda _: np.log([0.5, 0.3, 0.2]), "bos": 1, "eos": 2, "beam_size": 3, "max_len": 4},
}  # fmt: skip
KINDS = {
    **dict.fromkeys(("d_model", "num_heads", "d_ff", "source_vocab_size", "target_vocab_size"), NO_INTEGERS),
    **dict.fromkeys(("num_layers", "pad", "step", "warmup_steps", "bos", "eos", "beam_size", "max_len"), NO_INTEGERS),
    "dropout": NO_NUMBERS,
    "norm_first": NO_FLAGS,
    **dict.fromkeys(("mine", "torch_mha"), OTHER_MODULES),
    "model": NO_MODULES,
    "source": NO_TOKENS,
}

WRONG_LAYERS = [
    (name, changed, parts)
    for name in ("EncoderLayer", "DecoderLayer", "Transformer")
    for changed, parts in (
        ({"d_model": 0}, ["d_model must be at least 1", "got 0"]),
        ({"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
        ({"d_ff": 0}, ["d_ff must be at least 1", "got 0"]),
        ({"dropout": 1.5}, ["dropout must lie between 0 and 1", "got 1.5"]),
    )
]


def returning(row):
    return {"step": lambda _: row}


WRONG_VALUES = [
    *WRONG_LAYERS,
    ("MultiHeadAttention", {"d_model": 0}, ["d_model must be at least 1", "got 0"]),
    ("MultiHeadAttention", {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
    ("MultiHeadAttention", {"num_heads": 0}, ["num_heads must be at least 1", "got 0"]),
    ("MultiHeadAttention", {"dropout": -0.1}, ["dropout must lie between 0 and 1", "got -0.1"]),
    ("MultiHeadAttention", {"dropout": math.nan}, ["dropout must be finite", "got nan"]),
    ("copy_weights", {"torch_mha": theirs(12)}, ["torch_mha must have embed_dim, num_heads = (6, 3)", "(12, 3)"]),
    ("copy_weights", {"torch_mha": theirs(6, 2)}, ["torch_mha must have embed_dim, num_heads = (6, 3)", "(6, 2)"]),
    ("copy_weights", {"mine": MultiHeadAttention(6, 2)}, ["torch_mha must have embed_dim", "(6, 2)", "got (6, 3)"]),
    ("copy_weights", {"torch_mha": theirs(kdim=5)}, ["torch_mha must be made without kdim", "got kdim or vdim"]),
    ("copy_weights", {"torch_mha": theirs(add_bias_kv=True)}, ["torch_mha must be made without", "got add_bias_kv"]),
    ("copy_weights", {"torch_mha": theirs(add_zero_attn=True)}, ["torch_mha must be made", "got add_zero_attn"]),
    ("FeedForward", {"d_model": 0}, ["d_model must be at least 1", "got 0"]),
    ("FeedForward", {"d_ff": 0}, ["d_ff must be at least 1", "got 0"]),
    ("FeedForward", {"dropout": -0.5}, ["dropout must lie between 0 and 1", "got -0.5"]),
    ("Transformer", {"d_model": 9}, ["d_model must be even", "got 9"]),
    ("Transformer", {"source_vocab_size": 0}, ["source_vocab_size must be at least 1", "got 0"]),
    ("Transformer", {"target_vocab_size": 0}, ["target_vocab_size must be at least 1", "got 0"]),
    ("Transformer", {"num_layers": 0}, ["num_layers must be at least 1", "got 0"]),
    ("Transformer", {"pad": 5}, ["pad must lie between 0 and source_vocab_size − 1 = 4", "got 5"]),
    ("Transformer", {"pad": -1}, ["pad must lie between 0 and source_vocab_size − 1 = 4", "got -1"]),
    ("warmup_learning_rate", {"step": 0}, ["step must be at least 1", "got 0"]),
    ("warmup_learning_rate", {"d_model": 0}, ["d_model must be at least 1", "got 0"]),
    ("warmup_learning_rate", {"warmup_steps": 0}, ["warmup_steps must be at least 1", "got 0"]),
    ("greedy_decode", {"source": torch.ones(3).long()}, ["source must have shape (batch, source_len)", "shape (3,)"]),
    ("greedy_decode", {"bos": -1}, ["bos must be at least 0", "got -1"]),
    ("greedy_decode", {"eos": -1}, ["eos must be at least 0", "got -1"]),
    ("greedy_decode", {"max_len": 0}, ["max_len must be at least 1", "got 0"]),
    ("greedy_decode", {"bos": 7}, ["target must hold tokens from 0 to 6", "[7, 7]"]),  # the model's own objection
    (
        "greedy_decode",
        {"model": Returns(torch.ones(2, 7))},
        ["model(source, tokens) must have shape (batch, len, vocab)", "(2, 7)"],
    ),
    ("beam_search", {"bos": -1}, ["bos must be at least 0", "got -1"]),
    ("beam_search", {"eos": -1}, ["eos must be at least 0", "got -1"]),
    ("beam_search", {"eos": 3}, ["eos must be below vocab = 3", "got 3"]),
    ("beam_search", {"beam_size": 0}, ["beam_size must be at least 1", "got 0"]),
    ("beam_search", {"max_len": 0}, ["max_len must be at least 1", "got 0"]),
    ("beam_search", returning(np.ones((1, 3))), ["step(tokens) must have shape (vocab,)", "shape (1, 3)"]),
    ("beam_search", returning(np.array([0.5, 0.3, 0.2])), ["step(tokens) must hold log-prob", "none above 0", "[0.5]"]),
    ("beam_search", returning(np.array([-1.0, np.nan, 0.0])), ["step(tokens) must hold log-probabilities", "[nan]"]),
    ("beam_search", returning(np.full(3, -np.inf)), ["step(tokens) must hold a number above -inf", "got none"]),
]
