"""What a fault shows when no known mistake explains it: a code and a next step, never a guessed cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from selfattn_check.call import Call
from selfattn_check.comparison import Comparison, Fault

__all__ = ["SYMPTOMS", "Symptom", "symptom_of"]


@dataclass(frozen=True)
class Symptom:
    """A named symptom.

    Attributes:
        code: kebab-case, also the name of its page in the book.
        help: what to look at next, one line.
        certain: whether the fault itself is the mistake, so that naming it is no guess.
    """

    code: str
    help: str
    certain: bool = False


SYMPTOMS = {
    symptom.code: symptom
    for symptom in (
        Symptom("not-written-yet", "replace `raise NotImplementedError()` with your code", certain=True),
        Symptom("not-a-function", "pass the function itself, without parentheses after its name", certain=True),
        Symptom(
            "not-a-module",
            "derive the class from `nn.Module`, and pass the class itself, without parentheses after its name",
            certain=True,
        ),
        Symptom("wrong-signature", "keep the first line of the function as the exercise gives it", certain=True),
        Symptom("raises", "call your function on a small input in a cell of its own and read the traceback"),
        Symptom("exits", "return the result; `exit()` and `quit()` end the notebook's session", certain=True),
        Symptom("times-out", "look for a loop whose condition never becomes false"),
        Symptom("accepts-bad-input", "check the arguments first and raise the error that the exercise asks for"),
        Symptom("ready-made", "build it from plain array operations: that is the exercise", certain=True),
        Symptom(
            "wrong-parameters",
            "compare the names in `dict(module.named_parameters())` with those that the exercise asks for",
        ),
        Symptom("returns-nothing", "end the function with `return`", certain=True),
        Symptom("wrong-type", "return what the exercise's signature says"),
        Symptom(
            "no-gradient",
            "look for what cuts the way from the result back: `.detach()`, `.data`, `.item()`, `.numpy()`, "
            "`torch.tensor(…)`, `torch.no_grad()`, `requires_grad_(False)`",
        ),
        Symptom("wrong-shape", "write the shape beside each line and find the first line where it is not as planned"),
        Symptom("wrong-dtype", "compare the result's `.dtype` with what the exercise asks for"),
        Symptom(
            "dtype-promoted",
            "`np.sqrt(4)`, `np.zeros(4)`, `np.eye(4)` are float64 and widen float32; "
            "`math.sqrt(4)`, `dtype=x.dtype` do not",
            certain=True,
        ),
        Symptom("nan-in-result", "find the first line that makes a NaN: 0/0, inf − inf or 0 · inf"),
        Symptom("inf-in-result", "find the first line that makes an infinity: a large exponent or a division by 0"),
        Symptom("wrong-values", "compare the steps with the formula on an input of two rows, one step at a time"),
        Symptom(
            "wrong-afterwards",
            "what is returned is right: look at what the call does beside it and leaves behind, as the fact above says",
        ),
        Symptom("mutates-input", "work on a copy: `q = q / 2` makes a new array, `q /= 2` changes the caller's", True),
    )
}

_OF_ENDING = {"raised": "raises", "exited": "exits", "timed-out": "times-out", "returned": "accepts-bad-input"}
_OF_RUNG = {
    "parameters": "wrong-parameters",
    "type": "wrong-type",
    "shape": "wrong-shape",
    "dtype": "wrong-dtype",
    "precision": "wrong-dtype",
    "nan": "nan-in-result",
    "inf": "inf-in-result",
    "values": "wrong-values",
    "mutated": "mutates-input",
    "ready-made": "ready-made",
}


def symptom_of(comparison: Comparison, fault: Fault) -> Symptom:
    """The symptom that a fault shows."""
    return SYMPTOMS[_code(comparison, fault)]


def _returned(call: Call) -> Any:
    return getattr(call.value, "returned", call.value)  # of a trial what the module or function returned


def _code(comparison: Comparison, fault: Fault) -> str:
    call = comparison.call
    if fault.rung == "ending":
        return "not-written-yet" if type(call.error) is NotImplementedError else _OF_ENDING[call.ending]
    if fault.rung == "type" and _returned(call) is None and _returned(comparison.expected) is not None:
        return "returns-nothing"
    if fault.followed and fault.rung in ("type", "values"):
        gradient = fault.where.startswith("gradient of ") and call.value.then.get(fault.where) is None
        return "no-gradient" if gradient else "wrong-afterwards"
    if fault.rung == "precision" and fault.fact.endswith("float64, expected float32"):
        return "dtype-promoted"
    return _OF_RUNG[fault.rung]
