"""A learner's class of modules, as the checks see it: a class of modules whose every use happens in the room.

What the checks do with it, building it, loading weights by name, changing its dtype and mode, calling it, leading
gradients back, works as with any module; only forward and backward go into the room. Imports PyTorch.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn

from selfattn_check.torch_conditions import drops_by_turns
from selfattn_grade.room.remote_calls import call_elsewhere, numbers, put
from selfattn_grade.room.wire import is_tensor
from selfattn_grade.room_reply import RoomDied, as_value, changed_places, spoil

__all__ = ["module_attempt"]

_MOST_PARAMETERS, _LONGEST_NAME = 500, 200


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
        self._about = {"name": self.answer, "module": next(numbers), "built_from": built_from}
        reply = self.room.ask({**self._about, "act": "build"})
        told = reply.get("frozen")
        frozen = told if isinstance(told, list) else []
        for name, values in _told(reply.get("parameters")):
            put(self, name, nn.Parameter(values, requires_grad=name not in frozen))

    def call_in_room(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What forward of the module returns; gradients can be led back through it."""
        dtype = str(self._form.dtype).removeprefix("torch.")
        about = {**self._about, "training": self.training, "dtype": dtype, "by_turns": drops_by_turns()}

        def ask(request: dict[str, Any]) -> dict[str, Any]:
            reply = self.room.ask(request)
            return {**reply, "result": as_value(reply.get("result"))}

        result, reply = call_elsewhere(ask, about, self, arguments, keywords)
        spoil(arguments, changed_places(reply))
        return result


def _told(parameters: Any) -> Iterator[tuple[str, Tensor]]:
    """Names and values of parameters as the room tells them: hostile."""
    if not isinstance(parameters, dict) or len(parameters) > _MOST_PARAMETERS:
        raise RoomDied("its reply is not one")
    for name, values in parameters.items():
        plain = len(name) <= _LONGEST_NAME and re.fullmatch(r"\w+([.-]\w+)*", name)
        if not plain or not is_tensor(values) or not values.is_floating_point():
            raise RoomDied("its parameters cannot be told")
        yield name, values
