"""Can the attempt be tried at all? A function with the right parameters, or a class of modules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from selfattn_check.call import plainly
from selfattn_check.diagnosis import Diagnosis, symptom
from selfattn_check.exercise import Exercise
from selfattn_check.tensors import is_module

__all__ = ["unfit"]

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def unfit(exercise: Exercise, attempt: Any) -> Diagnosis | None:
    """Why the attempt cannot be tried, if it cannot."""
    if is_module(exercise.reference):
        return _unfit_class(exercise.reference, attempt)
    if not callable(attempt):
        return symptom("not-a-function", f"attempt must be a function, got {type(attempt).__name__}")
    what = "the class" if inspect.isclass(attempt) else "the function"
    if exercise.run is plainly:
        used = max((probe.draw() for probe in exercise.probes), key=len)
        asked = [inspect.signature(exercise.reference).parameters[name] for name in used]
        return _misfit(what, attempt, asked, [len(probe.draw()) for probe in exercise.probes])
    return _misfit(what, attempt, _positional(exercise.reference))


def _unfit_class(reference: Any, attempt: Any) -> Diagnosis | None:
    if not is_module(attempt):
        kind = f"the {'class' if inspect.isclass(attempt) else type(attempt).__name__}"
        name = getattr(attempt, "__name__", "")
        return symptom("not-a-module", f"attempt must be a class derived from nn.Module, got {kind} {name}".rstrip())
    inputs = _positional(reference.forward)[1:]
    return _misfit("the class", attempt, _positional(reference)) or _misfit(
        "its forward", attempt.forward, inputs, own=1
    )


def _positional(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters without the keyword-only extensions that only the reference has."""
    return [each for each in inspect.signature(function).parameters.values() if each.kind in _POSITIONAL]


def _misfit(
    what: str,
    attempt: Callable[..., Any],
    asked: Sequence[inspect.Parameter],
    counts: Sequence[int] = (),
    own: int = 0,
) -> Diagnosis | None:
    """The diagnosis of an attempt that does not take the arguments.

    Args:
        what: begins the sentence.
        attempt: the callable.
        asked: the parameters it must take.
        counts: how many arguments it is called with; none for all of them, and for those without a default.
        own: how many arguments come before, such as `self`.
    """
    try:
        signature = inspect.signature(attempt)
    except (TypeError, ValueError):  # C functions have none; the call will tell
        return None
    required = sum(each.default is inspect.Parameter.empty for each in asked)
    try:
        for count in counts or (required, len(asked)):
            signature.bind(*[None] * (own + count))
    except TypeError:
        plain = ", ".join(str(each.replace(annotation=inspect.Parameter.empty)) for each in asked)
        mine = list(signature.parameters.values())[own:]
        yours = signature.replace(parameters=mine, return_annotation=inspect.Signature.empty)
        return symptom("wrong-signature", f"{what} must take ({plain}), yours takes {yours}")
    return None
