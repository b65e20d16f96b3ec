"""What a learner is told about a failed answer: the mistake and the kind of input, never a hidden number.

A learner's code sees the hidden inputs while it runs and may put them into anything that it returns, raises or
prints. So nothing that comes from the code is repeated here except what is one of a few words.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check import Diagnosis, Report
from selfattn_check.comparison import Comparison
from selfattn_check.symptoms import SYMPTOMS
from selfattn_check.tensors import is_tensor
from selfattn_check.trial import Trial
from selfattn_grade.answer_room import LoadFailure
from selfattn_grade.result import Finding
from selfattn_grade.room_reply import RoomDied

__all__ = ["findings", "load_finding"]

_SPEAKABLE = frozenset(
    ("NoneType", "bool", "int", "float", "complex", "str", "list", "tuple", "dict", "set", "function")
)
_SPEAKABLE |= {"generator", "ndarray", "matrix", "MaskedArray", "Tensor", "Parameter", "array_of_another_dtype"}
_LENGTH = 16  # of an axis, at most, and four axes: a shape may hold a number, too
_OF_LOAD = {
    "time-out": "the cell does not come to its end in time",
    "ended": "the cell ends the session",
    "exit": "the cell ends the session",
}
_ENDINGS = {"raises": "raised", "exits": "exited", "times-out": "timed-out", "accepts-bad-input": "returned"}
_SPOKEN = {"nan": "NaN in {}", "inf": "infinity in {}", "values": "{} has wrong numbers"}


def findings(report: Report) -> tuple[Finding, ...]:
    """The report's diagnoses, most certain first, without anything that the learner's code could have put in."""
    return tuple(
        Finding(each.code, _text(each, report), each.confirmed, each.help, each.see) for each in report.diagnoses
    )


def load_finding(name: str, failure: LoadFailure | None, *, found: bool) -> Finding:
    """Why there is no function of that name.

    Args:
        name: of the function.
        failure: of its cell, if that stopped.
        found: whether the cell is in the submission.
    """
    if not found:
        return Finding("answer-missing", f"no cell with {name} was handed in", True)
    if failure is None:
        return Finding("not-a-function", f"the cell defines no function {name}", True)
    if failure.kind == "no-time-left":
        return Finding("times-out", f"the time of the submission is over before {name} is tried", True)
    place = f" in line {failure.line}" if failure.line else ""
    stopped = _OF_LOAD.get(failure.kind, f"the cell stops with {failure.kind}{place}")
    return Finding("raises", f"{stopped}, so that {name} is not defined", True)


def _text(diagnosis: Diagnosis, report: Report) -> str:
    if diagnosis.code not in SYMPTOMS:
        return diagnosis.message  # a replayed mistake: our own words
    if diagnosis.code == "wrong-signature":
        return diagnosis.message.partition(", yours takes")[0]
    if diagnosis.code == "not-written-yet":
        return "not written yet"
    seen = [each for each in report.failures if _shows(each, diagnosis)]
    return _fact(seen[0], diagnosis) if seen else SYMPTOMS[diagnosis.code].help


def _shows(comparison: Comparison, diagnosis: Diagnosis) -> bool:
    """Whether the diagnosis is about this comparison."""
    rungs = [fault.rung for fault in comparison.faults]
    if diagnosis.code in _ENDINGS:
        return "ending" in rungs and comparison.call.ending == _ENDINGS[diagnosis.code]
    if diagnosis.code == "mutates-input":
        return "mutated" in rungs
    return any(fault.fact == diagnosis.message for fault in comparison.faults)


def _fact(comparison: Comparison, diagnosis: Diagnosis) -> str:  # noqa: PLR0911 — one for each symptom
    call = comparison.call
    if isinstance(call.error, RoomDied):
        return f"the process that ran it is gone: {call.error.code}"
    match diagnosis.code:
        case "raises":
            place = "".join(f" {note}" for note in getattr(call.error, "__notes__", ()))  # ours
            return f"raises {type(call.error).__name__}{place}"  # one of Python's own
        case "times-out":
            return "does not return in time"
        case "accepts-bad-input":
            return "returns a value where an error is asked for"
        case "mutates-input":
            return f"changes its argument {' and '.join(call.mutated)}"
    fault = next(fault for fault in comparison.faults if fault.fact == diagnosis.message)
    if fault.rung in _SPOKEN:
        return _SPOKEN[fault.rung].format(fault.where)
    if fault.rung == "parameters":  # their names may be the learner's words
        lacks = fault.fact.partition(" and has, but should not have,")[0]
        return lacks if lacks.startswith("lacks ") else "has other parameters than the exercise asks for"
    if fault.rung == "type" and not _speakable(call.value):
        return f"{fault.where or 'the result'} is not of the type that the exercise asks for"
    if fault.rung == "shape" and not _small(call.value):
        return f"{fault.where or 'the result'} has another shape than expected"
    return fault.fact  # small shapes, dtypes


def _small(value: Any) -> bool:
    if isinstance(value, Trial):
        return _small(value.returned) and _small(dict(value.then))
    if isinstance(value, tuple | dict):
        return all(map(_small, value.values() if isinstance(value, dict) else value))
    shape = tuple(value.shape) if isinstance(value, np.ndarray) or is_tensor(value) else ()
    return len(shape) <= 4 and all(length <= _LENGTH for length in shape)


def _speakable(value: Any) -> bool:
    """Whether the types in a result are known ones; a class of the learner's own may have a name that tells."""
    if isinstance(value, Trial):
        return _speakable(value.returned) and all(map(_speakable, value.then.values()))
    if isinstance(value, dict):
        return False  # its keys are the learner's words
    if isinstance(value, tuple):
        return len(value) <= _LENGTH and all(map(_speakable, value))
    return isinstance(value, np.ndarray) or type(value).__name__ in _SPEAKABLE
