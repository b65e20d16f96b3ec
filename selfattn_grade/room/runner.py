"""Runs in the room: loads a learner's answer cells and calls their functions, one request after the other.

Nothing here is trusted once the first cell has run: the learner shares this process. It holds no expected value and
no probe that has not been sent. Requests and replies are messages of `wire`, in two pipes; the learner's standard
input is empty, and what is printed goes nowhere.
"""

from __future__ import annotations

import builtins
import inspect
import os
import random
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

import numpy as np

from selfattn_grade.room.wire import MAX_TEXT, Opaque, WireError, decode, encode, sizes

__all__ = ["main"]

_SHELL_LINE = re.compile(r"^([ \t]*)([%!].*|.*\?)$", re.MULTILINE)  # IPython's own syntax
_PREFIX = 8
_OBJECTS = "objects of the learner's classes"
Watch = Callable[[Sequence[str]], AbstractContextManager[list[str]]]


def main(requests: int, replies: int, watch: Watch, conditions: Any, *, torch: bool) -> None:
    """Serve until the requests end.

    Args:
        requests: file descriptor to read from.
        replies: file descriptor to write to.
        watch: collects the forbidden functions that are called in its block.
        conditions: the module of the checks that says how an attempt meets PyTorch.
        torch: whether modules may be asked for.
    """
    warnings.simplefilter("ignore")
    random.seed(0)  # the same answers do the same each time
    np.random.seed(0)  # noqa: NPY002 — the learner's generator, not ours
    namespace: dict[str, Any] = {"__name__": "__main__", "exit": sys.exit, "quit": sys.exit}
    outside = _Outside(os.fdopen(requests, "rb"), os.fdopen(replies, "wb"))
    modules = _Modules(namespace, conditions) if torch else None
    while True:
        request = outside.receive()
        if request is None:
            return
        with conditions.usual_settings():
            reply = _answer(request, namespace, modules, watch)
        if outside.lent and "error" not in reply:
            reply["lent"] = outside.lent.what_became()
        outside.lent = None
        outside.send(reply)


class _Modules:
    """What there is beside functions where PyTorch is one of the room's libraries."""

    def __init__(self, namespace: dict[str, Any], conditions: Any) -> None:
        from selfattn_grade.room.modules import Made, Modules  # noqa: PLC0415 — imports PyTorch; not every room has it

        made = Made(namespace)
        calls = Modules(made.find, conditions.dropout_by_turns)
        self.build, self.forward, self.backward = made.build, calls.forward, calls.backward


