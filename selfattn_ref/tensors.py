"""The checks of `selfattn_ref.validation` for PyTorch's tensors, with the same form of message."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from selfattn_ref.validation import Shape, broadcastable, has_axes, kind_of, require

INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def float_tensor(argument: str, value: object, shape: str) -> Tensor:
    """Accept a tensor of floats with as many axes as ``shape`` names, ``(..., q_len, d_model)`` say."""
    fits = isinstance(value, Tensor) and value.is_floating_point()
    return _tensor(argument, value, shape, fits, "floats")


def wide_tensor(argument: str, value: object, shape: str, d_model: int) -> Tensor:
    """Accept a tensor of floats of this shape whose tokens have d_model features."""
    tensor = float_tensor(argument, value, shape)
    fits = tensor.shape[-1] == d_model
    require(fits, argument, f"have d_model={d_model} features", f"shape {tuple(tensor.shape)}")
    return tensor


def int_tensor(argument: str, value: object, shape: str) -> Tensor:
    """Accept a tensor of integers with as many axes as ``shape`` names."""
    fits = isinstance(value, Tensor) and value.dtype in INTEGERS
    return _tensor(argument, value, shape, fits, "integers")


def bool_tensor(argument: str, value: object, shape: str) -> Tensor:
    """Accept a tensor of booleans with as many axes as ``shape`` names."""
    fits = isinstance(value, Tensor) and value.dtype == torch.bool
    return _tensor(argument, value, shape, fits, "booleans")


def optional_mask(argument: str, mask: object, shape: Shape) -> Tensor | None:
    """Accept None, or booleans that broadcast to (..., q_len, k_len)."""
    if mask is None:
        return None
    tensor = bool_tensor(argument, mask, "(...)")
    broadcastable(argument, tensor, shape)
    return tensor


def kind_of_tensor(value: object) -> str:
    """Say in a word or two what an object is; of a tensor also its dtype: ``int64 tensor``."""
    return f"{str(value.dtype).removeprefix('torch.')} tensor" if isinstance(value, Tensor) else kind_of(value)


def _tensor(argument: str, value: object, shape: str, fits: bool, plural: str) -> Tensor:
    require(fits, argument, f"be a tensor of {plural}", kind_of_tensor(value), TypeError)
    tensor = cast(Tensor, value)
    has_axes(argument, tuple(tensor.shape), shape)
    return tensor


def instance_of(argument: str, value: object, kind: type) -> None:
    """Require an instance of a class, such as ``nn.Module``."""
    name = f"{kind.__module__.partition('.')[0]}'s {kind.__name__}"
    require(isinstance(value, kind), argument, f"be an instance of {name}", kind_of_tensor(value), TypeError)


def token_ids(argument: str, value: object, shape: str, vocab_size: int) -> Tensor:
    """Accept a tensor of integers that are tokens of a vocabulary; return them as int64, which embeddings want."""
    tokens = int_tensor(argument, value, shape)
    outside = tokens[(tokens < 0) | (tokens >= vocab_size)]
    require(len(outside) == 0, argument, f"hold tokens from 0 to {vocab_size - 1}", outside[:3].tolist())
    return tokens.long()
