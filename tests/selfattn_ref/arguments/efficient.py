"""Forms of attention that avoid the full matrix of weights."""

import numpy as np

from tests.selfattn_ref.arguments.kinds import NO_FLAGS, NO_FLOATS, NO_GENERATORS, NO_INTEGERS
from tests.selfattn_ref.arguments.values import allowed, floats

Q, K, V = floats(2, 5, 4), floats(2, 7, 4), floats(2, 7, 11)

GOOD = {
    "online_softmax": {"blocks": floats(2, 3, 5)},
    "blockwise_attention": {"q": Q, "k": K, "v": V, "block_size": 3, "mask": allowed(5, 7)},
    "local_attention": {"q": Q, "k": K, "v": V, "window": 3},
    "lsh_buckets": {"x": floats(2, 5, 4), "num_buckets": 6, "rng": np.random.default_rng(3)},
    "lsh_attention": {
        "qk": floats(2, 7, 4), "v": V, "num_buckets": 6, "rng": np.random.default_rng(3), "causal": True,
    },
    "linear_attention": {"q": Q, "k": K, "v": V, "causal": True},
}  # fmt: skip
KINDS = {
    "blocks": [(0.5, "float"), (7, "int")],
    **dict.fromkeys(("block_size", "num_buckets"), NO_INTEGERS),
    "causal": NO_FLAGS,
    "qk": NO_FLOATS,
    "rng": NO_GENERATORS,
}

WRONG_VALUES = [
    ("online_softmax", {"blocks": []}, ["blocks must hold at least one block", "got none"]),
    ("online_softmax", {"blocks": [np.array(1.0)]}, ["blocks[0] must have shape (..., block_len)", "shape ()"]),
    ("online_softmax", {"blocks": [floats(3, 5), floats(2, 5)]}, ["blocks[1] must have the leading axes", "(2, 5)"]),
    ("blockwise_attention", {"q": floats(2, 5, 3)}, ["k must have as many features", "q (2, 5, 3)"]),
    ("blockwise_attention", {"k": floats(2, 6, 4)}, ["v must have as many rows", "(2, 6, 4)", "(2, 7, 11)"]),
    ("blockwise_attention", {"v": floats(3, 7, 11)}, ["q, k, v must have leading axes", "v (3, 7, 11)"]),
    ("blockwise_attention", {"block_size": 0}, ["block_size must be at least 1", "got 0"]),
    ("blockwise_attention", {"mask": allowed(7, 5)}, ["mask must be broadcastable", "(2, 5, 7)", "(7, 5)"]),
    ("local_attention", {"q": floats(2, 8, 4)}, ["k_len must be at least q_len", "q_len=8, k_len=7"]),
    ("local_attention", {"q": floats(2, 0, 4)}, ["q_len must be at least 1", "got 0"]),
    ("local_attention", {"k": floats(2, 7, 3)}, ["k must have as many features", "(2, 5, 4)", "(2, 7, 3)"]),
    ("local_attention", {"v": floats(2, 6, 11)}, ["v must have as many rows", "(2, 7, 4)", "(2, 6, 11)"]),
    ("local_attention", {"window": 0}, ["window must be at least 1", "got 0"]),
    ("lsh_buckets", {"x": floats(4)}, ["x must have shape (..., seq_len, d)", "shape (4,)"]),
    ("lsh_buckets", {"x": floats(5, 0)}, ["x must have at least one feature", "shape (5, 0)"]),
    ("lsh_buckets", {"num_buckets": 0}, ["num_buckets must be at least 2", "got 0"]),
    ("lsh_buckets", {"num_buckets": 5}, ["num_buckets must be even", "got 5"]),
    ("lsh_attention", {"qk": floats(7, 4)}, ["v must have all axes of qk but the last", "qk (7, 4), v (2, 7, 11)"]),
    ("lsh_attention", {"qk": floats(4)}, ["qk must have shape (..., seq_len, d)", "shape (4,)"]),
    ("lsh_attention", {"v": floats(2, 6, 11)}, ["v must have all axes of qk but the last", "v (2, 6, 11)"]),
    ("lsh_attention", {"num_buckets": 3}, ["num_buckets must be even", "got 3"]),
    ("linear_attention", {"q": floats(2, 8, 4)}, ["k_len must be at least q_len", "q_len=8, k_len=7"]),
    ("linear_attention", {"k": floats(2, 7, 3)}, ["k must have as many features", "(2, 5, 4)", "(2, 7, 3)"]),
    ("linear_attention", {"v": floats(3, 7, 11)}, ["q, k, v must have leading axes", "v (3, 7, 11)"]),
]
