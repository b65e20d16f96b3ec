"""Path lengths as steps, one for each layer: attention, recurrent, convolution, dilated; and unknown.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["dilated_layers", "path_length", "stacked_layers"]

Step = Callable[..., Any]


def directly(n: int, kernel_size: int) -> int:
    """Every token sees every other."""
    return 1


def one_by_one(n: int, kernel_size: int) -> int:
    """From the first to the last token through all between."""
    return n - 1


def stacked_layers(n: int, kernel_size: int) -> int:
    """Each layer reaches kernel_size − 1 tokens further; rounded up, in integers."""
    return -(-(n - 1) // (kernel_size - 1))


def dilated_layers(n: int, kernel_size: int) -> int:
    """Each layer multiplies the view by kernel_size."""
    layers, seen = 0, 1
    while seen < n:
        layers, seen = layers + 1, seen * kernel_size
    return layers


def refuse(layer: str, n: int, kernel_size: int) -> Any:
    """Another layer is an error."""
    raise ValueError(f"layer must be attention, recurrent, convolution or dilated, got {layer!r}")


def use(kernel_size: int) -> int:
    """The kernel size that was given."""
    return kernel_size


def path_length(
    layer: str,
    n: int,
    kernel_size: int = 3,
    *,
    use: Step = use,
    attention: Step = directly,
    recurrent: Step = one_by_one,
    convolution: Step = stacked_layers,
    dilated: Step = dilated_layers,
    unknown: Step = refuse,
) -> Any:
    """`max_path_length` as steps."""
    known = {"attention": attention, "recurrent": recurrent, "convolution": convolution, "dilated": dilated}
    width = use(kernel_size)
    return known[layer](n, width) if layer in known else unknown(layer, n, width)
