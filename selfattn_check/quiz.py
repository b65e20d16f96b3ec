"""A quiz's comparison says which answers are wrong and keeps to itself what is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from selfattn_check.comparison import Comparison, Fault

__all__ = ["conceal"]

_KINDS = {tuple: "a tuple of integers", str: "a word in quotes", bool: "True or False"}


def conceal(comparison: Comparison) -> Comparison:
    """The same faults without anything of what is expected but the kind of answer that the question asks for."""
    facts = _facts(comparison)
    faults = tuple(
        replace(fault, fact=facts, index=None, yours=None, expected=None) if fault.where else fault
        for fault in comparison.faults
    )
    return replace(comparison, faults=faults, expected=replace(comparison.expected, value={}))


def _facts(comparison: Comparison) -> str:
    """One line: answers of a wrong kind, open ones, wrong ones."""
    faults = [fault for fault in comparison.faults if fault.where]
    yours, expected = comparison.call.value, comparison.expected.value
    still_open = [fault for fault in faults if yours[fault.where] is None]
    strange = [fault for fault in faults if fault.rung != "values" and fault not in still_open]
    wrong = [fault for fault in faults if fault.rung == "values"]
    sentences = [f"{fault.where} must be {_kind(expected[fault.where])}" for fault in strange]
    sentences += [f"not answered yet: {_names(still_open)}"] if still_open else []
    sentences += [f"wrong: {_names(wrong)}"] if wrong else []
    return f"{len(faults)} of {len(expected)} are not right; {'; '.join(sentences)}" if faults else ""


def _kind(expected: Any) -> str:
    return _KINDS.get(type(expected), "an integer")


def _names(faults: Sequence[Fault]) -> str:
    return ", ".join(fault.where for fault in faults)
