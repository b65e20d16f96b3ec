"""Images, losses over pairs, reading weights, counting a model."""

import numpy as np

from tests.selfattn_ref.arguments.kinds import NO_FLOATS, NO_INTEGER_ARRAYS, NO_INTEGERS, NO_MAPPINGS, NO_NUMBERS
from tests.selfattn_ref.arguments.values import floats

CONFIG = {"vocab_size": 11, "context_len": 5, "d_model": 6, "num_heads": 3, "num_layers": 2, "d_ff": 7}
SHARES = np.full((2, 3, 5, 5), 0.2)

GOOD = {
    "info_nce_loss": {"queries": floats(4, 3), "positives": floats(4, 3)[::-1].copy(), "temperature": 1},
    "contrastive_image_text_loss": {"images": floats(4, 3), "texts": floats(4, 3), "temperature": 0.5},
    "patchify": {"images": floats(2, 4, 6, 3), "patch": 2},
    "attention_rollout": {"weights": SHARES},
    "induction_score": {"weights": SHARES, "tokens": np.array([4, 9, 4, 9, 7])},
    "transformer_parameters": {"config": CONFIG},
    "training_flops": {"config": CONFIG, "num_tokens": 10},
}
KINDS = {
    **dict.fromkeys(("queries", "positives", "images", "texts", "weights"), NO_FLOATS),
    **dict.fromkeys(("patch", "num_tokens"), NO_INTEGERS),
    "temperature": NO_NUMBERS,
    "tokens": NO_INTEGER_ARRAYS,
    "config": NO_MAPPINGS,
}

WITH_ZEROS = floats(4, 3) * (np.arange(4) != 2)[:, None]
WRONG_VALUES = [
    ("info_nce_loss", {"queries": floats(3)}, ["queries must have shape (n, d)", "shape (3,)"]),
    ("info_nce_loss", {"queries": floats(0, 3)}, ["queries must have at least one row", "shape (0, 3)"]),
    ("info_nce_loss", {"queries": floats(4, 0)}, ["queries must hold no row of zeros", "row [0]"]),
    ("info_nce_loss", {"positives": floats(5, 3)}, ["positives must have as many rows", "(4, 3)", "(5, 3)"]),
    ("info_nce_loss", {"positives": floats(4, 5)}, ["positives must have as many features", "(4, 3)", "(4, 5)"]),
    ("info_nce_loss", {"positives": WITH_ZEROS}, ["positives must hold no row of zeros", "row [2]"]),
    ("info_nce_loss", {"temperature": 0}, ["temperature must be positive", "got 0"]),
    ("contrastive_image_text_loss", {"images": WITH_ZEROS}, ["images must hold no row of zeros", "row [2]"]),
    ("contrastive_image_text_loss", {"images": floats(1, 4, 3)}, ["images must have shape (n, d)", "(1, 4, 3)"]),
    ("contrastive_image_text_loss", {"texts": floats(5, 3)}, ["texts must have as many rows", "images (4, 3)"]),
    ("contrastive_image_text_loss", {"temperature": -1.0}, ["temperature must be positive", "got -1.0"]),
    ("patchify", {"images": floats(4, 6, 3)}, ["images must have shape (batch, height, width, channels)", "(4, 6, 3)"]),
    ("patchify", {"patch": 0}, ["patch must be at least 1", "got 0"]),
    ("patchify", {"patch": 4}, ["patch must divide height and width", "patch=4, images (2, 4, 6, 3)"]),
    ("patchify", {"patch": 3}, ["patch must divide height and width", "patch=3, images (2, 4, 6, 3)"]),
    ("attention_rollout", {"weights": floats(3, 5, 5)}, ["weights must have shape (layers, heads, n, n)", "(3, 5, 5)"]),
    ("attention_rollout", {"weights": floats(2, 3, 5, 7)}, ["weights must be square", "shape (2, 3, 5, 7)"]),
    ("attention_rollout", {"weights": floats(0, 3, 5, 5)}, ["weights must hold at least one layer", "(0, 3, 5, 5)"]),
    ("attention_rollout", {"weights": floats(2, 0, 5, 5)}, ["weights must hold at least one layer", "(2, 0, 5, 5)"]),
    ("induction_score", {"weights": floats(5)}, ["weights must have shape (..., n, n)", "shape (5,)"]),
    ("induction_score", {"weights": floats(5, 4)}, ["weights must be square", "shape (5, 4)"]),
    ("induction_score", {"tokens": np.array([1, 1])}, ["tokens must have one entry for each row", "tokens (2,)"]),
    ("induction_score", {"tokens": np.ones((1, 5), int)}, ["tokens must have shape (n,)", "shape (1, 5)"]),
    ("induction_score", {"tokens": np.arange(5)}, ["tokens must hold a token that occurs twice", "got none"]),
    ("transformer_parameters", {"config": {"d_model": 6}}, ["config must hold vocab_size", "no vocab_size"]),
    ("transformer_parameters", {"config": CONFIG | {"heads": 3}}, ["config must hold no names but", "'heads'"]),
    ("transformer_parameters", {"config": CONFIG | {"d_ff": 0}}, ["config['d_ff'] must be at least 1", "got 0"]),
    ("transformer_parameters", {"config": CONFIG | {"num_heads": 4}}, ["num_heads must divide d_model", "num_heads=4"]),
    ("training_flops", {"config": {}}, ["config must hold vocab_size", "no vocab_size"]),
    ("training_flops", {"num_tokens": 0}, ["num_tokens must be at least 1", "got 0"]),
]
