"""The functions of chapters 0–2: the toy, recurrence, look-up, softmax's relatives, positions."""

import numpy as np

from tests.selfattn_ref.arguments.kinds import NO_FLOATS, NO_INTEGERS, NO_NAMES, NO_NUMBERS
from tests.selfattn_ref.arguments.values import floats

SHARES = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]])
GOOD = {
    "double": {"x": floats(2, 3)},
    "soft_lookup": {"query": floats(3), "keys": floats(5, 3), "values": floats(5, 7), "temperature": 0.5},
    "rnn_states": {"x": floats(5, 3), "w_x": floats(3, 4), "w_h": floats(4, 4), "b": floats(4)},
    "gradient_reach": {"states": floats(5, 4), "w_h": floats(4, 4)},
    "max_path_length": {"layer": "dilated", "n": 10, "kernel_size": 3},
    "entropy": {"p": SHARES, "axis": -1},
    "softmax_jacobian": {"p": SHARES[0]},
    "sinusoidal_positions": {"num_positions": 5, "d_model": 4, "base": 100},
    "position_shift_matrix": {"offset": -3, "d_model": 4, "base": 100.0},
}
KINDS = {
    **dict.fromkeys(("query", "keys", "values", "w_x", "w_h", "b", "states", "p"), NO_FLOATS),
    **dict.fromkeys(("n", "kernel_size", "num_positions", "offset"), NO_INTEGERS),
    **dict.fromkeys(("temperature", "base"), NO_NUMBERS),
    "layer": NO_NAMES,
}

WRONG_VALUES = [
    ("soft_lookup", {"query": floats(1, 3)}, ["query must have shape (d,)", "shape (1, 3)"]),
    ("soft_lookup", {"query": floats(4)}, ["keys must have as many features", "query (4,)", "keys (5, 3)"]),
    ("soft_lookup", {"keys": floats(3)}, ["keys must have shape (n, d)", "shape (3,)"]),
    ("soft_lookup", {"values": floats(2, 5, 7)}, ["values must have shape (n, d_v)", "shape (2, 5, 7)"]),
    ("soft_lookup", {"values": floats(4, 7)}, ["values must have as many rows", "keys (5, 3)", "values (4, 7)"]),
    ("soft_lookup", {"keys": floats(0, 3), "values": floats(0, 7)}, ["keys must have at least one row", "(0, 3)"]),
    ("soft_lookup", {"temperature": 0}, ["temperature must be positive", "got 0"]),
    ("soft_lookup", {"temperature": np.nan}, ["temperature must be finite", "nan"]),
    ("rnn_states", {"x": floats(2, 5, 3)}, ["x must have shape (n, d_in)", "shape (2, 5, 3)"]),
    ("rnn_states", {"x": floats(5, 2)}, ["w_x must have d_in rows", "x (5, 2)", "w_x (3, 4)"]),
    ("rnn_states", {"w_x": floats(3)}, ["w_x must have shape (d_in, d_h)", "shape (3,)"]),
    ("rnn_states", {"w_h": floats(5, 5)}, ["w_h must have d_h columns", "w_x (3, 4)", "w_h (5, 5)"]),
    ("rnn_states", {"w_h": floats(4, 5)}, ["w_h must be square", "shape (4, 5)"]),
    ("rnn_states", {"b": floats(1, 4)}, ["b must have shape (d_h,)", "shape (1, 4)"]),
    ("rnn_states", {"b": floats(1)}, ["b must have d_h entries", "w_x (3, 4)", "b (1,)"]),
    ("gradient_reach", {"states": floats(5)}, ["states must have shape (n, d_h)", "shape (5,)"]),
    ("gradient_reach", {"states": floats(5, 3)}, ["w_h must have d_h rows", "states (5, 3)", "w_h (4, 4)"]),
    ("gradient_reach", {"states": 2 * floats(5, 4)}, ["states must lie in [-1, 1]", "[-2.]"]),
    ("gradient_reach", {"states": np.full((5, 4), np.nan)}, ["states must lie in [-1, 1]", "[nan]"]),
    ("gradient_reach", {"states": floats(5, 0), "w_h": floats(0, 0)}, ["states must have at least one feature"]),
    ("gradient_reach", {"w_h": floats(4, 3)}, ["w_h must be square", "shape (4, 3)"]),
    ("gradient_reach", {"w_h": np.full((4, 4), np.inf)}, ["w_h must be finite", "[inf]"]),
    (
        "max_path_length",
        {"layer": "lstm"},
        ["layer must be one of attention, recurrent", "'lstm'"],
    ),
    ("max_path_length", {"n": 1}, ["n must be at least 2", "got 1"]),
    ("max_path_length", {"kernel_size": 1}, ["kernel_size must be at least 2", "got 1"]),
    ("entropy", {"p": np.array(1.0)}, ["p must have shape (..., n)", "shape ()"]),
    ("entropy", {"p": np.array([1.5, -0.5])}, ["p must hold no negative share", "[-0.5]"]),
    ("entropy", {"axis": 2}, ["axis must be below the number of axes of p, 2", "got 2"]),
    ("entropy", {"axis": -3}, ["axis must be at least -2", "got -3"]),
    ("softmax_jacobian", {"p": SHARES}, ["p must have shape (n,)", "shape (2, 3)"]),
    ("sinusoidal_positions", {"num_positions": -1}, ["num_positions must be at least 0", "got -1"]),
    ("sinusoidal_positions", {"d_model": 5}, ["d_model must be even", "got 5"]),
    ("sinusoidal_positions", {"d_model": 0}, ["d_model must be at least 2", "got 0"]),
    ("sinusoidal_positions", {"base": 0.0}, ["base must be positive", "got 0.0"]),
    ("position_shift_matrix", {"d_model": 3}, ["d_model must be even", "got 3"]),
    ("position_shift_matrix", {"base": -10}, ["base must be positive", "got -10"]),
    ("position_shift_matrix", {"base": np.inf}, ["base must be finite", "inf"]),
]
