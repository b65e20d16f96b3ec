"""A probe: inputs with a stated purpose, drawn from a seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from selfattn_check.tensors import is_tensor

__all__ = ["Probe", "describe", "read_only", "strided"]


@dataclass(frozen=True)
class Probe:
    """Inputs on which an attempt is tried.

    Attributes:
        name: one or two words that the report prints.
        purpose: what this probe shows that the others do not; completes "this probe …".
        build: draws the arguments from a generator, as {parameter name: value} in the order of the signature.
            It must be deterministic: every call of a check draws its own fresh copy.
        part: the separately graded part of the exercise that the probe counts for.
        raises: the exception type that the exercise asks for on these inputs, if it asks for one.
    """

    name: str
    purpose: str
    build: Callable[[np.random.Generator], Mapping[str, Any]]
    part: str = "values"
    raises: type[Exception] | None = None

    @property
    def by_hand(self) -> bool:
        """Whether its numbers are few enough to follow on paper."""
        return self.name == "by hand"

    def draw(self, seed: int = 0) -> dict[str, Any]:
        """Fresh arguments; the same seed gives the same numbers, and no two probes share a stream."""
        return dict(self.build(np.random.default_rng([seed, zlib.crc32(self.name.encode())])))


def describe(arguments: Mapping[str, Any], *, small: int = 6, inside: int = 0, items: int = 2) -> str:
    """One line about the arguments: shapes of arrays, values of the rest and of small arrays.

    Args:
        arguments: by name.
        small: largest number of entries of an array whose values are told.
        inside: the same for arrays in dicts and lists.
        items: how many dicts of a list are told.

    >>> describe({"q": np.zeros((2, 5, 4)), "mask": np.ones((5, 7), bool), "window": 3})
    'q (2, 5, 4), mask (5, 7), window=3'
    >>> describe({"f": np.sin, "params": {"w_q": np.ones((2, 2))}})
    'f=sin, params={w_q (2, 2)}'
    >>> describe({"v": np.array([0.7, -0.1], np.float32), "mask": np.array([True, False])})
    'v=[0.7, -0.1] float32, mask=[True, False]'
    >>> describe({"items": [{"tokens": np.zeros(5), "label": 1}, {"tokens": np.zeros(2), "label": 0}]})
    'items=[{tokens (5,), label=1}, {tokens (2,), label=0}]'
    >>> describe({"items": [{"tokens": np.array([3, 1]), "label": 1}]}, inside=6)
    'items=[{tokens=[3, 1], label=1}]'
    >>> describe({"batches": 9 * [{"tokens": np.zeros((2, 5))}]})
    'batches=[{tokens (2, 5)}, {tokens (2, 5)}, … 9 in all]'
    """

    def compact(value: Any) -> str:
        if isinstance(value, Mapping):
            return f"{{{describe(value, small=inside, inside=inside, items=items)}}}"
        if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
            shown = [compact(each) for each in value[:items]]
            return f"[{', '.join(shown + [f'… {len(value)} in all'] * (len(shown) < len(value)))}]"
        return _compact(value)

    return ", ".join(
        (f"{name} {tuple(value.shape)}" if _size(value) > small else f"{name}={compact(value)}")
        + (" float32" if str(getattr(value, "dtype", "")).endswith("float32") else "")
        for name, value in arguments.items()
    )


def _size(value: Any) -> int:
    """Number of entries of an array or tensor; 0 for anything else."""
    return int(value.numel()) if is_tensor(value) else value.size if isinstance(value, np.ndarray) else 0


def _compact(value: Any) -> str:
    if is_tensor(value):
        return str(np.round(value.tolist(), 3).tolist())
    if isinstance(value, np.ndarray):
        exact = value.dtype.kind != "f"  # float32 is rounded as float64, which prints fewer digits
        return str(value.tolist() if exact else np.round(value.astype(float), 3).tolist())
    if isinstance(value, np.random.Generator):
        return "a random generator"
    return getattr(value, "__name__", None) or repr(value)


def read_only(array: np.ndarray) -> np.ndarray:
    """The same array, which raises when it is written to."""
    array.flags.writeable = False
    return array


def strided(array: np.ndarray) -> np.ndarray:
    """The same numbers with gaps between them in memory, as a slice of a larger array has."""
    wide = np.repeat(array, 2, axis=-1)
    return wide[..., ::2]
