"""Modules of chapters 6 and 8: the recommender, the vision transformer, and a head that is turned off."""

import torch

from selfattn_ref import MultiHeadAttention
from tests.selfattn_ref.arguments.kinds import NO_INTEGERS, NO_NUMBERS

WIDTHS = {"d_model": 6, "num_heads": 3, "num_layers": 2}
GOOD = {
    "SelfAttentiveRecommender": {"num_items": 9, "max_len": 5, "dropout": 0.5} | WIDTHS,
    "VisionTransformer": (
        {"image_size": 8, "patch": 2, "channels": 3, "num_classes": 10, "d_ff": 7, "dropout": 0.5} | WIDTHS
    ),
    "ablate_head": {"attention": MultiHeadAttention(6, 3), "head": 2},
}
KINDS = {
    **dict.fromkeys(("num_items", "max_len", "num_layers", "head"), NO_INTEGERS),
    **dict.fromkeys(("image_size", "patch", "channels", "num_classes", "d_ff"), NO_INTEGERS),
    "dropout": NO_NUMBERS,
    "attention": [
        ("words", "str"), (torch.ones(2), "float32 tensor"), (MultiHeadAttention, "type"),
        (torch.nn.Identity(), "torch.nn.modules.linear.Identity"),
    ],
}  # fmt: skip

WRONG_VALUES = [
    *(
        (name, {argument: 0}, [f"{argument} must be at least 1", "got 0"])
        for name, arguments in GOOD.items()
        for argument in arguments
        if argument not in ("dropout", "attention", "head")
    ),
    *(
        (name, {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"])
        for name in ("SelfAttentiveRecommender", "VisionTransformer")
    ),
    *(
        (name, {"dropout": 1.5}, ["dropout must lie between 0 and 1", "got 1.5"])
        for name in ("SelfAttentiveRecommender", "VisionTransformer")
    ),
    ("VisionTransformer", {"patch": 3}, ["patch must divide image_size", "patch=3, image_size=8"]),
    ("VisionTransformer", {"patch": 16}, ["patch must divide image_size", "patch=16, image_size=8"]),
    ("ablate_head", {"head": 3}, ["head must be below num_heads=3", "got 3"]),
    ("ablate_head", {"head": -1}, ["head must be at least 0", "got -1"]),
]
