"""The process that forks a room for each submission, as seen from outside; one for each set of libraries."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfattn_grade.bubblewrap import Limits, SandboxUnavailable, server_command

__all__ = ["Forked", "Zygote", "require_sandbox", "zygote"]

_USER = 0x4000_0000  # first of the user ids that rooms take; nobody's
_MAX_MESSAGE = 64 * 2**10
_SECONDS = 60.0  # for one reply
_numbers = itertools.count()
# What is in the sandbox dies with the thread that started it; this one lives as long as the process.
_starter = ThreadPoolExecutor(1, thread_name_prefix="zygote")


@dataclass(frozen=True)
class Forked:
    """A room that has just begun.

    Attributes:
        handle: of its first process (a pidfd); when that ends, so does everything in the room.
        requests: pipe to write to; replies: pipe to read from.
        alone: whether the end of the first process is the end of all; False without a sandbox.
    """

    handle: int
    requests: int
    replies: int
    alone: bool

    @property
    def process(self) -> int:
        """Number of its first process; -1 if that has ended."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/self/fdinfo/{self.handle}").read_text().splitlines():
                if line.startswith("Pid:"):
                    return int(line.split()[1])
        return -1

    def end(self) -> None:
        """End everything in the room, and wait until it has."""
        process = self.process
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if not self.alone and process > 0:
                os.killpg(process, signal.SIGKILL)
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        select.select([self.handle], [], [])
        for each in (self.handle, self.requests, self.replies):
            os.close(each)


class Zygote:
    """Inside bubblewrap unless `sandboxed` is false, it waits with the libraries imported, and forks.

    Raises:
        SandboxUnavailable: it does not start; the message says why.
    """

    def __init__(self, libraries: Sequence[str], *, sandboxed: bool) -> None:
        self._libraries = list(libraries)
        self._sandboxed = sandboxed
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(_SECONDS)
        with theirs:
            try:
                command, environment = server_command(libraries, theirs.fileno(), sandboxed=sandboxed)
            except SandboxUnavailable:
                self._control.close()
                raise
            self._server = _starter.submit(
                subprocess.Popen,
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment,
                cwd="/",
                start_new_session=True,
                pass_fds=[theirs.fileno()],
            ).result()
        try:
            self._reply()
        except SandboxUnavailable as error:
            self._server.kill()
            said = self._server.communicate()[1].decode("utf-8", "replace").strip()
            self.close()
            raise SandboxUnavailable(said[-300:] or str(error)) from None

    @property
    def alive(self) -> bool:
        """Whether it answers."""
        try:
            with self._lock:
                self._control.send(b"{}")
                self._reply()
        except (OSError, SandboxUnavailable):
            return False
        return True

    def fork(self, limits: Limits) -> Forked:
        """A room for one submission.

        Raises:
            SandboxUnavailable: it cannot be closed in; the message says why.
        """
        alone = self._sandboxed and os.getuid() == 0  # root knows no limit on processes: a user for each room
        user = _USER + (os.getpid() << 8) + next(_numbers) % 256 if alone else None
        bounds = {"core": 0, "fsize": limits.disk, "nofile": 128, "as": limits.address_space, "data": limits.memory}
        if self._sandboxed:
            bounds["nproc"] = limits.processes
        settings = {"limits": bounds, "user": user, "disk": limits.disk, "closed": self._sandboxed}
        theirs_in, requests = os.pipe()
        replies, theirs_out = os.pipe()
        message = json.dumps(settings | {"libraries": self._libraries}).encode()
        try:
            with self._lock:
                socket.send_fds(self._control, [message], [theirs_in, theirs_out])
                handle = self._reply()
            if handle is None:
                raise SandboxUnavailable("it made no room")
        except (OSError, SandboxUnavailable) as error:
            for each in (requests, replies):
                os.close(each)
            raise SandboxUnavailable(str(error)) from error
        finally:
            for each in (theirs_in, theirs_out):
                os.close(each)
        for each in (requests, replies):
            os.set_blocking(each, False)
        return Forked(handle, requests, replies, self._sandboxed)

    def _reply(self) -> int | None:
        try:
            message, files, _, _ = socket.recv_fds(self._control, _MAX_MESSAGE, 1)
        except OSError as error:
            self._control.close()  # a reply that comes late would be taken for the next one
            raise SandboxUnavailable(f"it says nothing ({error})") from error
        if not message:
            raise SandboxUnavailable("it ended")
        said: dict[str, Any] = json.loads(message)
        if "error" in said:
            raise SandboxUnavailable(said["error"])
        return files[0] if files else None

    def close(self) -> None:
        """End it, and every room that it forked."""
        self._control.close()
        self._server.kill()
        self._server.wait()
        if self._server.stderr is not None:
            self._server.stderr.close()


_running: dict[tuple[Any, ...], Zygote] = {}
_starting = threading.Lock()


def zygote(libraries: Sequence[str], *, sandboxed: bool = True) -> Zygote:
    """This process's zygote with these libraries, started on first use and whenever it has ended."""
    key = os.getpid(), os.getuid(), tuple(libraries), sandboxed
    with _starting:
        if key not in _running or not _running[key].alive:
            if key in _running:
                _running.pop(key).close()
            _running[key] = Zygote(libraries, sandboxed=sandboxed)
        return _running[key]


@atexit.register
def _end() -> None:
    while _running:
        (process, *_), each = _running.popitem()
        if process == os.getpid():
            each.close()


def require_sandbox() -> None:
    """Make an empty room once.

    Raises:
        SandboxUnavailable: bubblewrap is missing or may not do its work; the message says what to do.
    """
    try:
        zygote(("numpy",)).fork(Limits()).end()
    except SandboxUnavailable as error:
        advice = "run with --unsafe only for submissions that you trust with your own rights"
        raise SandboxUnavailable(f"{error}; {advice}") from error
