"""PyTorch's tensors, recognized without importing PyTorch: where nothing has imported it, there is none."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

__all__ = ["as_array", "has_numbers", "is_module", "is_tensor"]


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor of PyTorch, and not of a subclass that may behave in its own way."""
    torch = sys.modules.get("torch")
    return torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter)


def is_module(kind: Any) -> bool:
    """Whether a value is a class of PyTorch modules."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(kind, type) and issubclass(kind, torch.nn.Module)


def has_numbers(tensor: Any) -> bool:
    """Whether NumPy can hold the tensor's numbers: real, in ordinary memory, of a dtype that NumPy has."""
    plain = tensor.layout is sys.modules["torch"].strided and tensor.device.type == "cpu"
    return plain and not tensor.is_complex() and str(tensor.dtype) != "torch.bfloat16"


def as_array(tensor: Any) -> np.ndarray:
    """The tensor's numbers, cut off from its gradient."""
    array: np.ndarray = tensor.detach().resolve_neg().numpy()
    return array