class _Outside:
    """The process that grades, as seen from the room."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests, self._replies = requests, replies
        self._number = 0
        self.lent: Any = None

    def receive(self) -> dict[str, Any] | None:
        """The next request; None at the end."""
        prefix = self._requests.read(_PREFIX)
        if not prefix:
            return None
        message = prefix + self._requests.read(sum(sizes(prefix, inward=True)))
        request: dict[str, Any] = decode(message, function=self._function)
        self._number = request["number"]
        return request

    def send(self, reply: dict[str, Any]) -> None:
        """A reply to the last request."""
        reply["number"] = self._number
        try:
            message = encode(reply, foreign=True)
        except WireError:  # too large, or too many parts: what it is says enough
            result = reply.get("result")
            kind = f"{type(result).__module__}.{type(result).__qualname__}"
            message = encode({"number": self._number, "result": Opaque(kind[:80]), "changed": []})
        self._replies.write(message)
        self._replies.flush()

    def _function(self, place: int, about: Any) -> Any:
        """A thing that stays outside: the room sees what it returns, not what it does."""

        def outside(*arguments: Any) -> Any:
            self.send({"wanted": place, "arguments": list(arguments)})
            answer = self.receive()
            if answer is None or "error" in answer:
                kind = getattr(builtins, answer["error"], ValueError) if answer else ValueError
                raise kind((answer or {}).get("text") or "it cannot be called with these arguments")
            return answer["result"]

        if about is None:
            return outside
        from selfattn_grade.room.lent import Lent  # noqa: PLC0415 — imports PyTorch

        self.lent = self.lent or Lent()
        return self.lent.take(about, outside)


def _answer(request: dict[str, Any], namespace: dict[str, Any], modules: Any, watch: Watch) -> dict[str, Any]:
    acts: dict[str, Callable[[], dict[str, Any]]] = {
        "give": lambda: _give(request, namespace),
        "load": lambda: _load(request, namespace),
        "signature": lambda: _signature(request, namespace),
        "call": lambda: _call(request, namespace),
        "make": lambda: _make(request, namespace),
        "use": lambda: _use(request, namespace),
        "build": lambda: modules.build(request),
        "forward": lambda: modules.forward(request, _watched),
        "backward": lambda: modules.backward(request, _watched),
    }
    with watch(request.get("forbidden", ())) as called:
        try:
            reply = acts[request["act"]]()
        except BaseException as error:  # noqa: BLE001 — whatever the learner raises is the result
            reply = {"error": _described(error)}
    return reply | {"called": list(called)}


def _give(request: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    namespace.update(request["values"])
    return {}


def _load(request: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    source = request["source"].tobytes().decode()
    try:
        code = compile(source, f"<{request['name']}>", "exec", dont_inherit=True)
    except SyntaxError:  # perhaps only a line for the notebook, such as %timeit
        code = compile(_SHELL_LINE.sub(r"\1pass", source), f"<{request['name']}>", "exec", dont_inherit=True)
    exec(code, namespace)
    return {}


def _signature(request: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    """Parameters as (name, kind, has a default); None for a callable that does not tell."""
    value = namespace.get(request["name"])
    if not callable(value):
        return {"callable": False, "defined": request["name"] in namespace, "result": value}
    torch = sys.modules.get("torch")
    module = torch is not None and isinstance(value, type) and issubclass(value, torch.nn.Module)
    kind = "class" if isinstance(value, type) else "function"
    about = {"kind": "module", "forward": _parameters(value.forward)} if module else {"kind": kind}
    return {"callable": True, "parameters": _parameters(value), **about}


def _parameters(function: Callable[..., Any]) -> list[tuple[str, int, bool]] | None:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    return [(each.name, int(each.kind), each.default is not inspect.Parameter.empty) for each in parameters[:20]]


def _call(request: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    result, changed = _watched(namespace[request["name"]], request["arguments"], {})
    return {"result": result, "changed": changed}


def _make(request: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    """An object of a class of the learner's, kept under a number."""
    namespace.setdefault(_OBJECTS, {})[request["object"]] = namespace[request["name"]](*request["made_from"])
    return {}


def _use(request: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    if request["object"] not in namespace.get(_OBJECTS, {}):  # it was made in a room that is lost
        _make(request, namespace)
    return {"result": getattr(namespace[_OBJECTS][request["object"]], request["method"])(*request["arguments"])}


def _watched(function: Callable[..., Any], arguments: list[Any], keywords: dict[str, Any]) -> tuple[Any, list[int]]:
    """What the function returns, and the places of the arguments that it changed."""
    before = [_frozen(argument) for argument in arguments]
    with np.errstate():  # gives back what the function sets by np.seterr
        result = function(*arguments, **keywords)
    changed = [place for place, argument in enumerate(arguments) if _frozen(argument) != before[place]]
    return result, changed


def _frozen(argument: Any) -> bytes:
    """The bytes of an argument; drawing from a generator is its use and changes nothing."""
    return b"" if isinstance(argument, np.random.Generator) else encode(argument, foreign=True, functions=[])


def _described(error: BaseException) -> dict[str, Any]:
    """The built-in kind of an exception, its text, and the last line of an answer cell on the way to it."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    place = ("", 0)
    traceback = error.__traceback__
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if name.endswith("-answer>"):
            place = (name.strip("<>"), traceback.tb_lineno)
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError) and isinstance(error.filename, str):
        place = (error.filename.strip("<>"), error.lineno or 0)
    try:
        text = str(error)[:MAX_TEXT]
    except Exception:  # noqa: BLE001 — an exception of the learner's own may have any __str__
        text = ""
    return {"kind": kinds[0], "text": text, "cell": place[0], "line": place[1]}
