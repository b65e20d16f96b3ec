"""PyTorch's own attention is taken out of the room: below all of its names, where the library looks for the code.

The watch over ready-made functions shares its process with the learner's code, which could take it apart. The operators
refuse below it, and no object of Python's leads to what would bring them back. The library's functions that put
attention together in Python refuse under their names; whoever copies their text has put it together from simpler
functions, which cannot be told from an answer. Imports PyTorch.
"""

from __future__ import annotations

import ctypes
import warnings
import weakref
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch.nn.attention import flex_attention

__all__ = ["refuse_attention"]

_OPERATORS = (
    "scaled_dot_product_attention",
    "_scaled_dot_product_attention_math",
    "_scaled_dot_product_flash_attention_for_cpu",
    "_native_multi_head_attention",
    "_transformer_encoder_layer_fwd",
)
_PLACES = ("CompositeImplicitAutograd", "CPU", "AutogradCPU")


def refuse_attention() -> None:
    """Let every call of PyTorch's attention raise, in this process and in those forked from it."""
    library = torch.library.Library("aten", "IMPL")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that operators are replaced, which is what we want
        for operator in _OPERATORS:
            for place in _PLACES:
                library.impl(operator, _refuse, place, allow_override=True)
    _put(torch.nn.functional, "multi_head_attention_forward")
    _put(flex_attention, "flex_attention")
    _put(flex_attention, "flex_attention_hop")
    _keep(library)


def _keep(library: torch.library.Library) -> None:
    """Let what registers the operators live as long as the process, with nothing in Python that leads to it."""
    for each in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        about = each.peek()
        if about is not None and about[0] is library:
            each.detach()
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(library.m))
    library.m = None


def _put(module: ModuleType, name: str) -> None:
    """Let a function refuse, under its own name: the watch tells whoever calls it openly."""
    code = _refuse.__code__.replace(co_name=name, co_qualname=name)
    setattr(module, name, FunctionType(code, {"__name__": module.__name__}))


def _refuse(*arguments: Any, **keywords: Any) -> Any:
    raise RuntimeError("no ready-made attention here")
