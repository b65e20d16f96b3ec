"""A room with one process in it, as seen from outside: requests go in, replies come out or the process is ended."""

from __future__ import annotations

import os
import select
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from selfattn_grade.bubblewrap import Limits, SandboxUnavailable
from selfattn_grade.room.wire import WireError, decode, encode, sizes
from selfattn_grade.room_memory import memory_used, most_memory
from selfattn_grade.zygote import Forked, zygote

__all__ = ["ProcessRoom", "RoomEnded", "RoomLost", "RoomTimedOut"]

_TOO_MUCH = "it used too much memory"
_PREFIX = 8
_WATCH_SECONDS = 0.2  # between two looks at the memory of the room, while it works
_REPLY_SECONDS = 0.01  # and when it replies: in less it cannot fill much, and most replies take less
_TEXT = 300  # characters of an error that the room is told
_CALLS_BACK = 100_000  # of functions that a request gives to the room


class RoomTimedOut(Exception):  # noqa: N818 — a state, not a fault
    """No reply within the time that was given."""


class RoomEnded(Exception):  # noqa: N818 — a state, not a fault
    """The process ended, used too much memory, or said something that is not a reply; the message says which."""


class RoomLost(Exception):  # noqa: N818 — a state, not a fault
    """The process that forks rooms ended, or there is none: nobody's answer did that."""


class ProcessRoom:
    """Learners' code in a process of its own, inside bubblewrap unless `sandboxed` is false.

    Any exception of `ask` leaves the room closed, but that of a request that cannot be sent. Nothing that runs in it
    outlives `close`.

    Raises:
        RoomLost: no room can be made.
    """

    def __init__(self, libraries: Sequence[str], limits: Limits, *, sandboxed: bool = True) -> None:
        self._limits = limits
        self._number = 0
        self._looked = 0.0
        try:
            self._zygote = zygote(libraries, sandboxed=sandboxed)
            self._room: Forked | None = self._zygote.fork(limits)
        except SandboxUnavailable as error:
            raise RoomLost(str(error)) from error

    @property
    def _open(self) -> Forked:
        if self._room is None:
            raise RoomEnded("it is closed")
        return self._room

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """One request and its reply.

        Args:
            request: what `room.runner` understands.
            seconds: time limit.

        Raises:
            WireError: the request cannot be sent.
            RoomTimedOut: no reply in time.
            RoomEnded: no reply will come.
            RoomLost: none will come, and the room is not to blame.
        """
        deadline = time.monotonic() + seconds
        self._number += 1
        functions: list[Callable[..., Any]] = []
        message = encode({**request, "number": self._number}, functions=functions)
        try:
            if select.select([self._open.replies], [], [], 0)[0]:
                raise RoomEnded("it ended, or replied before it was asked")
            for _ in range(_CALLS_BACK):
                self._write(message, deadline)
                prefix = self._read(_PREFIX, deadline)
                reply = decode(prefix + self._read(sum(sizes(prefix)), deadline))
                if not isinstance(reply, dict) or reply.get("number") != self._number:
                    raise RoomEnded("its reply is not the one that was asked for")
                if "wanted" not in reply:
                    self._watch_memory(every=_REPLY_SECONDS)
                    if _without_memory(reply) and 2 * most_memory(self._open.process) > self._limits.memory:
                        raise RoomEnded(_TOO_MUCH)  # whoever saw it first, the kernel or we
                    return reply
                message = self._called_back(functions, reply)
            raise RoomTimedOut
        except WireError as error:
            self.close()
            raise RoomEnded(f"its reply cannot be read: {error}") from error
        except RoomEnded:
            self.close()
            if not self._zygote.alive:
                raise RoomLost("the process that makes rooms ended") from None
            raise
        except BaseException:
            self.close()
            raise

    def _write(self, message: bytes, deadline: float) -> None:
        left = memoryview(message)
        while left:
            self._wait([], [self._open.requests], deadline)
            try:
                left = left[os.write(self._open.requests, left) :]
            except BrokenPipeError as error:
                raise RoomEnded("it ended") from error

    def _read(self, count: int, deadline: float) -> bytes:
        parts = []
        while count:
            self._wait([self._open.replies], [], deadline)
            part = os.read(self._open.replies, min(count, 2**20))
            if not part:
                raise RoomEnded("it ended")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _wait(self, readable: list[int], writable: list[int], deadline: float) -> None:
        """Until a pipe is ready; on the way the memory of the room is watched."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise RoomTimedOut
            ready, willing, _ = select.select(readable, writable, [], min(left, _WATCH_SECONDS))
            self._watch_memory(every=_WATCH_SECONDS)  # a room that always has something to say, too
            if ready or willing:
                return

    def _watch_memory(self, *, every: float) -> None:
        if time.monotonic() - self._looked < every:
            return
        if memory_used(self._open.process) > self._limits.memory:
            raise RoomEnded(_TOO_MUCH)
        self._looked = time.monotonic()

    def _called_back(self, functions: Sequence[Callable[..., Any]], reply: dict[str, Any]) -> bytes:
        """What a function that was given to the room returns for arguments from the room, as a message."""
        place, arguments = reply["wanted"], reply.get("arguments")
        if type(place) is not int or not 0 <= place < len(functions) or not isinstance(arguments, list):
            raise RoomEnded("it asks for something that it was not given")
        try:
            return encode({"result": functions[place](*arguments), "number": self._number})
        except Exception as error:  # noqa: BLE001 — the arguments may be anything, and what comes of them too large
            text = _words_of_the_course(error)
            return encode({"error": type(error).__name__, "text": text, "number": self._number})

    def close(self) -> None:
        """End everything that runs in the room."""
        if self._room is not None:
            self._room.end()
            self._room = None


def _without_memory(reply: dict[str, Any]) -> bool:
    error = reply.get("error")
    return isinstance(error, dict) and error.get("kind") == "MemoryError"


def _words_of_the_course(error: Exception) -> str:
    """What a model or tokenizer of the probes says of wrong arguments; of any other error the room learns no word."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = bool(frames) and str(frames[-1].f_globals.get("__name__")).startswith("selfattn_check.exercises.")
    return str(error)[:_TEXT] if ours else ""
