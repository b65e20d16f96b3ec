"""One learner's answers, loaded in a room: a crash or a time-out costs the item in which it happens, and no other."""

from __future__ import annotations

import builtins
import inspect
import keyword
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from selfattn_check.watchdog import TimedOut
from selfattn_grade.bubblewrap import Limits
from selfattn_grade.given import Given
from selfattn_grade.process_room import ProcessRoom, RoomEnded, RoomTimedOut
from selfattn_grade.room.wire import Opaque, WireError

__all__ = ["AnswerRoom", "Attempt", "LoadFailure", "RoomDied"]

_KINDS = {
    int(kind): kind
    for kind in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.VAR_KEYWORD,
    )
}


class RoomDied(SystemExit):
    """The answer ended the process that it ran in; the code is the reason, in a few words of ours."""


@dataclass(frozen=True)
class LoadFailure:
    """An answer cell that could not be run to its end.

    Attributes:
        kind: name of a built-in exception, `exit`, `time-out`, or `ended` (the room was lost).
        line: of the cell; 0 if unknown.
    """

    kind: str
    line: int = 0


class AnswerRoom:
    """Answer cells in a room, which is made anew whenever it is lost.

    Attributes:
        failures: id of a cell → why it could not be loaded.
        restarts: how often the room had to be made anew.
    """

    def __init__(
        self,
        given: Given,
        cells: Mapping[str, str],
        libraries: Sequence[str],
        limits: Limits | None = None,
        *,
        sandboxed: bool = True,
    ) -> None:
        self._limits = limits or Limits()
        self._given = given
        self._cells = dict(cells)
        self._make: Callable[[], ProcessRoom] = lambda: ProcessRoom(libraries, self._limits, sandboxed=sandboxed)
        self._room: ProcessRoom | None = None
        self._ends = time.monotonic() + self._limits.submission_seconds
        self.failures: dict[str, LoadFailure] = {}
        self.restarts = -1
        self._start_trouble = self._input_trouble = ""
        self._served: set[str] = set()

    def __enter__(self) -> AnswerRoom:
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    @property
    def trouble(self) -> str:
        """What went wrong on our side since the last `attempt`, if anything did: then no verdict counts."""
        return self._start_trouble or self._input_trouble

    def attempt(self, name: str) -> Attempt | None:
        """The learner's function of that name, to be called from here; None if nothing callable has the name."""
        self._input_trouble = ""
        reply = self._ask({"act": "signature", "name": name})
        if reply.get("callable") is not True:
            return None
        return Attempt(self, name, _signature(reply.get("parameters")))

    def call(self, name: str, arguments: tuple[Any, ...]) -> tuple[Any, list[int]]:
        """What the learner's function returns, and the places of the arguments that it changed.

        Raises:
            TimedOut: it did not return in time.
            RoomDied: it ended its process.
            Exception: a built-in exception like the one that it raised.
        """
        reply = self._ask({"act": "call", "name": name, "arguments": arguments})
        if "error" in reply:
            raise self._exception(reply["error"])
        changed = reply.get("changed")
        places = [place for place in changed if type(place) is int] if isinstance(changed, list) else []
        return _plain(reply.get("result")), places

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request about an answer; if the room is lost after other answers ran in it, it is asked once more."""
        while True:
            alone = True
            try:
                if self._room is None:
                    self._room = self._loaded()
                    self._served = set()
                alone = self._served <= {request["name"]}
                self._served.add(request["name"])
                return self._room.ask(request, self._seconds())
            except RoomTimedOut:
                self._close()
                raise TimedOut from None
            except RoomEnded as reason:
                self._close()
                if alone:
                    raise RoomDied(str(reason)) from None
            except WireError as error:
                self._input_trouble = f"an input cannot be sent: {error}"
                raise

    def _seconds(self) -> float:
        return max(0.0, min(self._limits.call_seconds, self._ends - time.monotonic()))

    def _loaded(self) -> ProcessRoom:
        """A room with every cell loaded that can be; one that kills the room is left out and remembered."""
        while True:
            room = self._make()
            self.restarts += 1
            self._prepare(room)
            if self._load_cells(room):
                return room

    def _prepare(self, room: ProcessRoom) -> None:
        """Run the imports, before anything of the learner's."""
        try:
            seconds = self._limits.start_seconds
            room.ask({"act": "give", "values": dict(self._given.values)}, seconds)
            reply = room.ask({"act": "load", "name": "set-up", "source": _bytes(self._given.source)}, seconds)
            self._start_trouble = f"the room's imports fail: {reply['error']}" if "error" in reply else ""
        except (RoomEnded, RoomTimedOut) as error:
            self._start_trouble = f"the room does not start: {error or 'no reply in time'}"
            raise

    def _load_cells(self, room: ProcessRoom) -> bool:
        for cell, source in self._cells.items():
            failure = self.failures.get(cell)
            if failure and failure.kind in ("time-out", "ended"):
                continue
            try:
                reply = room.ask({"act": "load", "name": cell, "source": _bytes(source)}, self._seconds())
            except RoomTimedOut:
                self.failures[cell] = LoadFailure("time-out")
                return False
            except RoomEnded:
                self.failures[cell] = LoadFailure("ended")
                return False
            if "error" in reply:
                error = _exception(reply["error"])
                kind = "exit" if isinstance(error, RoomDied) else type(error).__name__
                self.failures[cell] = LoadFailure(kind, self._place(reply["error"])[1])
        return True

    def _exception(self, described: Any) -> BaseException:
        """The exception, with a note of the line of the answer that raised it."""
        error = _exception(described)
        cell, line = self._place(described)
        if line:
            error.add_note(f"in line {line} of {cell}")
        return error

    def _place(self, described: Any) -> tuple[str, int]:
        """Cell and line of an error; ("", 0) unless there is such a line."""
        cell, line = (described.get("cell"), described.get("line")) if isinstance(described, dict) else ("", 0)
        if not isinstance(cell, str) or cell not in self._cells or type(line) is not int:
            return "", 0
        return (cell, line) if 0 < line <= self._cells[cell].count("\n") + 1 else ("", 0)

    def _close(self) -> None:
        if self._room is not None:
            self._room.close()
            self._room = None


