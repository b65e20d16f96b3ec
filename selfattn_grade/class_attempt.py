"""A learner's class that is no module, such as a data set, as the checks see it: its objects live in the room."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

from selfattn_grade.lending import lend
from selfattn_grade.module_attempt import Room
from selfattn_grade.room.remote_calls import numbers
from selfattn_grade.room_reply import as_value

__all__ = ["class_attempt"]


def class_attempt(room: Room, name: str, constructor: inspect.Signature | None) -> type:
    """A class that stands for the learner's of that name."""
    members: dict[str, Any] = {"room": room, "answer": name, "__module__": __name__}
    return type(name, (_InRoom,), members | ({} if constructor is None else {"__signature__": constructor}))


class _InRoom:
    """One object."""

    room: ClassVar[Room]
    answer: ClassVar[str]

    def __init__(self, *made_from: Any) -> None:
        self._about = {"name": self.answer, "object": next(numbers), "made_from": lend(made_from)}
        self.room.ask({**self._about, "act": "make"})

    def _use(self, method: str, *arguments: Any) -> Any:
        reply = self.room.ask({**self._about, "act": "use", "method": method, "arguments": lend(arguments)})
        return as_value(reply.get("result"))

    def __len__(self) -> int:
        length: int = self._use("__len__")
        return length

    def __getitem__(self, index: Any) -> Any:
        return self._use("__getitem__", index)
