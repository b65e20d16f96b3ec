"""A room with one process in it, as seen from outside: requests go in, replies come out or the process is ended."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from selfattn_grade.bubblewrap import Limits, room_command
from selfattn_grade.room.wire import WireError, decode, encode, sizes

__all__ = ["ProcessRoom", "RoomEnded", "RoomTimedOut"]

_PREFIX = 8
_WATCH_SECONDS = 0.2  # between two looks at the memory of the room
_CALLS_BACK = 100_000  # of functions that a request gives to the room
_PAGE = os.sysconf("SC_PAGE_SIZE")


class RoomTimedOut(Exception):  # noqa: N818 — a state, not a fault
    """No reply within the time that was given."""


class RoomEnded(Exception):  # noqa: N818 — a state, not a fault
    """The process ended, used too much memory, or said something that is not a reply; the message says which."""


class ProcessRoom:
    """Learners' code in a process of its own, inside bubblewrap unless `sandboxed` is false.

    Any exception of `ask` leaves the room closed. Nothing that runs in it outlives `close`.
    """

    def __init__(self, libraries: Sequence[str], limits: Limits, *, sandboxed: bool = True) -> None:
        command, environment = room_command(libraries, limits, sandboxed=sandboxed)
        self._limits = limits
        self._number = 0
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
        for pipe in (self._requests, self._replies):
            os.set_blocking(pipe.fileno(), False)

    @property
    def _requests(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _replies(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """One request and its reply.

        Args:
            request: what `room.runner` understands.
            seconds: time limit.

        Raises:
            RoomTimedOut: no reply in time.
            RoomEnded: no reply will come.
        """
        deadline = time.monotonic() + seconds
        self._number += 1
        functions: list[Callable[..., Any]] = []
        message = encode({**request, "number": self._number}, functions=functions)
        try:
            if select.select([self._replies], [], [], 0)[0]:
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
        except BaseException:
            self.close()
            raise

    def _write(self, message: bytes, deadline: float) -> None:
        left = memoryview(message)
        while left:
            self._wait([], [self._requests], deadline)
            try:
                left = left[self._requests.write(left) or 0 :]
            except BrokenPipeError as error:
                raise RoomEnded("it ended") from error

    def _read(self, count: int, deadline: float) -> bytes:
        parts = []
        while count:
            self._wait([self._replies], [], deadline)
            part = self._replies.read(min(count, 2**20))
            if part == b"":
                raise RoomEnded("it ended")
            parts.append(part or b"")
            count -= len(parts[-1])
        return b"".join(parts)

    def _wait(self, readable: list[IO[bytes]], writable: list[IO[bytes]], deadline: float) -> None:
        """Until a pipe is ready; on the way the memory of the room is watched."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise RoomTimedOut
            ready, willing, _ = select.select(readable, writable, [], min(left, _WATCH_SECONDS))
            if ready or willing:
                return
            if resident_memory(self._process.pid) > self._limits.memory:
                raise RoomEnded("it used too much memory")

    def close(self) -> None:
        """End everything that runs in the room."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 9)  # bubblewrap; what it started dies with it
        self._process.wait()
        for pipe in (self._requests, self._replies):
            with contextlib.suppress(OSError):
                pipe.close()

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
        return {"error": type(error).__name__}


def resident_memory(process: int) -> int:
    """Bytes in memory of a process and of all that it started, directly or not; what has ended counts nothing."""
    total, waiting = 0, [process]
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}")
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += int((folder / "statm").read_text().split()[1]) * _PAGE
            for thread in (folder / "task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
    return total
