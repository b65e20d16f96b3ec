"""Values as bytes, between the process that grades and the room in which learners' code runs.

A message is a length, a JSON header of that length, and blobs. The header is a tree of one-entry objects, each the
kind of a node and its content; arrays are `.npy` blobs. Nothing is ever unpickled, and every size is checked before
memory is asked for it: what comes out of the room is hostile.
"""

from __future__ import annotations

import io
import json
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy

__all__ = ["MAX_MESSAGE", "Opaque", "Outside", "WireError", "decode", "encode", "is_tensor", "sizes"]

MAX_MESSAGE = 16 * 2**20  # bytes
MAX_HEADER = 64 * 2**10
MAX_NODES = 1024
INWARD = 16  # times as large a header and as many nodes may go into the room: those are ours
MAX_DEPTH = 8
MAX_BLOBS = 512
MAX_AXES = 8
MAX_TEXT = 2_000  # characters of a string
_NPY_HEADER = 256
_DTYPES = frozenset(np.dtype(kind) for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"))
_PREFIX = struct.Struct(">II")  # bytes of the header, bytes of all blobs together


class WireError(ValueError):
    """Bytes that are not a message, or a value that no message can hold."""


@dataclass(frozen=True)
class Opaque:
    """A value that is not sent: only what it is, `numpy.matrix`."""

    kind: str


@dataclass(frozen=True)
class Outside:
    """A thing that stays in the process that grades, and what the room is told about it."""

    call: Callable[..., Any]
    about: Any


def encode(value: Any, *, foreign: bool = False, functions: list[Callable[..., Any]] | None = None) -> bytes:
    """A message.

    Args:
        value: None, booleans, numbers, strings, arrays, tensors, generators; tuples, lists and dictionaries of them.
        foreign: send the kind of any other value instead of raising; for a learner's result, which must be smaller.
        functions: takes functions that are met, which then travel as their place in this list; None: none may come.

    Raises:
        WireError: the value is too large, too deep, or of another type.

    >>> decode(encode({"output": (np.eye(2), 3)}))["output"][1]
    3
    """
    factor = 1 if foreign and functions is None else INWARD
    writer = _Writer(foreign, functions, factor * MAX_NODES)
    tree = writer.node(value, 0)
    header = json.dumps({"tree": tree, "blobs": [len(blob) for blob in writer.blobs]}).encode()
    body = b"".join(writer.blobs)
    if len(header) > factor * MAX_HEADER or len(body) > MAX_MESSAGE:
        raise WireError(f"a message must have at most {MAX_MESSAGE} bytes, got {len(header) + len(body)}")
    return _PREFIX.pack(len(header), len(body)) + header + body


class _Writer:
    def __init__(self, foreign: bool, functions: list[Callable[..., Any]] | None, most: int) -> None:
        self._most = most
        self.blobs: list[bytes] = []
        self._foreign = foreign
        self._functions = functions
        self._nodes = 0

    def node(self, value: Any, depth: int) -> dict[str, Any]:  # noqa: PLR0911 — one for each kind
        self._nodes += 1
        if self._nodes > self._most or depth > MAX_DEPTH:
            raise WireError(f"a value must have at most {self._most} entries, {MAX_DEPTH} deep")
        kind = type(value)  # exactly: a subclass may answer anything to any question
        if kind is np.ndarray and value.dtype in _DTYPES and value.ndim <= MAX_AXES:
            return self._array(value)
        if value is None or kind in (bool, int, float):
            return {"value": value}
        if is_tensor(value) and (array := _numbers(value)) is not None:
            return {"tensor": self._array(array)["array"]}
        if kind is Outside and self._functions is not None:
            self._functions.append(value.call)
            return {"function": [len(self._functions) - 1, self.node(value.about, depth + 1)]}
        if kind is str:
            return {"value": value[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8")}
        if kind in (tuple, list):
            return {kind.__name__: [self.node(each, depth + 1) for each in value]}
        if kind is dict and all(type(key) in (str, int) for key in value):
            return {"dict": [[_key(key), self.node(each, depth + 1)] for key, each in value.items()]}
        if issubclass(kind, np.generic) and kind.__module__ == "numpy" and value.dtype in _DTYPES:
            return {"scalar": self._blob(np.asarray(value))}
        if kind is np.random.Generator and type(value.bit_generator) is np.random.PCG64:
            return {"generator": value.bit_generator.state}
        if self._functions is not None and callable(value):
            self._functions.append(value)
            return {"function": [len(self._functions) - 1, {"value": None}]}
        if kind is Opaque or self._foreign:
            return {"opaque": value.kind if kind is Opaque else _kind(value)}
        raise WireError(f"a value must be of a type that can be sent, got {kind.__name__}")

    def _array(self, value: np.ndarray) -> dict[str, Any]:
        marks = ("r" if not value.flags.writeable else "") + ("s" if not value.flags.forc else "")
        return {"array": [self._blob(value), marks]}

    def _blob(self, value: np.ndarray) -> int:
        if len(self.blobs) >= MAX_BLOBS or sum(map(len, self.blobs)) + value.nbytes > MAX_MESSAGE:
            raise WireError(f"a message must have at most {MAX_BLOBS} arrays and {MAX_MESSAGE} bytes")
        stream = io.BytesIO()
        np.save(stream, value, allow_pickle=False)
        self.blobs.append(stream.getvalue())
        return len(self.blobs) - 1


def _key(key: str | int) -> str | int:
    return key[:MAX_TEXT] if isinstance(key, str) else key


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor of PyTorch, where somebody has imported that, and not of a subclass."""
    torch = sys.modules.get("torch")
    return torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter)


def _numbers(tensor: Any) -> np.ndarray | None:
    """The tensor's numbers, cut off from its gradient; None where no array can hold them."""
    try:
        array: np.ndarray = tensor.detach().resolve_neg().numpy()
    except (TypeError, RuntimeError):  # sparse, bfloat16, on another device
        return None
    return array if array.dtype in _DTYPES and array.ndim <= MAX_AXES else None


def _kind(value: Any) -> str:
    kind = type(value)
    if kind is np.ndarray:
        return f"array of {value.dtype}"[:80]
    return f"{kind.__module__}.{kind.__qualname__}"[:80]


def sizes(prefix: bytes, *, inward: bool = False) -> tuple[int, int]:
    """Bytes of the header and of the blobs, from the first eight bytes of a message.

    Args:
        prefix: those bytes.
        inward: whether the message goes into the room.

    Raises:
        WireError: more is announced than a message may have. How much is not said: a learner may have chosen it.
    """
    if len(prefix) != _PREFIX.size:
        raise WireError("a message must start with eight bytes")
    header, body = _PREFIX.unpack(prefix)
    if header > (INWARD if inward else 1) * MAX_HEADER or body > MAX_MESSAGE:
        raise WireError(f"a message must have at most {MAX_MESSAGE} bytes, more are announced")
    return header, body


def decode(message: bytes, *, function: Callable[[int, Any], Any] | None = None) -> Any:
    """The value of a message.

    Args:
        message: any bytes.
        function: makes a function of its place and what is told about it; with it, random generators may be in the
            message as well. None for what comes out of the room, which holds neither.

    Raises:
        WireError: the bytes are not a message within the limits.
    """
    header, body = sizes(message[: _PREFIX.size], inward=function is not None)
    if len(message) != _PREFIX.size + header + body:
        raise WireError("a message must be as long as it announces")
    try:
        content = json.loads(message[_PREFIX.size : _PREFIX.size + header])
        tree, lengths = content["tree"], content["blobs"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WireError("a header must be JSON with a tree and blobs") from error
    return _Reader(_cut(message, _PREFIX.size + header, lengths), function).value(tree, 0)


def _cut(message: bytes, start: int, lengths: Any) -> list[bytes]:
    if not isinstance(lengths, list) or len(lengths) > MAX_BLOBS:
        raise WireError(f"there must be a list of at most {MAX_BLOBS} blobs")
    if not all(type(length) is int and length >= 0 for length in lengths) or sum(lengths) != len(message) - start:
        raise WireError("the blobs must fill the message")
    blobs = []
    for length in lengths:
        blobs.append(message[start : start + length])
        start += length
    return blobs


class _Reader:
    def __init__(self, blobs: list[bytes], function: Callable[[int, Any], Any] | None) -> None:
        self._blobs: list[bytes | None] = [*blobs]
        self._function = function
        self._most = MAX_NODES if function is None else INWARD * MAX_NODES
        self._nodes = 0

    def value(self, node: Any, depth: int) -> Any:  # noqa: PLR0911 — one for each kind
        self._nodes += 1
        if self._nodes > self._most or depth > MAX_DEPTH:
            raise WireError(f"a value must have at most {self._most} entries, {MAX_DEPTH} deep")
        if not isinstance(node, dict) or len(node) != 1:
            raise WireError("a node must have one kind")
        ((kind, content),) = node.items()
        match kind, content:
            case "value", None | bool() | int() | float() | str():
                return content[:MAX_TEXT] if isinstance(content, str) else content
            case "array", [int(blob), str(marks)]:
                return _marked(self._array(blob), marks)
            case "tensor", [int(blob), str(marks)]:
                return _tensor(_marked(self._array(blob), marks))
            case "scalar", int():
                array = self._array(content)
                if array.ndim:
                    raise WireError("a scalar must have no axes")
                return array[()]
            case "tuple" | "list", list():
                values = [self.value(each, depth + 1) for each in content]
                return tuple(values) if kind == "tuple" else values
            case "dict", list():
                return dict(self._entry(pair, depth) for pair in content)
            case "opaque", str():
                return Opaque(content[:80])
            case "function", [int(place), about] if self._function:
                return self._function(place, self.value(about, depth + 1))
            case "generator", dict() if self._function:
                generator = np.random.default_rng()
                generator.bit_generator.state = content
                return generator
        raise WireError("a node must be of a known kind")

    def _entry(self, pair: Any, depth: int) -> tuple[str | int, Any]:
        if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) not in (str, int):
            raise WireError("an entry of a dictionary must be a name or a whole number, and a value")
        return _key(pair[0]), self.value(pair[1], depth + 1)

    def _array(self, blob: int) -> np.ndarray:
        if not 0 <= blob < len(self._blobs) or (content := self._blobs[blob]) is None:
            raise WireError("an array must be one of the blobs, and no other array the same")
        self._blobs[blob] = None  # named a thousand times, it would be a thousand arrays
        return _read_npy(content)


def _read_npy(blob: bytes) -> np.ndarray:
    """An array from `.npy` bytes; its size is compared with the bytes that are there before it is made."""
    stream = io.BytesIO(blob)
    try:
        if npy.read_magic(stream) != (1, 0):
            raise WireError("an array must be in version 1.0 of the .npy format")
        shape, fortran, dtype = npy.read_array_header_1_0(stream, max_header_size=_NPY_HEADER)
    except Exception as error:  # the header is a Python literal: a hostile one can fail in many ways
        raise WireError("an array must have a valid .npy header") from error
    if dtype not in _DTYPES or len(shape) > MAX_AXES:
        raise WireError(f"an array must have a plain dtype and at most {MAX_AXES} axes")
    count = 1
    for length in shape:
        if type(length) is not int or not 0 <= length <= MAX_MESSAGE:
            raise WireError("an array's axes must have sensible lengths")
        count *= length
    if count * dtype.itemsize != len(blob) - stream.tell():
        raise WireError("an array must have as many bytes as its shape says")
    flat = np.frombuffer(blob, dtype, count, stream.tell()) if count else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C").copy(order="K")


def _tensor(array: np.ndarray) -> Any:
    """The array as a tensor; only what it is, where nobody has imported PyTorch."""
    torch = sys.modules.get("torch")
    if torch is None:
        return Opaque("torch.Tensor")
    try:
        return torch.from_numpy(array if array.flags.writeable else array.copy())
    except TypeError as error:
        raise WireError("a tensor must have a dtype of PyTorch's") from error


def _marked(array: np.ndarray, marks: str) -> np.ndarray:
    """The array, with gaps in memory ("s") and read-only ("r") where the sender's was."""
    if "s" in marks and array.ndim:
        array = np.repeat(array, 2, axis=-1)[..., ::2]
    if "r" in marks:
        array.flags.writeable = False
    return array
