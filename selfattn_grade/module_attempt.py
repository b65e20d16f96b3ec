"""A learner's class of modules, as the checks see it: a class of modules whose every use happens in the room.

What the checks do with it, building it, loading weights by name, changing its dtype and mode, calling it, leading
gradients back, works as with any module; only forward and backward go into the room. Imports PyTorch.
"""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn

from selfattn_grade.room.modules import tensors_of
from selfattn_grade.room.wire import is_tensor
from selfattn_grade.room_reply import RoomDied, as_value, changed_places, spoil

__all__ = ["module_attempt"]

_MOST_PARAMETERS, _LONGEST_NAME = 500, 200
_numbers = itertools.count()


class Room(Protocol):
    """What is needed of an `AnswerRoom`."""

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request about an answer; raises what the answer raises."""


def module_attempt(
    room: Room, name: str, constructor: inspect.Signature | None, forward: inspect.Signature | None
) -> type[nn.Module]:
    """A class that stands for the learner's of that name, with the signatures that the room tells."""

    def called(self: _InRoom, *arguments: Any, **keywords: Any) -> Any:
        return self.call_in_room(arguments, keywords)

    if forward is not None:
        called.__signature__ = forward  # type: ignore[attr-defined]
    members: dict[str, Any] = {"forward": called, "room": room, "answer": name, "__module__": __name__}
    return type(name, (_InRoom,), members | ({} if constructor is None else {"__signature__": constructor}))


class _InRoom(nn.Module):
    """One module. Its parameters are here, and go with each call; the layers that use them are in the room."""

    room: ClassVar[Room]
    answer: ClassVar[str]
    _form: Tensor

    def __init__(self, *built_from: Any) -> None:
        super().__init__()
        self.register_buffer("_form", torch.zeros(()), persistent=False)  # takes the dtype that the module is given
        self._about = {"name": self.answer, "module": next(_numbers), "built_from": built_from}
        reply = self.room.ask({**self._about, "act": "build"})
        told = reply.get("frozen")
        frozen = told if isinstance(told, list) else []
        for name, values in _told(reply.get("parameters")):
            _put(self, name, nn.Parameter(values, requires_grad=name not in frozen))

    def call_in_room(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What forward returns; gradients can be led back through it."""
        weights = dict(self.named_parameters())
        leaves = [place for place, each in enumerate(arguments) if is_tensor(each) and each.requires_grad]
        gradients = torch.is_grad_enabled()
        request = {
            **self._about,
            "state": weights,
            "dtype": str(self._form.dtype).removeprefix("torch."),
            "training": self.training,
            "arguments": arguments,
            "keywords": keywords,
            "leaves": leaves if gradients else [],
            "gradients": gradients,
            "call": next(_numbers),
        }
        reply = self.room.ask({**request, "act": "forward"})
        spoil(arguments, changed_places(reply))
        result = as_value(reply.get("result"))
        outputs = list(tensors_of(result))
        attached = reply.get("attached")
        if not isinstance(attached, list) or len(attached) != len(outputs):
            raise RoomDied("its reply is not one")
        leads_back = [each for each, is_attached in zip(outputs, attached, strict=True) if is_attached is True]
        if not leads_back or not gradients:
            return result
        trained = {name: each for name, each in weights.items() if each.requires_grad}

        def back(directions: Sequence[Tensor | None]) -> Iterator[Tensor | None]:
            reply = self.room.ask({**request, "act": "backward", "directions": list(directions)})
            inputs, of_weights = reply.get("inputs"), reply.get("weights")
            if not isinstance(inputs, tuple) or not isinstance(of_weights, dict) or len(inputs) != len(leaves):
                raise RoomDied("its reply is not one")
            for each in (*inputs, *(of_weights.get(name) for name in trained)):
                yield each if is_tensor(each) else None

        made = iter(_Way.apply(back, leads_back, *(arguments[place] for place in leaves), *trained.values()))
        return _replaced(
            result,
            (next(made) if is_attached is True else each for each, is_attached in zip(outputs, attached, strict=True)),
        )


class _Way(torch.autograd.Function):
    """The way back through a call in the room."""

    @staticmethod
    def forward(context: Any, back: Any, outputs: list[Tensor], *leaves: Tensor) -> tuple[Tensor, ...]:
        context.back = back
        context.set_materialize_grads(False)
        return tuple(outputs)

    @staticmethod
    def backward(context: Any, *directions: Tensor | None) -> tuple[Any, ...]:
        return None, None, *context.back(directions)


def _replaced(value: Any, tensors: Iterator[Tensor]) -> Any:
    """The same value with these tensors in the places of its own."""
    if is_tensor(value):
        return next(tensors)
    if isinstance(value, tuple | list):
        return type(value)(_replaced(each, tensors) for each in value)
    if isinstance(value, dict):
        return {key: _replaced(each, tensors) for key, each in value.items()}
    return value


def _told(parameters: Any) -> Iterator[tuple[str, Tensor]]:
    """Names and values of parameters as the room tells them: hostile."""
    if not isinstance(parameters, dict) or len(parameters) > _MOST_PARAMETERS:
        raise RoomDied("its reply is not one")
    for name, values in parameters.items():
        plain = len(name) <= _LONGEST_NAME and re.fullmatch(r"\w+([.-]\w+)*", name)
        if not plain or not is_tensor(values) or not values.is_floating_point():
            raise RoomDied("its parameters cannot be told")
        yield name, values


def _put(module: nn.Module, name: str, parameter: nn.Parameter) -> None:
    """Register a parameter under a name with points in it, as parts of parts have."""
    *parts, last = name.split(".")
    for part in parts:
        if part not in module._modules:
            module.add_module(part, nn.Module())
        module = module._modules[part] or nn.Module()
    module.register_parameter(last, parameter)
