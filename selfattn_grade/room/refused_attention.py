"""PyTorch's own attention is taken out of the room: below all of its names, where the library looks for the code.

The watch over ready-made functions shares its process with the learner's code, which could take it apart. What is not
there cannot be called, whatever is done to the watch. Imports PyTorch.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch

__all__ = ["refuse_attention"]

_OPERATORS = (
    "scaled_dot_product_attention",
    "_scaled_dot_product_attention_math",
    "_scaled_dot_product_flash_attention_for_cpu",
    "_native_multi_head_attention",
    "_transformer_encoder_layer_fwd",
)
_PLACES = ("CompositeImplicitAutograd", "CPU", "AutogradCPU")
_kept: list[Any] = []  # an operator comes back when this is forgotten


def refuse_attention() -> None:
    """Let every call of PyTorch's attention raise, in this process and in those forked from it."""
    library = torch.library.Library("aten", "IMPL")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that operators are replaced, which is what we want
        for operator in _OPERATORS:
            for place in _PLACES:
                library.impl(operator, _refuse, place, allow_override=True)
    torch.nn.functional.multi_head_attention_forward = _refuse
    _kept.append(library)


def _refuse(*arguments: Any, **keywords: Any) -> Any:
    raise RuntimeError("no ready-made attention here")
