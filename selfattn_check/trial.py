"""What a module did when it was tried: parameters, result, and what followed, in a form that can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Trial", "difference_of_parameters"]


@dataclass(frozen=True)
class Trial:
    """Record of one use of a module.

    Attributes:
        parameters: name of each parameter → its shape. Without these no weights can be loaded: where they are not
            as expected, nothing else happened.
        returned: what the module returned.
        then: what happened afterwards, by name: gradients, the result of a second call.
    """

    parameters: Mapping[str, tuple[int, ...]]
    returned: Any = None
    then: Mapping[str, Any] = field(default_factory=dict)


def difference_of_parameters(yours: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> str:
    """What differs between two sets of parameters: names that are missing, names too many, else the first shape."""
    missing = [name for name in expected if name not in yours]
    surplus = [name for name in yours if name not in expected]
    if missing or surplus:
        lists = (("lacks", missing), ("has, but should not have,", surplus))
        return " and ".join(f"{verb} {_listed(each)}" for verb, each in lists if each)
    name = next(name for name in expected if yours[name] != expected[name])
    return f"has {name} of shape {yours[name]}, expected {expected[name]}"


def _listed(names: Sequence[str]) -> str:
    """The first three names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
