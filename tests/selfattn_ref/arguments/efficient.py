"""Forms of attention that avoid the full matrix of weights."""

import numpy as np

from tests.selfattn_ref.arguments.kinds import NO_INTEGERS
from tests.selfattn_ref.arguments.values import allowed, floats

Q, K, V = floats(2, 5, 4), floats(2, 7, 4), floats(2, 7, 11)

GOOD = {
    "online_softmax": {"blocks": floats(2, 3, 5)},
    "blockwise_attention": {"q": Q, "k": K, "v": V, "block_size": 3, "mask": allowed(5, 7)},
}
KINDS = {
    "blocks": [(0.5, "float"), (7, "int")],
    "block_size": NO_INTEGERS,
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
]
