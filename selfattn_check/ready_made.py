"""Sees which ready-made function an attempt calls, whatever name it was imported under."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["watch_calls"]


@contextmanager
def watch_calls(forbidden: Sequence[str]) -> Iterator[list[str]]:
    """Collect the forbidden functions that are called in the block, by their dotted names.

    The interpreter's profiling hook reports the function object itself, so an alias, `getattr` or a
    wrapper does not hide it. It covers Python and C functions of the current thread.

    Args:
        forbidden: dotted names such as `scipy.special.softmax`; `selfattn_ref.*` stands for a whole package.

    Yields:
        A list that fills with the names of `forbidden` that were called, each once.
    """
    if not forbidden:
        yield []
        return
    packages = tuple(name[:-1] for name in forbidden if name.endswith(".*"))
    by_last_part: dict[str, list[str]] = {}
    for name in forbidden:
        by_last_part.setdefault(name.rpartition(".")[2], []).append(name)
    seen: list[str] = []

    def note(name: str) -> None:
        if name not in seen:
            seen.append(name)

    def note_if_forbidden(last_part: str, module: str) -> None:
        for name in by_last_part.get(last_part, ()):
            if _same_home(module, name):
                note(name)

    def on_event(frame: FrameType, event: str, function: Any) -> None:
        if event == "call":
            code = frame.f_code
            module = frame.f_globals.get("__name__") or ""
            if packages and f"{module}.".startswith(packages) and code.co_name != "<module>":
                caller = frame.f_back.f_globals.get("__name__") if frame.f_back else None
                if not f"{caller}.".startswith(packages):  # the function that was called, not all that it calls
                    note(f"{module.partition('.')[0]}.{code.co_name}")
            elif code.co_name in by_last_part:
                note_if_forbidden(code.co_name, module)
        elif event == "c_call" and getattr(function, "__name__", None) in by_last_part:
            note_if_forbidden(function.__name__, _home(function))

    previous = sys.getprofile()
    sys.setprofile(on_event)
    try:
        yield seen
    finally:
        sys.setprofile(previous)


def _home(function: Any) -> str:
    """Module of a C function, or of the object that it is a method of."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, type):
        return owner.__module__
    return getattr(function, "__module__", None) or type(owner).__module__


def _same_home(module: str, name: str) -> bool:
    """Whether a function found in `module` is the library's `name`, which may live in a submodule of it."""
    return module.partition(".")[0] == name.partition(".")[0]
