"""A class's results as a table and as CSV, with a status in words: no submission, not graded and 0 are three things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from selfattn_grade.csv_cells import csv_text, guarded
from selfattn_grade.result import Result

__all__ = ["as_csv", "as_table", "printable", "summary"]


def as_table(results: Sequence[Result]) -> str:
    """Student, status, points and what is odd, a line each."""
    rows = [["student", "status", "points", "of", "flags"]]
    for result in results:
        codes = ", ".join(dict.fromkeys(code for code, _ in result.flags))
        rows.append([printable(result.student), result.status, _points(result), _of(result), codes])
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    )


def summary(results: Sequence[Result]) -> str:
    """How many have which status, and in which sandbox."""
    counts = Counter(result.status for result in results)
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    unsafe = any(result.sandbox == "none" for result in results)
    warning = "; UNSAFE: learners' code ran with your rights, in no sandbox" if unsafe else ""
    return f"{len(results)} submissions: {told or 'none'}{warning}"


def as_csv(results: Sequence[Result]) -> str:
    """One row a submission, with a column for each part of each exercise; empty where there is no verdict."""
    parts = {
        f"{exercise.exercise}/{part.part}": part.of
        for result in results
        for exercise in result.exercises
        for part in exercise.parts
    }
    lines = [["student", "status", "points", "of", *parts, "flags", "sandbox", "graded_at", "hash"]]
    for result in results:
        mine = {f"{each.exercise}/{part.part}": f"{part.points:g}" for each in result.exercises for part in each.parts}
        scores = [mine.get(part, "") if result.status == "graded" else "" for part in parts]
        flags = "; ".join(f"{code}: {message}" for code, message in result.flags)
        row = [result.student, result.status, _points(result), _of(result), *scores, flags, result.sandbox]
        lines.append([guarded(cell) for cell in (*row, result.graded_at, result.hash)])
    return csv_text(lines)


def _points(result: Result) -> str:
    return "" if result.points is None else f"{result.points:g}"


def _of(result: Result) -> str:
    total = sum(part.of for exercise in result.exercises for part in exercise.parts)
    return f"{total}" if result.status == "graded" else ""


def printable(text: str) -> str:
    """A name as one line on a screen; what cannot be shown is a ?."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
