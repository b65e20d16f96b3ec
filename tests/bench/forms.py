"""The forms of attention that are compared, as functions of no argument over the same inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention as torch_attention

from selfattn_ref import blockwise_attention, linear_attention, local_attention, scaled_dot_product_attention
from tests.bench.record import BLOCK_SIZE, DTYPE, HEAD_DIM, WINDOW

Form = Callable[[], Any]


def inputs(n: int) -> list[np.ndarray]:
    """Standard normal queries, keys and values, each (1, 1, n, head_dim): PyTorch's fast path needs four axes."""
    rng = np.random.default_rng(8)
    return [rng.standard_normal((1, 1, n, HEAD_DIM), np.dtype(DTYPE)) for _ in range(3)]


def forms(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> dict[str, Form]:
    """By the names of `record.FORMS`; PyTorch's tensors share their memory with the arrays."""
    tensors = [torch.from_numpy(array) for array in (q, k, v)]
    return {
        "blockwise": lambda: blockwise_attention(q, k, v, BLOCK_SIZE),
        "plain": lambda: scaled_dot_product_attention(q, k, v)[0],
        "torch": lambda: torch_attention(*tensors),
        "window": lambda: local_attention(q, k, v, WINDOW),
        "linear": lambda: linear_attention(q, k, v),
    }
