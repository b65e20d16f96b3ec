"""Small arrays to fill the tables with."""

import numpy as np


def floats(*shape):
    return np.linspace(-1.0, 1.0, int(np.prod(shape))).reshape(shape)


def allowed(*shape):
    """A mask that hides every third entry."""
    return (np.arange(int(np.prod(shape))) % 3 != 1).reshape(shape)


def params(**changed):
    return {name: floats(6, 6) for name in ("w_q", "w_k", "w_v", "w_o")} | changed


BIASES = {name: floats(6) for name in ("b_q", "b_k", "b_v", "b_o")}
