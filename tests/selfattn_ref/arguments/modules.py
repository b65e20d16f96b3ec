"""Chapter 5: the constructors of modules, and the functions that take modules."""

import torch

from selfattn_ref import MultiHeadAttention
from tests.selfattn_ref.arguments.kinds import NO_INTEGERS, NO_NUMBERS

NO_MODULES = [("words", "str"), (torch.ones(2), "float32 tensor"), (MultiHeadAttention, "type")]
OTHER_MODULES = [*NO_MODULES, (torch.nn.Identity(), "torch.nn.modules.linear.Identity")]


def theirs(embed_dim=6, num_heads=3, **options):
    return torch.nn.MultiheadAttention(embed_dim, num_heads, **options)


GOOD = {
    "MultiHeadAttention": {"d_model": 6, "num_heads": 3, "dropout": 0.5},
    "copy_weights": {"mine": MultiHeadAttention(6, 3), "torch_mha": theirs()},
}
KINDS = {
    **dict.fromkeys(("d_model", "num_heads"), NO_INTEGERS),
    "dropout": NO_NUMBERS,
    **dict.fromkeys(("mine", "torch_mha"), OTHER_MODULES),
}

WRONG_VALUES = [
    ("MultiHeadAttention", {"d_model": 0}, ["d_model must be at least 1", "got 0"]),
    ("MultiHeadAttention", {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
    ("MultiHeadAttention", {"num_heads": 0}, ["num_heads must be at least 1", "got 0"]),
    ("MultiHeadAttention", {"dropout": -0.1}, ["dropout must lie between 0 and 1", "got -0.1"]),
    ("MultiHeadAttention", {"dropout": 1.5}, ["dropout must lie between 0 and 1", "got 1.5"]),
    ("copy_weights", {"torch_mha": theirs(12)}, ["torch_mha must have embed_dim, num_heads = (6, 3)", "(12, 3)"]),
    ("copy_weights", {"torch_mha": theirs(6, 2)}, ["torch_mha must have embed_dim, num_heads = (6, 3)", "(6, 2)"]),
    ("copy_weights", {"mine": MultiHeadAttention(6, 2)}, ["torch_mha must have embed_dim", "(6, 2)", "got (6, 3)"]),
    ("copy_weights", {"torch_mha": theirs(kdim=5)}, ["torch_mha must have no weights but in_proj", "got kdim"]),
    ("copy_weights", {"torch_mha": theirs(add_bias_kv=True)}, ["torch_mha must have no weights but", "add_bias_kv"]),
]
