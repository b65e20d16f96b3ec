"""Positions in the scores, caches, shared keys and values, segments."""

import numpy as np

from selfattn_ref import KeyValueCache
from tests.selfattn_ref.arguments.kinds import NO_FLAGS, NO_FLOATS, NO_INTEGER_ARRAYS, NO_INTEGERS, NO_NUMBERS
from tests.selfattn_ref.arguments.values import BIASES, allowed, floats, params

TABLE = floats(3, 1, 2)

GOOD = {
    "apply_rotary": {
        "x": floats(2, 3, 5, 4), "positions": None, "base": 500, "cos": TABLE, "sin": TABLE, "interleaved": False,
    },
    "alibi_bias": {"num_heads": 3, "q_len": 5, "k_len": 7},
    "relative_shift": {"x": floats(2, 3, 5, 7)},
    "KeyValueCache": {},
    "decode_step": {"x": floats(2, 5, 6), "params": params(**BIASES), "num_heads": 3, "cache": KeyValueCache()},
    "grouped_query_attention": {
        "q": floats(2, 6, 5, 4), "k": floats(2, 3, 7, 4), "v": floats(2, 3, 7, 11), "mask": allowed(6, 5, 7),
        "scale": 0.5, "softcap": 3, "bias": floats(2, 1, 5, 7),
    },
    "segment_attention": {
        "x": floats(2, 5, 6), "params": params(**BIASES), "num_heads": 3, "memory_len": 4, "memory": floats(2, 3, 6),
    },
}  # fmt: skip
KINDS = {
    "positions": NO_INTEGER_ARRAYS,
    "base": NO_NUMBERS,
    **dict.fromkeys(("cos", "sin", "memory"), NO_FLOATS),
    "interleaved": NO_FLAGS,
    "memory_len": NO_INTEGERS,
    "cache": [({}, "dict"), ((floats(3, 2, 2), floats(3, 2, 2)), "tuple")],
}

ANGLES = {"cos": None, "sin": None}
WRONG_VALUES = [
    ("apply_rotary", {"x": floats(4)}, ["x must have shape (..., n, d)", "shape (4,)"]),
    ("apply_rotary", {"x": floats(5, 3)}, ["x must have an even number of features", "shape (5, 3)"]),
    ("apply_rotary", {"x": floats(5, 0)}, ["x must have an even number of features", "shape (5, 0)"]),
    ("apply_rotary", {"cos": None}, ["cos must be given together with sin", "None"]),
    ("apply_rotary", {"sin": None}, ["sin must be given together with cos", "None"]),
    ("apply_rotary", {"cos": floats(5, 4)}, ["cos must be broadcastable to (..., n, d/2)", "(2, 3, 5, 2)", "(5, 4)"]),
    ("apply_rotary", {"sin": floats(4, 2)}, ["sin must be broadcastable to (..., n, d/2)", "(2, 3, 5, 2)", "(4, 2)"]),
    ("apply_rotary", {"positions": np.arange(5)}, ["positions must be None where cos and sin are given", "an array"]),
    ("apply_rotary", {"positions": np.arange(4)} | ANGLES, ["positions must have one entry for each row", "(4,)"]),
    ("apply_rotary", {"positions": np.ones((2, 5), int)} | ANGLES, ["positions must have shape (n,)", "(2, 5)"]),
    ("apply_rotary", {"base": 0} | ANGLES, ["base must be positive", "got 0"]),
    ("apply_rotary", {"base": np.inf} | ANGLES, ["base must be finite", "inf"]),
    ("alibi_bias", {"num_heads": 0}, ["num_heads must be at least 1", "got 0"]),
    ("alibi_bias", {"q_len": 0}, ["q_len must be at least 1", "got 0"]),
    ("alibi_bias", {"k_len": 4}, ["k_len must be at least q_len", "q_len=5, k_len=4"]),
    ("relative_shift", {"x": floats(7)}, ["x must have shape (..., q_len, k_len)", "shape (7,)"]),
    ("relative_shift", {"x": floats(7, 5)}, ["k_len must be at least q_len", "q_len=7, k_len=5"]),
    ("relative_shift", {"x": floats(0, 5)}, ["q_len must be at least 1", "got 0"]),
    ("decode_step", {"x": floats(6)}, ["x must have shape (..., new_len, d_model)", "shape (6,)"]),
    ("decode_step", {"x": floats(2, 0, 6)}, ["x must hold at least one token", "shape (2, 0, 6)"]),
    ("decode_step", {"params": {}}, ["params must hold w_q, w_k, w_v, w_o", "no w_q, w_k, w_v, w_o"]),
    ("decode_step", {"params": params(w_k=floats(7, 6))}, ["params['w_k'] must have shape (6, 6)", "(7, 6)"]),
    ("decode_step", {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
    ("grouped_query_attention", {"q": floats(5, 4)}, ["q must have shape (..., num_heads, q_len, head_dim)", "(5, 4)"]),
    ("grouped_query_attention", {"k": floats(2, 3, 7, 3)}, ["k must have as many features", "(2, 3, 7, 3)"]),
    ("grouped_query_attention", {"q": floats(2, 5, 5, 4)}, ["k must have a number of groups that", "q (2, 5, 5, 4)"]),
    ("grouped_query_attention", {"v": floats(2, 6, 7, 11)}, ["v must have as many groups as k", "v (2, 6, 7, 11)"]),
    ("grouped_query_attention", {"v": floats(2, 3, 5, 11)}, ["v must have as many rows (k_len)", "v (2, 3, 5, 11)"]),
    ("grouped_query_attention", {"q": floats(4, 6, 5, 4)}, ["q, k, v must have leading axes", "q (4, 6, 5, 4)"]),
    ("grouped_query_attention", {"mask": allowed(3, 5, 7)}, ["mask must be broadcastable", "(2, 6, 5, 7)"]),
    ("grouped_query_attention", {"bias": floats(3, 5, 7)}, ["bias must be broadcastable", "(2, 6, 5, 7)"]),
    ("grouped_query_attention", {"scale": np.nan}, ["scale must be finite", "nan"]),
    ("grouped_query_attention", {"softcap": 0}, ["softcap must be positive", "got 0"]),
    ("segment_attention", {"x": floats(6)}, ["x must have shape (..., segment_len, d_model)", "shape (6,)"]),
    ("segment_attention", {"x": floats(2, 0, 6)}, ["x must hold at least one token", "shape (2, 0, 6)"]),
    ("segment_attention", {"memory": floats(2, 3, 4)}, ["memory must have all axes of x but the length", "(2, 3, 4)"]),
    ("segment_attention", {"memory": floats(3, 6)}, ["memory must have all axes of x", "x (2, 5, 6), memory (3, 6)"]),
    ("segment_attention", {"memory_len": -1}, ["memory_len must be at least 0", "got -1"]),
    ("segment_attention", {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
]  # fmt: skip
