"""The functions of chapter 4: variance, gradients by hand and by differences, the worked example, the errata."""

import numpy as np

from tests.selfattn_ref.arguments.kinds import NO_FLOATS, NO_INTEGERS, NO_NUMBERS
from tests.selfattn_ref.arguments.values import BIASES, allowed, floats, params

GOOD = {
    "worked_example": {},
    "errata_quiz": {},
    "score_variance": {"d_k": 4, "num_samples": 10, "rng": np.random.default_rng(4), "scaled": True},
    "repaired_scale": {"q": floats(2, 5, 4), "k": floats(2, 7, 4)},
    "repaired_softmax": {"q": floats(2, 5, 4), "k": floats(2, 7, 4), "v": floats(2, 7, 11)},
    "repaired_mask": {"q": floats(2, 5, 4), "k": floats(2, 7, 4), "v": floats(2, 7, 11), "mask": allowed(5, 7)},
    "repaired_heads": {"q": floats(5, 6), "k": floats(5, 6), "v": floats(5, 6), "num_heads": 3},
    "softmax_backward": {"grad_p": floats(2, 3), "p": np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]])},
    "attention_backward": {
        "grad_output": floats(2, 5, 11), "q": floats(2, 5, 4), "k": floats(2, 7, 4), "v": floats(2, 7, 11),
        "mask": allowed(5, 7),
    },
    "multi_head_attention_backward": {
        "grad_output": floats(2, 5, 6), "x": floats(2, 5, 6), "params": params(**BIASES), "num_heads": 3,
        "mask": allowed(2, 1, 5),
    },
    "numerical_gradient": {"f": lambda x: (x**2).sum(), "x": floats(2, 3), "eps": 1e-4},
}  # fmt: skip
KINDS = {
    **dict.fromkeys(("grad_p", "p", "grad_output"), NO_FLOATS),
    **dict.fromkeys(("d_k", "num_samples"), NO_INTEGERS),
    "eps": NO_NUMBERS,
    "rng": [(7, "int"), (np.random, "module")],
    "scaled": [(1, "int"), ("yes", "str"), (np.array(True), "bool array")],
    "f": [(3, "int"), (np.ones(3), "float64 array"), ("sin", "str")],
}

ONE, MANY = "attention_backward", "multi_head_attention_backward"
WRONG_VALUES = [
    ("score_variance", {"d_k": 0}, ["d_k must be at least 1", "got 0"]),
    ("score_variance", {"num_samples": 1}, ["num_samples must be at least 2", "got 1"]),
    ("repaired_scale", {"k": floats(2, 7, 3)}, ["k must have as many features", "(2, 5, 4)", "(2, 7, 3)"]),
    ("repaired_softmax", {"q": floats(5, 4)}, ["q must have shape (batch, q_len, head_dim)", "shape (5, 4)"]),
    ("repaired_softmax", {"v": floats(2, 6, 11)}, ["v must have as many rows", "(2, 7, 4)", "(2, 6, 11)"]),
    ("repaired_mask", {"mask": allowed(7, 5)}, ["mask must be broadcastable", "(2, 5, 7)", "(7, 5)"]),
    ("repaired_heads", {"k": floats(2, 5, 6)}, ["k must have shape (seq_len, d_model)", "shape (2, 5, 6)"]),
    ("repaired_heads", {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
    ("softmax_backward", {"grad_p": np.array(1.0)}, ["grad_p must have shape (..., n)", "shape ()"]),
    ("softmax_backward", {"p": floats(3)}, ["grad_p must have the shape of p, (3,)", "shape (2, 3)"]),
    (ONE, {"grad_output": floats(5, 11)}, ["grad_output must have the shape of the output, (2, 5, 11)", "(5, 11)"]),
    (ONE, {"grad_output": floats(11)}, ["grad_output must have shape (..., q_len, value_dim)", "shape (11,)"]),
    (ONE, {"q": floats(2, 5, 3)}, ["k must have as many features", "q (2, 5, 3)"]),
    (ONE, {"k": floats(2, 6, 4)}, ["v must have as many rows", "k (2, 6, 4)", "v (2, 7, 11)"]),
    (ONE, {"v": floats(3, 7, 11)}, ["q, k, v must have leading axes", "v (3, 7, 11)"]),
    (ONE, {"mask": allowed(7, 5)}, ["mask must be broadcastable", "(2, 5, 7)", "shape (7, 5)"]),
    (MANY, {"grad_output": floats(5, 6)}, ["grad_output must have the shape of the output, (2, 5, 6)", "(5, 6)"]),
    (MANY, {"x": floats(6)}, ["x must have shape (..., seq_len, d_model)", "shape (6,)"]),
    (MANY, {"x": floats(2, 5, 9)}, ["params['w_q'] must have shape (9, 9)", "shape (6, 6)"]),
    (MANY, {"params": params(b_q=floats(6))}, ["params must hold all or none", "no b_k, b_v, b_o"]),
    (MANY, {"params": {}}, ["params must hold w_q, w_k, w_v, w_o"]),
    (MANY, {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
    (MANY, {"mask": allowed(2, 3, 5, 5)}, ["mask must be broadcastable", "shape (2, 3, 5, 5)"]),
    ("numerical_gradient", {"f": lambda x: x}, ["f must return a single number", "shape (2, 3)"]),
    ("numerical_gradient", {"eps": 0}, ["eps must be positive", "got 0"]),
    ("numerical_gradient", {"eps": np.inf}, ["eps must be finite", "inf"]),
]
