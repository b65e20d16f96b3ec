"""Runs in the room: loads a learner's answer cells and calls their functions, one request after the other.

Nothing here is trusted once the first cell has run: the learner shares this process. It holds no expected value and
no probe that has not been sent. Requests come on standard input and replies go to standard output, both as messages
of `wire`; the learner gets /dev/null for both.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import resource
import sys
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from selfattn_grade.room.wire import MAX_TEXT, Opaque, WireError, decode, encode, sizes

__all__ = ["main"]

_SHELL_LINE = re.compile(r"^([ \t]*)([%!].*|.*\?)$", re.MULTILINE)  # IPython's own syntax
_PREFIX = 8


def main() -> None:
    """Serve until the requests end."""
    settle(json.loads(sys.argv[1]))
    requests, replies = _private_streams()
    warnings.simplefilter("ignore")
    namespace: dict[str, Any] = {"__name__": "__main__", "exit": sys.exit, "quit": sys.exit}
    while True:
        request = _receive(requests)
        if request is None:
            return
        _send(replies, _answer(request, namespace))


def settle(settings: dict[str, Any]) -> None:
    """Give up what this process may do beyond what learners' code needs.

    Args:
        settings: `limits`, resource → value; `user`, an id that nobody else has, or None to stay who we are.
    """
    for name, value in settings["limits"].items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (value, value))
    if settings["user"] is not None:
        os.setgroups([])
        os.setresgid(*[settings["user"]] * 3)
        os.setresuid(*[settings["user"]] * 3)  # and with it every capability


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes under other numbers; input() then ends at once and printing goes nowhere."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return requests, replies


def _receive(stream: BinaryIO) -> dict[str, Any] | None:
    prefix = stream.read(_PREFIX)
    if not prefix:
        return None
    message = prefix + stream.read(sum(sizes(prefix)))
    request: dict[str, Any] = decode(message, generators=True)
    return request


def _send(stream: BinaryIO, reply: dict[str, Any]) -> None:
    number = reply["number"]
    try:
        message = encode(reply, foreign=True)
    except WireError as error:  # too large, or too many parts: what it is says enough
        result = reply.get("result")
        kind = f"{type(result).__module__}.{type(result).__qualname__}"
        message = encode({"number": number, "result": Opaque(kind[:80]), "changed": [], "unsent": str(error)})
    stream.write(message)
    stream.flush()


def _answer(request: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    act: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
    act = {"load": _load, "signature": _signature, "call": _call}[request["act"]]
    try:
        outcome = act(request, namespace)
    except BaseException as error:  # noqa: BLE001 — whatever the learner raises is the result
        outcome = {"error": _described(error)}
    return {"number": request["number"], **outcome}


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
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return {"callable": True, "parameters": None}
    told = [(each.name, int(each.kind), each.default is not inspect.Parameter.empty) for each in parameters[:20]]
    return {"callable": True, "parameters": told}


def _call(request: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    arguments = request["arguments"]
    before = encode(arguments)
    changed: list[int] = []
    with np.errstate():  # gives back what the function sets by np.seterr
        result = namespace[request["name"]](*arguments)
    if encode(arguments, foreign=True) != before:
        was = decode(before, generators=True)
        changed = [
            place
            for place, (mine, theirs) in enumerate(zip(was, arguments, strict=True))
            if not isinstance(mine, np.random.Generator) and encode(mine) != encode(theirs, foreign=True)
        ]
    return {"result": result, "changed": changed}


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


if __name__ == "__main__":
    main()
