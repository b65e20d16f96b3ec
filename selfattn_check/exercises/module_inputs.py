"""What the probes of PyTorch exercises are drawn from: tokens, masks, and how the module is used."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from selfattn_check.module_trial import Use

__all__ = ["BY_TURNS", "allowed", "causal", "gapped", "padding", "tokens", "used"]

# what a probe with half dropped is for
BY_TURNS = "dropout=0.5 in training mode; in the check it drops by turns, every second place along the last axis"


def tokens(rng: np.random.Generator, *shape: int) -> Tensor:
    """Standard normal float64 tokens."""
    return torch.from_numpy(rng.normal(size=shape))


def gapped(x: Tensor) -> Tensor:
    """The same numbers as float32, in memory with gaps between them."""
    return x.float().repeat_interleave(2, dim=-1)[..., ::2]


def allowed(rng: np.random.Generator, *shape: int) -> Tensor:
    """A boolean mask in which every query may see at least its own place or the first key."""
    mask = rng.random(shape) < 0.5
    mask[..., 0] |= ~mask.any(axis=-1)
    return torch.from_numpy(mask)


def causal(n: int) -> Tensor:
    """No token sees a later one."""
    return torch.ones(n, n, dtype=torch.bool).tril()


def padding(lengths: list[int], max_len: int) -> Tensor:
    """(batch, 1, max_len), True at tokens."""
    return torch.arange(max_len) < torch.tensor(lengths)[:, None, None]


def used(
    rng: np.random.Generator,
    *,
    training: bool = False,
    gradients: bool = False,
    given: Mapping[str, np.ndarray] | None = None,
) -> Use:
    """How a module is used, with a drawn seed for its weights."""
    return Use(int(rng.integers(2**31)), training, gradients, given or {})
