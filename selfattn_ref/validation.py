"""The one place that looks at arguments and writes what is wrong with them.

Every message has the form ``{argument} must {rule}, got {actual}``: a `TypeError` where the kind of object is wrong,
a `ValueError` where its sizes or numbers are.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
Shape: TypeAlias = tuple[int, ...]


def require(
    condition: bool, argument: str, rule: str, actual: object, error: type[ValueError | TypeError] = ValueError
) -> None:
    """Raise ``error`` with the course's one form of message, unless the condition holds."""
    if not condition:
        raise error(f"{argument} must {rule}, got {actual}")


def kind_of(value: object) -> str:
    """Say in a word or two what an object is: ``None``, ``list``, ``torch.Tensor``, ``int64 array``."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array"
    module, name = type(value).__module__, type(value).__qualname__
    return name if module == "builtins" else f"{module}.{name}"


def float_array(argument: str, value: object, shape: str) -> FloatArray:
    """Accept a NumPy array of floats with as many axes as ``shape`` names, ``(..., q_len, head_dim)`` say."""
    return _array(argument, value, shape, np.floating, "floats")


def bool_array(argument: str, value: object, shape: str) -> BoolArray:
    """Accept a NumPy array of booleans with as many axes as ``shape`` names."""
    return _array(argument, value, shape, np.bool_, "booleans")


def scores_array(argument: str, value: object, shape: str) -> FloatArray:
    """Accept a NumPy array of scores that can be put in order: no NaN, no +inf; −inf is what can never win."""
    scores = float_array(argument, value, shape)
    wrong = scores[~(scores < np.inf)]  # not (NaN < inf)
    require(wrong.size == 0, argument, "hold no NaN and no +inf", wrong[:1])
    return scores


def int_array(argument: str, value: object, shape: str) -> IntArray:
    """Accept a NumPy array of integers with as many axes as ``shape`` names."""
    return _array(argument, value, shape, np.integer, "integers")


def _array(
    argument: str, value: object, shape: str, kind: type[np.floating[Any] | np.integer[Any] | np.bool_], plural: str
) -> npt.NDArray[Any]:
    fits = isinstance(value, np.ndarray) and np.issubdtype(value.dtype, kind)
    require(fits, argument, f"be a NumPy array of {plural}", kind_of(value), TypeError)
    array = np.asarray(value)
    has_axes(argument, array.shape, shape)
    return array


def has_axes(argument: str, actual: Shape, shape: str) -> None:
    """Require as many axes as ``shape`` names; "..." stands for any number of them."""
    axes = [axis.strip() for axis in shape.strip("()").split(",") if axis.strip()]
    enough = len(actual) >= len(axes) - 1 if "..." in axes else len(actual) == len(axes)
    require(enough, argument, f"have shape {shape}", f"shape {actual}")


def integer(argument: str, value: object) -> int:
    """Accept an integer, Python's or NumPy's but no boolean; return Python's, which cannot overflow."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    require(whole, argument, "be an integer", kind_of(value), TypeError)
    return int(cast(int, value))


def size(argument: str, value: object, at_least: int) -> int:
    """Accept an integer that is large enough."""
    result = integer(argument, value)
    require(result >= at_least, argument, f"be at least {at_least}", result)
    return result


def number(argument: str, value: object) -> float:
    """Accept a finite real number; return Python's float, which never changes the dtype of an array."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    require(real, argument, "be a real number", kind_of(value), TypeError)
    result = float(cast(float, value))
    require(math.isfinite(result), argument, "be finite", result)
    return result


def probability(argument: str, value: object) -> float:
    """Accept a real number from 0 to 1."""
    result = number(argument, value)
    require(0 <= result <= 1, argument, "lie between 0 and 1", result)
    return result


def flag(argument: str, value: object) -> bool:
    """Accept True or False, Python's or NumPy's."""
    require(isinstance(value, bool | np.bool_), argument, "be True or False", kind_of(value), TypeError)
    return bool(value)


def string(argument: str, value: object) -> str:
    """Accept a string."""
    require(isinstance(value, str), argument, "be a string", kind_of(value), TypeError)
    return cast(str, value)


def generator(argument: str, value: object) -> np.random.Generator:
    """Accept NumPy's random generator, the only source of randomness in the course."""
    fits = isinstance(value, np.random.Generator)
    require(fits, argument, "be a numpy.random.Generator", kind_of(value), TypeError)
    return cast(np.random.Generator, value)


