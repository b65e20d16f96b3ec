"""A room with one process in it, as seen from outside: requests go in, replies come out or the process is ended."""

from __future__ import annotations

import contextlib
import os
import select
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from selfattn_grade.bubblewrap import Limits, SandboxUnavailable
from selfattn_grade.room.wire import WireError, decode, encode, sizes
from selfattn_grade.zygote import Forked, zygote

__all__ = ["ProcessRoom", "RoomEnded", "RoomLost", "RoomTimedOut"]

_PREFIX = 8
_WATCH_SECONDS = 0.2  # between two looks at the memory of the room
_TEXT = 300  # characters of an error that the room is told
_CALLS_BACK = 100_000  # of functions that a request gives to the room
_PAGE = os.sysconf("SC_PAGE_SIZE")


class RoomTimedOut(Exception):  # noqa: N818 — a state, not a fault
    """No reply within the time that was given."""


class RoomEnded(Exception):  # noqa: N818 — a state, not a fault
    """The process ended, used too much memory, or said something that is not a reply; the message says which."""


class RoomLost(Exception):  # noqa: N818 — a state, not a fault
    """The process that forks rooms ended, or there is none: nobody's answer did that."""


class ProcessRoom:
    """Learners' code in a process of its own, inside bubblewrap unless `sandboxed` is false.

    Any exception of `ask` leaves the room closed. Nothing that runs in it outlives `close`.

    Raises:
        RoomLost: no room can be made.
    """

    def __init__(self, libraries: Sequence[str], limits: Limits, *, sandboxed: bool = True) -> None:
        self._limits = limits
        self._number = 0
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
                    return reply
                message = encode({**_called_back(functions, reply), "number": self._number})
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
            if ready or willing:
                return
            if resident_memory(self._open.process) > self._limits.memory:
                raise RoomEnded("it used too much memory")

    def close(self) -> None:
        """End everything that runs in the room."""
        if self._room is not None:
            self._room.end()
            self._room = None

    def __enter__(self) -> ProcessRoom:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _called_back(functions: Sequence[Callable[..., Any]], reply: dict[str, Any]) -> dict[str, Any]:
    """What a function that was given to the room returns for arguments from the room."""
    place, arguments = reply["wanted"], reply.get("arguments")
    if type(place) is not int or not 0 <= place < len(functions) or not isinstance(arguments, list):
        raise RoomEnded("it asks for something that it was not given")
    try:
        return {"result": functions[place](*arguments)}
    except Exception as error:  # noqa: BLE001 — the arguments may be anything
        return {"error": type(error).__name__, "text": _words_of_the_course(error)}


def _words_of_the_course(error: Exception) -> str:
    """What a model or tokenizer of the probes says of wrong arguments; of any other error the room learns no word."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = bool(frames) and str(frames[-1].f_globals.get("__name__")).startswith("selfattn_check.exercises.")
    return str(error)[:_TEXT] if ours else ""


def resident_memory(process: int) -> int:
    """Bytes in memory of all that a process started, directly or not; what has ended counts nothing."""
    total, waiting = 0, [process]
    while waiting:
        number = waiting.pop()
        folder = Path(f"/proc/{number}")
        with contextlib.suppress(OSError, ValueError, IndexError):
            if number != process:
                total += int((folder / "statm").read_text().split()[1]) * _PAGE
            for thread in (folder / "task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
    return total
