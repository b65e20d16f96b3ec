"""How values and numbers are said in the facts of a report."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.tensors import has_numbers, is_tensor

__all__ = ["keys_said", "kind_of", "told_apart"]


def kind_of(value: Any) -> str:
    """What a value is, with its article: "a list", "a tuple of 2", "a torch Tensor"."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return f"an array of {value.dtype}" if value.dtype.kind not in "fiub" else "a single array"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if is_tensor(value) and not has_numbers(value):
        return f"a tensor of {value.dtype} on {value.device}"
    module = type(value).__module__.partition(".")[0]
    name = (
        type(value).__qualname__ if module in ("builtins", "selfattn_check") else f"{module} {type(value).__qualname__}"
    )
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def keys_said(name: str, yours: Any, expected: dict[str, Any]) -> str:
    """What is wrong with what should be a dict: no dict at all, or some of its keys."""
    given = list(yours) if isinstance(yours, dict) else []
    if not given:
        said = f"{name} is" if name else "returned"
        got = "an empty dict" if isinstance(yours, dict) else kind_of(yours)
        return f"{said} {got}, expected a dict with the keys {list(expected)}"
    lacking = [repr(key) for key in expected if key not in given]
    foreign = [repr(key) for key in given if key not in expected]
    faults = [f"lacks {', '.join(lacking)}"] if lacking else []
    faults += [f"has keys that are not asked for: {', '.join(foreign)}"] if foreign else []
    return f"{name or 'the dict'} {' and '.join(faults)}"


def told_apart(yours: Any, expected: Any) -> tuple[str, str]:
    """Two numbers with four digits, or as many more as it takes to see that they differ."""
    for digits in (4, 8, 12):
        pair = _number(yours, digits), _number(expected, digits)
        if pair[0] != pair[1]:
            return pair
    return _number(yours, 17), _number(expected, 17)


def _number(value: Any, digits: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, np.floating) else str(value)
