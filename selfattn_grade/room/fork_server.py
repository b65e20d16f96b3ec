"""Runs inside the walls, before any learner's code: imports the libraries once, and forks a room for each submission.

The imports cost most of a submission's time, so they are paid once. What keeps one submission from the next is here:
each fork gets process ids, mounts, shared memory and disk of its own, gives up every right, and ends with all that it
started. Learners' code never runs in this process, and nothing of it can reach it: from inside a fork it has no number.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import signal
import socket
import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from selfattn_grade.room import runner
from selfattn_grade.room.system_calls import refuse_system_calls

__all__ = ["main"]

_PRELOADED = {
    "numpy": ("numpy", "numpy.linalg", "numpy.random", "numpy.testing"),
    # The first way back through a module would import the second, the first optimizer the third.
    "torch": ("selfattn_grade.room.lent", "torch.fx.experimental.symbolic_shapes", "torch._dynamo"),
}
_NEW_MOUNTS, _NEW_IPC, _NEW_PROCESSES = 0x0002_0000, 0x0800_0000, 0x2000_0000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _RECURSIVE, _PRIVATE = 1, 2, 4, 0x4000, 0x4_0000
_SET_DUMPABLE = 4
_MAX_MESSAGE = 64 * 2**10
_CAPABILITIES_3 = 0x2008_0522
_FILES = 10_000  # in each place that may be written to

_KEPT = 200  # above all file descriptors in use: there some wait for their places
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Serve until the other end of the socket is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    for library in sys.argv[2].split(","):
        for name in _PRELOADED[library]:
            importlib.import_module(name)
    if "torch" in sys.argv[2].split(","):
        importlib.import_module("selfattn_grade.room.refused_attention").refuse_attention()
    watch, conditions = (_module_of(path) for path in sys.argv[3:5])
    gc.collect()
    gc.freeze()
    known = {"watch": watch.watch_calls, "conditions": conditions, "data": _bytes_of_data()}
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what ends leaves nothing behind
    control.send(b"{}")
    while True:
        message, files, _, _ = socket.recv_fds(control, _MAX_MESSAGE, 2)
        if not message:
            return
        if not files:
            control.send(b"{}")  # still here
        elif os.fork() == 0:
            _start(json.loads(message) | known, files, control)
        for file in files:
            os.close(file)


def _bytes_of_data() -> int:
    """What RLIMIT_DATA counts of this process: the libraries' part, which no answer has asked for."""
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[5]) * resource.getpagesize()


def _module_of(path: str) -> Any:
    """A module that is in no package here."""
    about = spec_from_file_location(os.path.basename(path).removesuffix(".py"), path)
    if about is None or about.loader is None:
        raise ImportError(f"path must be a Python file, got {path}")
    module = module_from_spec(about)
    about.loader.exec_module(module)
    return module


def _start(settings: dict[str, Any], files: list[int], control: socket.socket) -> None:
    """In a fork: fork a room that serves these two pipes, and tell when all its walls stand. Never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        told, tell = os.pipe()
        if settings["closed"]:
            _check(_libc.unshare(_NEW_PROCESSES), "process ids of its own")  # of what is forked from here on
        process = os.fork()
        if process == 0:
            _room(settings, files, tell)
        os.close(tell)
        handle = os.pidfd_open(process)
        with open(told, "rb") as stream:
            said = stream.read(500)
        if said != b"ok":
            raise OSError(said.decode("utf-8", "replace") or "it ended")
        socket.send_fds(control, [b"{}"], [handle])
    except BaseException as error:  # noqa: BLE001 — whatever it is, this process must not go on as the server
        control.send(json.dumps({"error": str(error)[:500]}).encode())
    finally:
        os._exit(0)


def _room(settings: dict[str, Any], files: list[int], tell: int) -> None:
    """In the fork: build the walls, run the learner's code in a process below, and end with it. Never returns."""
    try:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for place, file in enumerate((nowhere, nowhere, nowhere, *files, tell)):
            os.dup2(file, _KEPT + place, inheritable=False)
        for place in range(len(files) + 4):
            os.dup2(_KEPT + place, place, inheritable=place < 3)
        os.closerange(len(files) + 4, 2**16)
        del os.environ["PYTHONHASHSEED"]
        if settings["closed"]:
            _separate(settings["disk"])
        _give_up(settings)
        below = os.fork()
        if below == 0:
            _libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)  # its own /proc/self is its own
            os.write(5, b"ok")
            os.close(5)
            runner.main(3, 4, settings["watch"], settings["conditions"], torch="torch" in settings["libraries"])
            os._exit(0)
        os.closerange(3, 6)
        while os.wait()[0] != below:  # the first process of a room inherits what its parents left
            pass
    except BaseException as error:  # noqa: BLE001 — whatever it is, this process must not go on as the server
        with contextlib.suppress(OSError):
            os.write(5, f"{type(error).__name__}: {error}"[:400].encode())
    finally:
        os._exit(0)


def _separate(disk: int) -> None:
    """Mounts and shared memory of its own: what a submission writes is seen by no other."""
    _check(_libc.unshare(_NEW_MOUNTS | _NEW_IPC), "mounts of its own")
    _check(_libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None), "mounts apart")
    quota = f"mode=1777,size={disk // 2},nr_inodes={_FILES}".encode()
    for place in (b"/tmp", b"/dev/shm"):
        _check(_libc.mount(b"tmpfs", place, b"tmpfs", _NO_SUID | _NO_DEVICES, quota), f"a disk at {place.decode()}")
    if _libc.mount(b"proc", b"/proc", b"proc", _NO_SUID | _NO_DEVICES, None):  # not every system lets a user do that
        nothing = _libc.mount(b"tmpfs", b"/proc", b"tmpfs", _NO_SUID | _NO_DEVICES | _READ_ONLY, b"mode=0555")
        _check(nothing, "a /proc of its own, or none")
    os.chdir("/tmp")


def _give_up(settings: dict[str, Any]) -> None:
    """Limits, another user, and no right that a process can be given."""
    limits = settings["limits"]
    for name, value in {**limits, "data": limits["data"] + settings["data"]}.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (value, value))
    if settings["user"] is not None:
        os.setgroups([])
        os.setresgid(*[settings["user"]] * 3)
        os.setresuid(*[settings["user"]] * 3)
    if settings["closed"]:
        header = array.array("I", [_CAPABILITIES_3, 0]).tobytes()
        _check(_libc.capset(header, bytes(24)), "no capabilities")
        _check(_libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0), "not to be looked into")
        refuse_system_calls()


def _check(result: int, wanted: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"a room needs {wanted}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