def aligned_lengths(q_len: object, k_len: object) -> tuple[int, int]:
    """Accept 1 ≤ q_len ≤ k_len: what aligning the last query with the last key needs."""
    queries, keys = size("q_len", q_len, at_least=1), size("k_len", k_len, at_least=1)
    require(queries <= keys, "k_len", "be at least q_len", f"q_len={queries}, k_len={keys}")
    return queries, keys


def iterable(argument: str, value: object, of: str) -> Iterable[object]:
    """Accept anything that can be read from one end to the other."""
    require(isinstance(value, Iterable), argument, f"be an iterable of {of}", kind_of(value), TypeError)
    return cast(Iterable[object], value)


def sequence(argument: str, value: object, of: str) -> Sequence[Any]:
    """Accept a list, a tuple or the like, or a NumPy array with at least one axis; a string is none."""
    listed = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    fits = listed or (isinstance(value, np.ndarray) and value.ndim > 0)
    require(fits, argument, f"be a sequence of {of}", kind_of(value), TypeError)
    return cast(Sequence[Any], value)


def function(argument: str, value: object, of: str) -> Callable[..., Any]:
    """Accept anything that can be called."""
    require(callable(value), argument, f"be a function of {of}", kind_of(value), TypeError)
    return cast(Callable[..., Any], value)


def integers(argument: str, value: object) -> list[int]:
    """Accept several integers, in a list, a set or an array; return them as Python's."""
    return [integer(f"{argument}[{place}]", one) for place, one in enumerate(iterable(argument, value, "integers"))]


def mapping(argument: str, value: object, of: str = "arrays") -> Mapping[str, Any]:
    """Accept a mapping from names to anything."""
    require(isinstance(value, Mapping), argument, f"be a mapping from names to {of}", kind_of(value), TypeError)
    return cast(Mapping[str, Any], value)


def same_size(rule: str, shapes: Mapping[str, Shape], first: int, second: int) -> None:
    """Require two sizes, read from the two shapes that the message shows, to be equal."""
    _, argument = shapes
    require(first == second, argument, rule, ", ".join(f"{name} {shape}" for name, shape in shapes.items()))


def batch_shape(shapes: Mapping[str, Shape], keep: int) -> Shape:
    """Broadcast the leading axes of several arrays, all but the last ``keep`` of each."""
    try:
        return np.broadcast_shapes(*(shape[: len(shape) - keep] for shape in shapes.values()))
    except ValueError:
        actual = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"{', '.join(shapes)} must have leading axes that broadcast together, got {actual}") from None


def broadcastable(argument: str, array: npt.NDArray[Any], shape: Shape, names: str = "(..., q_len, k_len)") -> None:
    """Require an array to broadcast to exactly ``shape``: no more axes, no axis made longer."""
    pairs = zip(reversed(array.shape), reversed(shape), strict=False)
    fits = array.ndim <= len(shape) and all(mine in (1, wanted) for mine, wanted in pairs)
    require(fits, argument, f"be broadcastable to {names}, here {shape}", f"shape {tuple(array.shape)}")


def optional_mask(mask: object, shape: Shape) -> BoolArray | None:
    """Accept None, or booleans that broadcast to the scores."""
    if mask is None:
        return None
    array = bool_array("mask", mask, "(...)")
    broadcastable("mask", array, shape)
    return array
