"""One call of a function on one probe: what came back, and everything else that happened."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Literal

import numpy as np

from selfattn_check.probe import Probe
from selfattn_check.ready_made import watch_calls
from selfattn_check.tensors import as_array, is_tensor
from selfattn_check.torch_conditions import usual_settings
from selfattn_check.watchdog import TimedOut, time_limit

__all__ = ["Call", "call", "identical", "plainly"]

Ending = Literal["returned", "raised", "exited", "timed-out"]
_THIS_PACKAGE = os.path.dirname(__file__) + os.sep
_OUTPUT_LIMIT = 2_000  # characters that are kept of what an attempt prints


@dataclass(frozen=True)
class Call:
    """What happened when a function was called on a probe's arguments.

    Attributes:
        probe: the probe.
        ending: how the call ended.
        value: what it returned, if it returned.
        error: the exception, if one came out; `SystemExit` for a call that exits.
        error_line: the last line of the attempt's own code on the way to the exception, "line 3: q @ k".
        mutated: names of arguments that the call changed, or tried to change although they are read-only.
        ready_made: dotted names of forbidden functions that it called.
        printed: what it wrote to standard output and standard error, cut at 2,000 characters.
        warned: texts of the warnings it caused.
        seconds: how long it took.
    """

    probe: Probe
    ending: Ending
    value: Any = None
    error: BaseException | None = None
    error_line: str = ""
    mutated: tuple[str, ...] = ()
    ready_made: tuple[str, ...] = ()
    printed: str = ""
    warned: tuple[str, ...] = ()
    seconds: float = 0.0


def plainly(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a function with the arguments, in their order: how a function is tried."""
    return function(*arguments.values())


def call(
    function: Callable[..., Any],
    probe: Probe,
    *,
    seed: int = 0,
    forbidden: Sequence[str] = (),
    seconds: float = 5.0,
    run: Callable[..., Any] = plainly,
) -> Call:
    """Try `function` on freshly drawn arguments of `probe` and record what happens.

    Nothing that the function does comes out of here, except the stop button (`KeyboardInterrupt`).

    Args:
        function: the attempt, the reference, or a replayed mistake.
        probe: where the arguments come from.
        seed: of the draw.
        forbidden: ready-made functions to watch for.
        seconds: time limit.
        run: how it is tried: `run(function, arguments)`.
    """
    arguments = probe.draw(seed)
    untouched = probe.draw(seed)
    output = _Head(_OUTPUT_LIMIT)
    value: Any = None
    error: BaseException | None = None
    ending: Ending = "returned"
    started = time.perf_counter()
    with (
        warnings.catch_warnings(record=True) as warned,
        np.errstate(),  # gives back what the function sets by np.seterr
        usual_settings(),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
        exit_raises(function),
        watch_calls(forbidden) as ready_made,
    ):
        warnings.simplefilter("always")
        try:
            with time_limit(seconds):
                value, error = next(_apart(run, function, arguments))
            ending = "raised" if error else "returned"
        except TimedOut:
            ending = "timed-out"
        except SystemExit as exception:
            error, ending = exception, "exited"
        except KeyboardInterrupt:
            raise
        except BaseException as exception:  # noqa: BLE001 — whatever the attempt raises is its result
            error, ending = exception, "raised"
    elapsed = time.perf_counter() - started

    mutated = [name for name, before in untouched.items() if not identical(before, arguments[name])]
    if isinstance(error, ValueError) and "read-only" in str(error):
        mutated = [name for name, before in untouched.items() if _is_read_only(before)]
    return Call(
        probe=probe,
        ending=ending,
        value=value,
        error=error,
        error_line=_own_line(error) if error else "",
        mutated=tuple(mutated),
        ready_made=tuple(ready_made),
        printed=output.getvalue(),
        warned=tuple(str(warning.message) for warning in warned),
        seconds=elapsed,
    )


def _apart(
    run: Callable[..., Any], function: Callable[..., Any], arguments: Mapping[str, Any]
) -> Iterator[tuple[Any, StopIteration | None]]:
    """The result of the function, called with an exception state of its own, as every generator has.

    A time-out can cut an `except` block short, and the exception that it handled would stay the context of every
    later one in the session.
    """
    try:
        yield run(function, arguments), None
    except StopIteration as error:  # the one exception that a generator cannot let through
        yield None, error


class _Head(io.StringIO):
    """Keeps the first characters that are written and forgets the rest."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, text: str) -> int:
        room = self._limit - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


@contextlib.contextmanager
def exit_raises(function: Callable[..., Any]) -> Iterator[None]:
    """Let `exit()` and `quit()` raise `SystemExit` in the block.

    In a notebook these two names shut the kernel down without raising anything. They live in the notebook's own
    namespace, which is the namespace of the attempt; the block lends it two that raise.
    """
    namespace = _namespace(function)
    borrowed: dict[str, Any] = {name: namespace[name] for name in ("exit", "quit") if name in namespace}
    namespace.update(dict.fromkeys(borrowed, _raise_system_exit))
    try:
        yield
    finally:
        namespace.update(borrowed)


def _namespace(function: Callable[..., Any]) -> dict[str, Any]:
    """Global names of the code of a function, or of the module that defines a class."""
    if isinstance(function, type):
        return vars(sys.modules[function.__module__]) if function.__module__ in sys.modules else {}
    return function.__globals__ if isinstance(function, FunctionType) else {}


def _raise_system_exit(*arguments: object, **keywords: object) -> None:
    raise SystemExit(*arguments)


def identical(before: Any, after: Any) -> bool:
    """Whether two arguments are equal in every bit; generators and functions count as equal."""
    if isinstance(before, np.random.Generator) or callable(before):
        return True  # drawing from a generator is its use
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(identical(before[key], after[key]) for key in before)
    if isinstance(before, list):
        return isinstance(after, list) and len(before) == len(after) and all(map(identical, before, after))
    if is_tensor(before):
        return is_tensor(after) and before.dtype == after.dtype and identical(as_array(before), as_array(after))
    if isinstance(before, np.ndarray):
        return (
            before.shape == after.shape
            and before.dtype == after.dtype
            and np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
        )
    return bool(before == after)


def _is_read_only(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_is_read_only, value.values()))
    return isinstance(value, np.ndarray) and not value.flags.writeable


def _own_line(error: BaseException) -> str:
    """The deepest line that is not in an installed package: where the learner can look."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_own(f.filename)]
    return f"line {frames[-1].lineno}: {frames[-1].line}" if frames and frames[-1].line else ""


def _is_own(filename: str) -> bool:
    return not filename.startswith(("<frozen", _THIS_PACKAGE)) and "site-packages" not in filename
