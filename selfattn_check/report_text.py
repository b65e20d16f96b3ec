"""The plain-text form of a report: fact, note and help on lines of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from selfattn_check.probe import describe

if TYPE_CHECKING:
    from selfattn_check.comparison import Comparison
    from selfattn_check.diagnosis import Diagnosis
    from selfattn_check.report import Report

__all__ = ["as_text", "headline", "helps", "is_unwritten", "notes", "printed_line", "probe_line"]

_NOTES = 2
_HELPS = 2
_LINES = 8
_WIDTH = 80
_BY_HAND = 12  # entries of an array that can be followed on paper


def as_text(report: Report) -> str:
    """The whole report, at most eight lines.

    Facts stand alone; a note appears only under a confirmed mistake; the help says what to do next.
    """
    codes = ", ".join(diagnosis.code for diagnosis in report.diagnoses)
    first = f"{headline(report)}   [{codes}]" if codes else headline(report)
    lines = list(_lines(report))
    if len(lines) >= _LINES:
        lines.pop(max(number for number, line in enumerate(lines) if line.startswith("help: ")))
    return "\n".join([first, *(f"  {line}" for line in lines)])


def _lines(report: Report) -> Iterator[str]:
    if report.trouble:
        yield report.trouble
        yield "This is a fault of the course, not of your code; please report it with this text."
    example = report.example
    if example is not None and not is_unwritten(report):
        fault = example.faults[0]
        yield f"first at {fault.fact}" if fault.index is not None else fault.fact
        if example.call.error_line:
            yield f"in your code, {example.call.error_line}"
        yield probe_line(report)
    for note in notes(report):
        yield f"note: {note}"
    for diagnosis in helps(report):
        yield f"help: {diagnosis.help} — book: {diagnosis.see}"
    printed = printed_line(report)
    if printed:
        yield f"printed: {printed}"


def notes(report: Report) -> list[str]:
    """What the confirmed diagnoses say beyond the fact and the headline, each sentence once, two at most."""
    if is_unwritten(report):
        return []
    said = report.example.faults[0].fact if report.example else report.diagnoses[0].message if report.diagnoses else ""
    sentences = [diagnosis.message for diagnosis in report.diagnoses if diagnosis.confirmed]
    return [each for each in dict.fromkeys(sentences) if each.removeprefix("yours ") != said][:_NOTES]


def helps(report: Report) -> list[Diagnosis]:
    """The diagnoses whose next step is said: two at most, each step once."""
    return list({diagnosis.help: diagnosis for diagnosis in reversed(report.diagnoses)}.values())[::-1][:_HELPS]


def headline(report: Report) -> str:
    """What happened, in one line."""
    name = f"{report.exercise_id}, {report.part}" if report.part else report.exercise_id
    probes = f"{len(report.comparisons)} probe{'s' if len(report.comparisons) != 1 else ''}"
    if report.passed:
        points = f"{report.points} point{'s' if report.points != 1 else ''}"
        return f"{name} — passed: right on all {probes} in {report.seconds:.2f} s ({points})"
    if report.state == "broken":
        return f"{name} — the check itself could not be run"
    example = report.example
    if example is None:
        return f"{name} — {report.diagnoses[0].message}"
    what = {
        "ending": {
            "raised": "raised an error",
            "exited": "tried to end the session",
            "timed-out": "did not return",
            "returned": "raised no error",
        }[example.call.ending],
        "parameters": "wrong parameters",
        "type": "wrong type",
        "shape": "wrong shape",
        "dtype": "wrong dtype",
        "precision": "wrong precision",
        "nan": "NaN in the result",
        "inf": "infinity in the result",
        "values": "values differ",
        "mutated": "changes its input",
        "ready-made": "ready-made function",
    }[example.faults[0].rung]
    if is_unwritten(report):
        return f"{name} — not written yet"
    alike = [each for each in report.failures if _kind(each) == _kind(example)]
    return f"{name} — {what} on {len(alike)} of {probes}"


def _kind(comparison: Comparison) -> tuple[str, str]:
    return comparison.faults[0].rung, comparison.call.ending


def is_unwritten(report: Report) -> bool:
    """Whether the attempt is still as it was released; its error then says nothing."""
    return any(diagnosis.code == "not-written-yet" for diagnosis in report.diagnoses)


def probe_line(report: Report) -> str:
    """The probe of the shown failure: its name, its inputs and what it is for."""
    assert report.example is not None
    probe = report.example.call.probe
    full = {"small": _BY_HAND, "inside": _BY_HAND, "items": _BY_HAND} if probe.by_hand else {}
    inputs = describe(probe.draw(report.seed), **full)
    return f'probe "{probe.name}"{f": {inputs}" if inputs else ""} — {probe.purpose}'


def printed_line(report: Report) -> str:
    """The first line that the attempt printed on the shown probe (or on the first, if all is well)."""
    comparison = report.example or next(iter(report.comparisons), None)
    first, *others = (comparison.call.printed.splitlines() if comparison else []) or [""]
    return f"{first[:_WIDTH]} … and {len(others)} more lines" if others else first[:_WIDTH]
