"""Mistakes in counting steps and layers: one too many, one too few, rounded, or counted in floats."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.path_length import dilated_layers, stacked_layers
from selfattn_check.exercise import Mistake

__all__ = ["CONVOLVING", "DILATING", "REFUSING", "STEPPING"]

Count = Callable[[int, int], Any]

_BETWEEN = "count the steps between tokens, not the tokens: from the first to the last of n it is n − 1"

STEPPING = (
    Mistake.of("counts-tokens", "when the recurrent layer needs n steps", _BETWEEN, recurrent=lambda n, k: n),
    Mistake.of(
        "attention-takes-more",
        "when attention needs n steps",
        "every token attends to every other directly: one step, for any n",
        attention=lambda n, k: n,
    ),
    Mistake.of(
        "attention-takes-more",
        "when attention needs n − 1 steps",
        "every token attends to every other directly: one step, for any n",
        attention=lambda n, k: n - 1,
    ),
    Mistake.of(
        "attention-takes-more",
        "when attention needs no step at all",
        "to attend is a step: 1",
        attention=lambda n, k: 0,
    ),
    Mistake.of(
        "ignores-kernel-size",
        "when the kernel size is always 3",
        "3 is only the default: use kernel_size",
        use=lambda kernel_size: 3,
    ),
)

_REACH = "a layer reaches kernel_size − 1 tokens further, not kernel_size: its own token is one of them"
_EXACT = "stay in integers: `-(-a // b)` rounds a / b up exactly"

CONVOLVING = (
    Mistake.of(
        "rounds-down",
        "when the layers of the plain convolution are rounded down",
        "round up: a layer that is used only in part is still a layer",
        convolution=lambda n, k: (n - 1) // (k - 1),
    ),
    Mistake.of(
        "kernel-size-not-reach",
        "when each convolution reaches kernel_size tokens further",
        _REACH,
        convolution=lambda n, k: -(-(n - 1) // k),
    ),
    Mistake.of(
        "kernel-size-not-reach",
        "when n is divided by the kernel size",
        _REACH,
        convolution=lambda n, k: -(-n // k),
    ),
    Mistake.of(
        "kernel-size-not-reach",
        "when a convolution reaches half its kernel, as a centered one does to one side",
        "count the reach to one side as kernel_size − 1: the last token must see the first",
        convolution=lambda n, k: -(-(n - 1) // max(k // 2, 1)),
    ),
    Mistake.of(
        "one-layer-too-many",
        "when the plain convolution gets one layer too many where no rest is left, as if n tokens had to be reached",
        "round up only where a rest is left: `-(-(n - 1) // (kernel_size - 1))`",
        convolution=lambda n, k: (n - 1) // (k - 1) + 1,
    ),
    Mistake.of(
        "counts-in-floats",
        "when `/` and `math.ceil` round the plain convolution's layers in floats",
        _EXACT,
        convolution=lambda n, k: math.ceil((n - 1) / (k - 1)),
    ),
    Mistake.of(
        "counts-in-floats",
        "when `/` and `np.ceil` round the plain convolution's layers in floats",
        _EXACT,
        convolution=lambda n, k: int(np.ceil((n - 1) / (k - 1))),
    ),
    Mistake.of(
        "dilation-mixed-up",
        "when the plain convolution is dilated too",
        "'convolution' is stacked without dilation; only 'dilated' grows by a factor",
        convolution=dilated_layers,
    ),
)

_POWERS = "multiply in a loop of integers until kernel_size**L >= n; a logarithm is rounded"


def _dilated(code: str, note: str, help_line: str, count: Count) -> Mistake:
    return Mistake.of(code, note, help_line, dilated=count)


def _smallest(enough: Callable[[int, int, int], bool]) -> Count:
    """The smallest number of layers that is enough, by (layers, n, kernel_size)."""
    return lambda n, k: next(layers for layers in range(10**6) if enough(layers, n, k))


_LOGARITHMS: tuple[tuple[str, Count], ...] = (
    ("math.log(n, kernel_size)", math.log),
    ("log(n) / log(kernel_size)", lambda n, k: np.log(n) / np.log(k)),
    ("log2(n) / log2(kernel_size)", lambda n, k: math.log2(n) / math.log2(k)),
    ("log10(n) / log10(kernel_size)", lambda n, k: math.log10(n) / math.log10(k)),
)


def _rounded(round_: Callable[[Any], Any], logarithm: Count, more: int = 0) -> Count:
    return lambda n, k: int(round_(logarithm(n, k))) + more


DILATING = (
    *(
        _dilated(
            "counts-in-floats",
            f"when {name}, rounded up, counts the dilated layers",
            _POWERS,
            _rounded(math.ceil, logarithm),
        )
        for name, logarithm in _LOGARITHMS
    ),
    *(
        _dilated(
            "one-layer-too-many",
            f"when {name}, rounded down, plus one counts the dilated layers",
            "when kernel_size**L equals n, L layers are enough: compare with `>=`",
            _rounded(math.floor, logarithm, more=1),
        )
        for name, logarithm in _LOGARITHMS
    ),
    *(
        _dilated(
            "rounds-down",
            f"when {name} is rounded down",
            "round up: a layer that is used only in part is still a layer",
            _rounded(math.floor, logarithm),
        )
        for name, logarithm in _LOGARITHMS
    ),
    _dilated(
        "rounds-down",
        "when the dilated layers stop before all n tokens are in view",
        "go on until kernel_size**L >= n",
        _smallest(lambda layers, n, k: k ** (layers + 1) > n),
    ),
    _dilated(
        "one-layer-too-many",
        "when the dilated layers must see more than n tokens",
        "when kernel_size**L equals n, L layers are enough: compare with `>=`",
        _smallest(lambda layers, n, k: k**layers > n),
    ),
    _dilated(
        "counts-tokens",
        "when the dilated layers must see only n − 1 tokens",
        "L dilated layers see kernel_size**L tokens, the last one included: compare with n",
        _smallest(lambda layers, n, k: k**layers >= n - 1),
    ),
    _dilated(
        "doubles-dilation",
        "when the dilation doubles in each layer, whatever the kernel size",
        "here the dilations are 1, kernel_size, kernel_size², …: L layers see kernel_size**L tokens",
        _smallest(lambda layers, n, k: 1 + (k - 1) * (2**layers - 1) >= n),
    ),
    _dilated(
        "doubles-dilation",
        "when every layer doubles the view, whatever the kernel size",
        "here each layer multiplies the view by kernel_size: L layers see kernel_size**L tokens",
        _smallest(lambda layers, n, k: 2**layers >= n),
    ),
    _dilated(
        "dilation-mixed-up",
        "when the dilated convolution is counted like the plain one",
        "dilations 1, kernel_size, kernel_size², … multiply the view: L layers see kernel_size**L tokens",
        stacked_layers,
    ),
)


def _lookup_fails(layer: str, n: int, kernel_size: int) -> Any:
    raise KeyError(layer)


def _refused(code: str, note: str, unknown: Callable[..., Any]) -> Mistake:
    return Mistake.of(code, note, "raise a ValueError for any other layer", unknown=unknown)


REFUSING = (
    _refused("wrong-exception", "when a dictionary answers an unknown layer with a KeyError", _lookup_fails),
    _refused(
        "accepts-bad-input",
        "when any other layer is counted as dilated",
        lambda layer, n, kernel_size: dilated_layers(n, kernel_size),
    ),
    _refused("accepts-bad-input", "when any other layer is counted as attention", lambda layer, n, kernel_size: 1),
)
