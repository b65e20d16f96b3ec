"""The walls of the room: a bubblewrap command that shows NumPy, the runner and a read-only system, and nothing else."""

from __future__ import annotations

import os
import shutil
import site
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from selfattn_check import ready_made, torch_conditions
from selfattn_grade import room
from selfattn_grade.libraries import library_files

__all__ = ["Limits", "SandboxUnavailable", "server_command"]

_ROOM = Path(room.__file__).parent
_INSIDE = "/course"  # where the runner and the libraries lie in the room
# The files of the checks in the room: what sees the use of ready-made functions, and how answers meet PyTorch.
_CHECKS = tuple(Path(str(each.__file__)) for each in (ready_made, torch_conditions))
_MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What learners' code may use; sizes in bytes.

    Attributes:
        call_seconds: for one call of an answer, and for loading one cell.
        submission_seconds: for one submission altogether; then what is left of it fails.
        start_seconds: until the room answers for the first time.
        address_space: of one process.
        memory: resident, of all processes of the room together; and what each of them may ask for in addition to
            the libraries.
        processes: of a room, threads included.
        disk: of /tmp and /dev/shm in the room together, half of it for each; both are memory.
    """

    call_seconds: float = 5.0
    submission_seconds: float = 120.0
    start_seconds: float = 60.0
    address_space: int = 6 * 1024 * _MIB
    memory: int = 1536 * _MIB
    processes: int = 24
    disk: int = 32 * _MIB


class SandboxUnavailable(RuntimeError):  # noqa: N818 — says what is the case
    """Learners' code cannot be shut in here; the message says why and what to do."""


def server_command(libraries: Sequence[str], control: int, *, sandboxed: bool) -> tuple[list[str], dict[str, str]]:
    """The command that starts the process that forks rooms, and its environment.

    Args:
        libraries: distributions that answers may import.
        control: file descriptor of its socket.
        sandboxed: False runs it with the rights of this process, in no room at all.

    Raises:
        SandboxUnavailable: there is no bubblewrap.
    """
    environment = {
        "LANG": "C.UTF-8",
        "HOME": "/tmp",
        "PYTHONIOENCODING": "utf-8:backslashreplace",  # half of a surrogate pair may be printed
        "PYTHONHASHSEED": "0",  # sets have the same order each time
        "PATH": "/usr/bin:/bin",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    server = ["-B", "-s", "-m", f"{_ROOM.parent.name}.{_ROOM.name}.fork_server", str(control), ",".join(libraries)]
    if not sandboxed:
        return [sys.executable, *server, *map(str, _CHECKS)], environment | {"PYTHONPATH": str(_ROOM.parents[1])}
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        raise SandboxUnavailable("the sandbox needs bubblewrap on Linux (apt install bubblewrap)")
    variables = environment | {"PYTHONPATH": f"{_INSIDE}:{_INSIDE}/site"}
    inside = [word for name, value in variables.items() for word in ("--setenv", name, value)]
    return [
        *_walls(),
        *inside,
        *_shown(tuple(libraries)),
        *_closed(),
        "--",
        _python(),
        "-S",
        *server,
        *(f"{_INSIDE}/{each.name}" for each in _CHECKS),
    ], {"PATH": os.environ.get("PATH", os.defpath)}


def _walls() -> list[str]:
    """No network, no other processes, nobody's files; a read-only system.

    The right to administer the system (this one, inside the walls) is for forking rooms within; they give it up.
    """
    private = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.getuid() == 0:
        rights = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        rights = ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    rights += ["--cap-add", "CAP_SYS_ADMIN"]
    system = [
        "--perms",
        "0755",
        "--dir",
        "/usr",
        "--ro-bind",
        "/usr/lib",
        "/usr/lib",
        "--ro-bind-try",
        "/usr/lib64",
        "/usr/lib64",
    ]
    for name in ("lib", "lib64"):
        if Path("/", name).is_symlink():
            system += ["--symlink", os.readlink(f"/{name}"), f"/{name}"]
        else:
            system += ["--ro-bind-try", f"/{name}", f"/{name}"]
    disk = ["--perms", "1777", "--size", str(_MIB), "--tmpfs"]  # each room mounts its own over it
    return [
        *("bwrap", *private, *rights, "--die-with-parent", "--new-session", "--hostname", "room", "--clearenv"),
        *(*system, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *_python_files(),
        *("--proc", "/proc", "--dev", "/dev", *disk, "/dev/shm", *disk, "/tmp", "--chdir", "/tmp"),
    ]


def _python() -> str:
    return str(Path(sys.executable).resolve())


def _python_files() -> Iterator[str]:
    """The interpreter and its standard library, with nothing that is installed beside them."""
    base = Path(sys.base_prefix).resolve()
    if base != Path("/usr"):
        yield from (*_folders(base), "--ro-bind", str(base), str(base))
    else:
        yield from (*_folders(Path(_python())), "--ro-bind", _python(), _python())
    installed = {*site.getsitepackages([str(base)]), "/usr/lib/python3/dist-packages"}
    for folder in sorted(installed):
        shown = Path(folder).is_relative_to(base) or Path(folder).is_relative_to("/usr/lib")
        if shown and Path(folder).is_dir():
            yield from ("--tmpfs", folder)


def _folders(path: Path) -> Iterator[str]:
    """Folders on the way to a path; bubblewrap would make them for its own user alone."""
    for folder in reversed(path.parents[:-1]):
        if str(folder) not in ("/usr", "/usr/lib"):
            yield from ("--perms", "0755", "--dir", str(folder))


@cache
def _shown(libraries: tuple[str, ...]) -> tuple[str, ...]:
    package = f"{_INSIDE}/{_ROOM.parent.name}/{_ROOM.name}"
    made = ["--perms", "0755", "--dir", _INSIDE, "--perms", "0755", "--dir", os.path.dirname(package)]
    for path in _CHECKS:
        made += ["--ro-bind", str(path), f"{_INSIDE}/{path.name}"]
    made += [
        "--ro-bind",
        str(_ROOM),
        package,
        "--perms",
        "0755",
        "--dir",
        f"{_INSIDE}/site",
    ]
    for path in library_files(libraries):
        made += ["--ro-bind", str(path), f"{_INSIDE}/site/{path.name}"]
    return tuple(made)


def _closed() -> tuple[str, ...]:
    """What bubblewrap made to hang everything else on is memory without a quota: nobody writes there."""
    return ("--remount-ro", "/dev", "--remount-ro", "/")
