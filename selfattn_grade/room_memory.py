"""What the processes of a room use of memory, as seen from outside."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["memory_used", "most_memory"]

_PAGE = os.sysconf("SC_PAGE_SIZE")


def memory_used(first: int) -> int:
    """Bytes in memory of all that a process started, directly or not; what has ended counts nothing.

    The first process of a room does nothing but wait. What it has, the libraries, the others have from it.
    """
    libraries = _own(Path(f"/proc/{first}"))
    return sum(max(0, _own(each) - libraries) for each in _started(first))


def most_memory(first: int) -> int:
    """Bytes that any one of them had in memory at its worst."""
    libraries = _peak(Path(f"/proc/{first}"))
    return max((_peak(each) - libraries for each in _started(first)), default=0)


def _own(process: Path) -> int:
    """Without files, such as a library's code; nothing else can be shared in a room."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        _, resident, shared, *_ = map(int, (process / "statm").read_text().split())
        return (resident - shared) * _PAGE
    return 0


def _peak(process: Path) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in (process / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _started(first: int) -> Iterator[Path]:
    waiting = [first]
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}")
        with contextlib.suppress(OSError, ValueError):
            for thread in (folder / "task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        if folder.name != str(first):
            yield folder