class Attempt:
    """Stands for a learner's function: a call goes into the room, and what happens there happens here."""

    def __init__(self, room: AnswerRoom, name: str, signature: inspect.Signature | None) -> None:
        self._room = room
        self._name = name
        if signature is not None:
            self.__signature__ = signature

    def __call__(self, *arguments: Any) -> Any:
        """Call the function on copies of the arguments."""
        result, changed = self._room.call(self._name, arguments)
        for place in changed:
            if 0 <= place < len(arguments):
                _spoil(arguments[place])
        return result


def _bytes(source: str) -> np.ndarray:
    return np.frombuffer(source.encode(), np.uint8)


def _signature(parameters: Any) -> inspect.Signature | None:
    """A signature as the room describes it; None for what is not one."""
    if not isinstance(parameters, list):
        return None
    made = []
    try:
        for name, kind, has_default in parameters:
            if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or len(name) > 40:
                return None
            default = None if has_default is True else inspect.Parameter.empty
            made.append(inspect.Parameter(name, _KINDS[kind], default=default))
        return inspect.Signature(made)
    except (TypeError, ValueError, KeyError):
        return None


def _exception(error: Any) -> BaseException:
    """A built-in exception for the one described; its text is the learner's and is never shown."""
    about = error if isinstance(error, dict) else {}
    kind = getattr(builtins, about["kind"], None) if isinstance(about.get("kind"), str) else None
    text = about.get("text")
    if not (isinstance(kind, type) and issubclass(kind, BaseException)) or issubclass(kind, KeyboardInterrupt):
        kind = RuntimeError
    if issubclass(kind, SystemExit):
        return RoomDied("it ends the session")
    made: BaseException
    try:
        made = kind(text if isinstance(text, str) else "")
    except TypeError:  # a UnicodeDecodeError has five arguments
        made = RuntimeError(text)
    return made


def _plain(value: Any) -> Any:
    """The value, with every object that was not sent replaced by one that equals nothing."""
    if isinstance(value, Opaque):
        return _stand_in(value.kind)
    if isinstance(value, tuple | list):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _stand_in(kind: str) -> object:
    """An object of a class with that name, for messages that say what was returned."""
    module, _, name = kind.rpartition(".")
    if not all(part.isidentifier() for part in (*module.split("."), name)):
        module, name = "numpy", "array_of_another_dtype"
    return type(name, (), {"__module__": module})()


def _spoil(argument: Any) -> None:
    """Change an argument, as the learner's function changed its copy of it."""
    if isinstance(argument, dict):
        for each in argument.values():
            _spoil(each)
    elif isinstance(argument, list):
        argument.append(None)
    elif isinstance(argument, np.ndarray) and argument.size and argument.flags.writeable:
        argument[...] = ~argument if argument.dtype == bool else argument + 1
