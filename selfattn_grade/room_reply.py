"""What a reply from the room means here. A room may reply anything: what it names is looked up, never believed."""

from __future__ import annotations

import builtins
import inspect
import keyword
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from selfattn_grade.room.wire import Opaque, is_tensor

__all__ = ["RoomDied", "as_exception", "as_signature", "as_value", "changed_places", "spoil"]

_KINDS = {
    int(kind): kind
    for kind in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.VAR_KEYWORD,
    )
}


class RoomDied(SystemExit):
    """The answer ended the process that it ran in; the code is the reason, in a few words of ours."""


def as_signature(parameters: Any) -> inspect.Signature | None:
    """A signature as the room describes it; None for what is not one."""
    if not isinstance(parameters, list):
        return None
    made = []
    try:
        for name, kind, has_default in parameters:
            if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or len(name) > 40:
                return None
            default = None if has_default is True else inspect.Parameter.empty
            made.append(inspect.Parameter(name, _KINDS[kind], default=default))
        return inspect.Signature(made)
    except (TypeError, ValueError, KeyError):
        return None


def as_exception(error: Any) -> BaseException:
    """A built-in exception for the one described; its text is the learner's and is never shown."""
    about = error if isinstance(error, dict) else {}
    kind = getattr(builtins, about["kind"], None) if isinstance(about.get("kind"), str) else None
    text = about.get("text")
    if not (isinstance(kind, type) and issubclass(kind, BaseException)) or issubclass(kind, KeyboardInterrupt):
        kind = RuntimeError
    if issubclass(kind, SystemExit):
        return RoomDied("it ends the session")
    made: BaseException
    try:
        made = kind(_AsItIs(text) if isinstance(text, str) else "")
    except TypeError:  # a UnicodeDecodeError has five arguments
        made = RuntimeError(text)
    return made


class _AsItIs(str):
    """Text that a KeyError does not quote once more."""

    __slots__ = ()
    __repr__ = str.__str__


def as_value(value: Any) -> Any:
    """The value, with every object that was not sent replaced by one that equals nothing."""
    if isinstance(value, Opaque):
        return _stand_in(value.kind)
    if isinstance(value, tuple | list):
        return type(value)(map(as_value, value))
    if isinstance(value, dict):
        return {key: as_value(each) for key, each in value.items()}
    return value


def _stand_in(kind: str) -> object:
    """An object of a class with that name, for messages that say what was returned."""
    module, _, name = kind.rpartition(".")
    if not all(part.isidentifier() for part in (*module.split("."), name)):
        module, name = "numpy", "array_of_another_dtype"
    return type(name, (), {"__module__": module})()


def changed_places(reply: Mapping[str, Any]) -> list[int]:
    """The places of those arguments of which the room says that the learner's code changed its copy."""
    changed = reply.get("changed")
    return [place for place in changed if type(place) is int] if isinstance(changed, list) else []


def spoil(arguments: Sequence[Any], places: Sequence[int]) -> None:
    """Change the arguments in these places, as the learner's code changed its copies of them."""
    for place in places:
        if 0 <= place < len(arguments):
            _spoil(arguments[place])


def _spoil(argument: Any) -> None:
    if isinstance(argument, dict):
        for each in argument.values():
            _spoil(each)
    elif is_tensor(argument):
        argument = argument.detach()
        argument.copy_(~argument if str(argument.dtype) == "torch.bool" else argument + 1)
    elif isinstance(argument, list):
        argument.append(None)
    elif isinstance(argument, np.ndarray) and argument.size and argument.flags.writeable:
        argument[...] = ~argument if argument.dtype == bool else argument + 1
