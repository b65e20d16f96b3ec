"""One learner's answers, loaded in a room: a crash or a time-out costs the item in which it happens, and no other."""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from selfattn_check.ready_made import tell
from selfattn_check.watchdog import TimedOut
from selfattn_grade.bubblewrap import Limits
from selfattn_grade.given import Given
from selfattn_grade.process_room import ProcessRoom, RoomEnded, RoomLost, RoomTimedOut
from selfattn_grade.room.wire import WireError
from selfattn_grade.room_reply import RoomDied, as_exception, as_signature, as_value, changed_places, spoil

__all__ = ["AnswerRoom", "LoadFailure"]


@dataclass(frozen=True)
class LoadFailure:
    """An answer cell that could not be run to its end.

    Attributes:
        kind: name of a built-in exception, `exit`, `time-out`, `ended` (the room was lost), or `no-time-left` (the
            submission's; it was not tried).
        line: of the cell; 0 if unknown.
    """

    kind: str
    line: int = 0


_MOST_LINES = 500  # of a cell; in a longer one, a line may be a number that somebody wants to tell
_NO_TIME = LoadFailure("no-time-left")


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
        self._forbidden: tuple[str, ...] = ()
        self._served: set[str] = set()
        self._first: set[str] = set()  # cells that are loaded before others, as a room ended with them

    def __enter__(self) -> AnswerRoom:
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    @property
    def trouble(self) -> str:
        """What went wrong on our side since the last `attempt`, if anything did: then no verdict counts."""
        return self._start_trouble or self._input_trouble

    def failure(self, cell: str) -> LoadFailure | None:
        """Why nothing of a cell's can be used, if that is so."""
        return self.failures.get(cell) or (_NO_TIME if self._time_left() <= 0 else None)

    def attempt(self, name: str, forbidden: Sequence[str] = ()) -> Callable[..., Any] | None:
        """The learner's function or class of that name, to be used from here; None if nothing callable has the name.

        Ready-made functions that are `forbidden` are watched for in the room, and told to the check's own watch: an
        honest answer that calls one is judged as in a notebook. One that first takes the watch apart, which shares its
        process, is not seen, but finds nothing to call either: PyTorch's attention is taken out of the room, and SciPy
        was never in it. Only what is put together from simpler functions cannot be told from an answer.
        """
        self._input_trouble = ""
        self._forbidden = tuple(forbidden)
        reply = self._ask({"act": "signature", "name": name})
        if reply.get("callable") is not True:
            return None
        signature = as_signature(reply.get("parameters"))
        if reply.get("kind") == "module" and "torch" in sys.modules:
            from selfattn_grade.module_attempt import module_attempt  # noqa: PLC0415 — imports PyTorch

            return module_attempt(self, name, signature, as_signature(reply.get("forward")))
        if reply.get("kind") == "class" and "torch" in sys.modules:
            from selfattn_grade.class_attempt import class_attempt  # noqa: PLC0415 — imports PyTorch

            return class_attempt(self, name, signature)
        return _function_attempt(self, name, signature)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Let an answer do something.

        Args:
            request: what `room.runner` understands, with the `name` of the answer.

        Raises:
            TimedOut: it did not return in time.
            RoomDied: it ended its process.
            Exception: a built-in exception like the one that it raised.
        """
        reply = self._ask({**request, "forbidden": self._forbidden})
        called = reply.get("called")
        for function in (*self._forbidden, "sys.setprofile"):  # of what the room says, only what we asked about
            if isinstance(called, list) and function in called:
                tell(function)
        if "error" in reply:
            raise self._exception(reply["error"])
        return reply

    def call(self, name: str, arguments: tuple[Any, ...]) -> tuple[Any, list[int]]:
        """What the learner's function returns, and the places of the arguments that it changed; raises as `ask`."""
        if "torch" not in sys.modules:
            reply = self.ask({"act": "call", "name": name, "arguments": arguments})
        else:
            from selfattn_grade.lending import lend, take_back  # noqa: PLC0415 — imports PyTorch

            reply = self.ask({"act": "call", "name": name, "arguments": lend(arguments)})
            take_back(arguments, reply)
        return as_value(reply.get("result")), changed_places(reply)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request about an answer; if the room is lost after other answers ran in it, it is asked once more."""
        while True:
            alone = True
            if self._time_left() <= 0:
                raise TimedOut
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
            except RoomLost as reason:
                self._close()
                self._start_trouble = self._start_trouble or f"the room is lost: {reason}"
                raise RoomDied(str(reason)) from None
            except WireError as error:
                if request["act"] != "backward":  # as large as what the answer returned, for the same inputs
                    self._input_trouble = f"an input cannot be sent: {error}"
                raise

    def _time_left(self) -> float:
        return self._ends - time.monotonic()

    def _seconds(self) -> float:
        return max(0.0, min(self._limits.call_seconds, self._time_left()))

    def _loaded(self) -> ProcessRoom:
        """A room with every cell loaded that can be; one that kills the room is left out and remembered."""
        while True:
            try:
                room = self._make()
            except RoomLost as error:
                self._start_trouble = f"the room does not start: {error}"
                raise
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
            if self._time_left() <= 0:
                self.failures.setdefault(cell, _NO_TIME)
                continue
            try:
                reply = room.ask({"act": "load", "name": cell, "source": _bytes(source)}, self._seconds())
            except RoomTimedOut:
                self.failures[cell] = LoadFailure("time-out") if self._time_left() > 0 else _NO_TIME
                return False
            except RoomEnded:
                if cell in self._first or cell == next(iter(self._cells)) or not self._loads_by_itself(cell):
                    self.failures[cell] = LoadFailure("ended")
                else:  # something that an earlier cell has left may have done it
                    self._first.add(cell)
                    self._cells = {cell: source, **self._cells}
                return False
            if "error" in reply:
                error = as_exception(reply["error"])
                kind = "exit" if isinstance(error, RoomDied) else type(error).__name__
                self.failures[cell] = LoadFailure(kind, self._place(reply["error"])[1])
        return True

    def _loads_by_itself(self, cell: str) -> bool:
        room = self._make()
        self.restarts += 1
        try:
            self._prepare(room)
            reply = room.ask({"act": "load", "name": cell, "source": _bytes(self._cells[cell])}, self._seconds())
        except (RoomEnded, RoomTimedOut):
            return False
        finally:
            room.close()
        return "error" not in reply

    def _exception(self, described: Any) -> BaseException:
        """The exception, with a note of the line of the answer that raised it."""
        error = as_exception(described)
        cell, line = self._place(described)
        if line:
            error.add_note(f"in line {line} of {cell}")
        return error

    def _place(self, described: Any) -> tuple[str, int]:
        """Cell and line of an error; ("", 0) unless there is such a line."""
        cell, line = (described.get("cell"), described.get("line")) if isinstance(described, dict) else ("", 0)
        if not isinstance(cell, str) or cell not in self._cells or type(line) is not int:
            return "", 0
        lines = self._cells[cell].count("\n") + 1
        return (cell, line) if 0 < line <= lines <= _MOST_LINES else ("", 0)

    def _close(self) -> None:
        if self._room is not None:
            self._room.close()
            self._room = None


def _function_attempt(room: AnswerRoom, name: str, signature: inspect.Signature | None) -> Callable[..., Any]:
    """Stands for a learner's function: a call goes into the room, and what happens there happens here."""

    def attempt(*arguments: Any) -> Any:
        result, changed = room.call(name, arguments)
        spoil(arguments, changed)
        return result

    attempt.__name__ = name
    if signature is not None:
        attempt.__signature__ = signature  # type: ignore[attr-defined]
    return attempt


def _bytes(source: str) -> np.ndarray:
    return np.frombuffer(source.encode(), np.uint8)
