"""A time limit for code that may never return, inside the learner's own session."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

__all__ = ["TimedOut", "time_limit"]

_REPEAT_SECONDS = 0.05
_IMPORT_SECONDS = 60.0

TraceFunction = Callable[[FrameType, str, object], Any]


class TimedOut(BaseException):
    """The time limit has passed. Not an `Exception`, so that a learner's `except Exception` does not swallow it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimedOut` in the block once `seconds` have passed, again and again until the block is left.

    A watchdog thread interrupts the main thread, so a sleep or a lock is interrupted too and code that catches
    the interrupt is interrupted again. Python delivers interrupts to the main thread only: in another thread
    the block runs without a limit, and whoever started that thread has to limit it.

    Imports do not count, up to a minute: a package that is interrupted while it is imported, PyTorch above all, stays
    half there, and the session dies of it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    outside = sys._getframe(2)  # of the code that has the block; 1 is the context manager's __enter__
    deadline = time.monotonic() + seconds
    last_import = deadline + _IMPORT_SECONDS
    left = threading.Event()
    asked = threading.Event()  # the watchdog's interrupt is under way; any other is the person's
    previous = signal.getsignal(signal.SIGINT)

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal deadline
        if left.is_set():
            return  # an interrupt that was under way when the block ended
        if not asked.is_set():
            if callable(previous):  # the person pressed stop
                previous(number, frame)
            return
        asked.clear()
        now = time.monotonic()
        if now < last_import and _importing(frame, outside):
            deadline = now + seconds
            return
        _raise_on_every_line(frame, outside)
        raise TimedOut

    def watch() -> None:
        while not left.wait(max(deadline - time.monotonic(), _REPEAT_SECONDS)):
            if time.monotonic() >= deadline and not asked.is_set():
                asked.set()
                _interrupt_main_thread()

    traced = sys.gettrace()
    watcher = threading.Thread(target=watch, name="selfattn-check-watchdog", daemon=True)
    signal.signal(signal.SIGINT, on_interrupt)
    watcher.start()
    try:
        yield
    finally:
        while not left.is_set():
            with suppress(TimedOut):  # the block has ended: an interrupt that comes this late changes nothing
                left.set()
        sys.settrace(traced)
        watcher.join()
        signal.signal(signal.SIGINT, previous)


def _importing(frame: FrameType | None, outside: FrameType) -> bool:
    """Whether an import is under way between this frame and `outside`."""
    while frame is not None and frame is not outside:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _raise_on_every_line(frame: FrameType | None, outside: FrameType) -> None:
    """Let the next line that runs in this frame or in its callers, up to `outside`, raise as well.

    A loop that catches everything around a long sleep is always interrupted inside its `try`; the next line, in
    the handler, is outside of it.
    """

    def raise_again(frame: FrameType, event: str, argument: object) -> TraceFunction:
        if event == "line":
            raise TimedOut
        return raise_again

    inside = []
    while frame is not None and frame is not outside:
        inside.append(frame)
        frame = frame.f_back
    if inside and inside[-1].f_code.co_name == "__exit__":
        return  # the block is being left

    sys.settrace(lambda frame, event, argument: None)  # new frames run untraced
    for running in inside:
        running.f_trace = raise_again


def _interrupt_main_thread() -> None:
    if hasattr(signal, "pthread_kill"):  # a real signal: it wakes a sleep as well
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        import _thread  # noqa: PLC0415 — Windows only

        _thread.interrupt_main(signal.SIGINT)
