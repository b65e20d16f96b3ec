"""What is no array of floats, no integer, no number: (value, what the message calls it)."""

import numpy as np
import torch

NO_ARRAYS = [([[0.5, 0.5]], "list"), (torch.ones(3, 5), "torch.Tensor"), ("words", "str"), (0.5, "float")]
NO_FLOATS = [*NO_ARRAYS, (np.ones((3, 5), int), "int64 array"), (np.ones((3, 5), bool), "bool array")]
NO_BOOLEANS = [*NO_ARRAYS, (np.ones((5, 7)), "float64 array"), (np.ones((5, 7), int), "int64 array"), (True, "bool")]
NO_INTEGER_ARRAYS = [*NO_ARRAYS, (np.ones(3), "float64 array"), (np.ones(3, bool), "bool array")]
NO_INTEGERS = [(2.0, "float"), ("2", "str"), (True, "bool"), (np.array(2), "int64 array")]
NO_NUMBERS = [("1", "str"), (True, "bool"), (np.array(0.5), "float64 array"), (1j, "complex")]
NO_MAPPINGS = [([np.ones((6, 6))], "list"), (np.ones((6, 6)), "float64 array"), ("w_q", "str")]
NO_FLAGS = [(1, "int"), ("yes", "str"), (np.array(True), "bool array")]
NO_GENERATORS = [(7, "int"), (np.random.RandomState(7), "numpy.random.mtrand.RandomState")]
NO_SEQUENCES = [
    (7, "int"),
    ("O", "str"),
    ({1, 2}, "set"),
    (np.array(1), "int64 array"),
    (torch.ones(3), "torch.Tensor"),
]
NO_NAMES = [(1, "int"), (bool, "type")]

KINDS = {
    **dict.fromkeys(("x", "scores", "q", "k", "v", "w_q", "w_k", "w_v", "context", "bias"), NO_FLOATS),
    **dict.fromkeys(("axis", "q_len", "k_len", "offset", "max_len", "window"), NO_INTEGERS),
    **dict.fromkeys(("num_heads", "seq_len", "d_model"), NO_INTEGERS),
    **dict.fromkeys(("scale", "softcap"), NO_NUMBERS),
    "mask": NO_BOOLEANS,
    "params": NO_MAPPINGS,
}
