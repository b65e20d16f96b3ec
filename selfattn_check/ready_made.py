"""Sees which ready-made function an attempt calls, whatever name it was imported under."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType
from typing import Any

__all__ = ["tell", "watch_calls"]

_watching: list[list[str]] = []


def tell(name: str) -> None:
    """Tell the watch that is on of a call that it cannot see: one in another process."""
    if _watching and name not in _watching[-1]:
        _watching[-1].append(name)


@contextmanager
def watch_calls(forbidden: Sequence[str]) -> Iterator[list[str]]:
    """Collect the forbidden functions that are called in the block, by their dotted names, and those that are told.

    Args:
        forbidden: dotted names such as `scipy.special.softmax`; `selfattn_ref.*` stands for a whole package.

    Yields:
        A list that fills with the names of `forbidden` that were called, each once.
    """
    with _watch(forbidden) as seen:
        _watching.append(seen)
        try:
            yield seen
        finally:
            _watching.pop()


@contextmanager
def _watch(forbidden: Sequence[str]) -> Iterator[list[str]]:
    """What `watch_calls` sees itself.

    The interpreter's profiling hook reports the function object itself, so an alias, `getattr` or a wrapper does
    not hide it. It covers Python functions, and C functions that are called from Python code. torch's are C functions
    that C code may call, `functools.partial` or `map`: torch itself reports those.
    """
    if not forbidden:
        yield []
        return
    packages = tuple(name[:-1] for name in forbidden if name.endswith(".*"))
    roots = tuple(name[:-1] for name in packages)
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
            name, module = code.co_name, frame.f_globals.get("__name__")
            if type(module) is not str:  # an attempt may call itself anything
                module = ""
            if packages and module.startswith(roots) and f"{module}.".startswith(packages):
                if name != "<module>" and not _called_from(frame, packages):
                    note(f"{module.partition('.')[0]}.{name}")
                return
            if name in by_last_part:
                note_if_forbidden(name, module)
            if name in ("__init__", "forward"):  # a ready-made class is called by making or running one
                note_if_forbidden(code.co_qualname.rpartition(".")[0], module)
            elif name == "__call__" and module == "torch._ops":  # torch.ops.aten.softmax.int
                note_if_forbidden(_operator(frame.f_locals.get("self")), "torch")
        elif event == "c_call":
            if function is sys.setprofile and frame.f_globals is not globals():
                note("sys.setprofile")  # nothing that is called after it would be seen
            on_function(function)

    def on_function(function: Any) -> None:
        last_part = getattr(function, "__name__", "").removeprefix("special_")  # torch.special.softmax
        if last_part in by_last_part:
            note_if_forbidden(last_part, _home(function))

    about_torch = any(name.startswith("torch.") for name in forbidden)
    previous, in_threads = sys.getprofile(), threading.getprofile()
    with _torch_reports_to(on_function) if about_torch else nullcontext():
        threading.setprofile(on_event)
        sys.setprofile(on_event)
        try:
            yield seen
        finally:
            sys.setprofile(previous)
            threading.setprofile(in_threads)


def _torch_reports_to(on_function: Callable[[Any], None]) -> AbstractContextManager[Any]:
    """Let torch say which of its functions is called, however it is called; nothing while torch is not imported."""
    overrides = sys.modules.get("torch.overrides")
    if overrides is None:
        return nullcontext()

    class Reporting(overrides.TorchFunctionMode):  # type: ignore[name-defined]
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            on_function(function)
            return function(*args, **(kwargs or {}))

    return Reporting()


def _operator(called: Any) -> str:
    """Name of one of torch's operators without its variant: "softmax" for `aten::_softmax` and `aten::softmax.int`."""
    name = getattr(called, "_qualified_op_name", None) or getattr(called, "_name", "")
    return str(name).rpartition("::")[2].partition(".")[0].removeprefix("_")


def _called_from(frame: FrameType, packages: tuple[str, ...]) -> bool:
    """Whether one of the callers is in these packages: what a ready-made function calls itself is not reported."""
    caller = frame.f_back
    while caller is not None:
        if f"{caller.f_globals.get('__name__')}.".startswith(packages):
            return True
        caller = caller.f_back
    return False


def _home(function: Any) -> str:
    """Module of a C function, or of the object that it is a method of."""
    owner = getattr(function, "__objclass__", getattr(function, "__self__", None))
    if isinstance(owner, type):
        return owner.__module__
    return getattr(function, "__module__", None) or type(owner).__module__


def _same_home(module: str, name: str) -> bool:
    """Whether a function found in `module` is the library's `name`, which may live in a submodule of it."""
    return module.partition(".")[0] == name.partition(".")[0]
