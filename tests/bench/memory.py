"""How much memory a piece of work takes at its peak, seen from outside: by the pages the process holds.

tracemalloc sees NumPy's allocations and not PyTorch's; the process's resident memory holds both.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from pathlib import Path

PROCESS = Path("/proc/self")
CONTROL_GROUP = Path("/sys/fs/cgroup")

# glibc returns an array's pages when the array dies, and takes new ones for the next: nothing left over from the
# imports can hide an allocation. To be set before a process starts.
EXACT_ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}


def peak_bytes(work: Callable[[], object]) -> int:
    """Highest resident memory during the work, above that before it.

    For a fresh process that has made its inputs. Where the system
    cannot forget an earlier, higher peak, the number is too small.
    """
    forget_peak()
    before = highest_resident()
    work()
    return highest_resident() - before


def forget_peak() -> None:
    """Let the peak start again from what is resident now, where the system can (Linux)."""
    if (PROCESS / "clear_refs").exists():
        (PROCESS / "clear_refs").write_text("5", encoding="ascii")


def highest_resident() -> int:
    """Bytes of this process at its peak."""
    status = PROCESS / "status"
    if status.exists():  # not getrusage: under Linux a child's maximum starts with that of the process it came from
        return 1024 * _field(status.read_text(encoding="ascii"), "VmHWM:")
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest if sys.platform == "darwin" else 1024 * highest


def free_bytes(system: Path = Path("/proc/meminfo"), group: Path = CONTROL_GROUP) -> int | None:
    """Memory that can still be had, by the machine and by the limit of the container; None where neither says."""
    known = []
    if system.exists():
        known.append(1024 * _field(system.read_text(encoding="ascii"), "MemAvailable:"))
    if (group / "memory.max").exists() and (limit := (group / "memory.max").read_text().strip()) != "max":
        used = int((group / "memory.current").read_text())
        idle = _field((group / "memory.stat").read_text(), "inactive_file ")  # pages of files, given up when needed
        known.append(int(limit) - used + idle)
    return min(known, default=None)


def _field(text: str, name: str) -> int:
    """The number behind a name at the start of a line."""
    return next(int(line.removeprefix(name).split()[0]) for line in text.splitlines() if line.startswith(name))
