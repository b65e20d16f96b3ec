"""One submission of the corpus, and what must come out of it.

Safety: an attack may one day be replayed where nothing holds it. Each one must be harmless when it succeeds: it writes
a canary into the trial's own folder (`@TRIAL@`) and touches nothing else: nothing of /sys or /proc/sys, no tracing, no
signal to a process that it did not start, at most 1 GB of memory, 50 forks, and an end of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Case", "Notebook", "answer", "edit", "repeats"]

Notebook = dict[str, Any]
"""A notebook as plain JSON."""


@dataclass(frozen=True)
class Case:
    """A submission.

    Attributes:
        row: of the acceptance table.
        name: unique, also the name of the student.
        make: from a perfect notebook to what is handed in: a notebook, bytes, or nothing.
        wrong: exercises that must get no points; every other must get all of its points.
        status: what must come out.
        flags: codes, in order.
        findings: codes of the findings of the wrong exercises; empty: not looked at.
        file: name of the handed-in file; None for the right one.
    """

    row: int
    name: str
    make: Callable[[Notebook], Notebook | bytes | None]
    wrong: frozenset[str] = frozenset()
    status: str = "graded"
    flags: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    file: str | None = None


def repeats(text: str) -> bool:
    """Whether what a learner or an instructor gets to read has the word that attacks try to get into it."""
    return "LEAKED" in text


def edit(change: Callable[[Notebook], object]) -> Callable[[Notebook], Notebook]:
    """Hand in the notebook after a change."""

    def make(notebook: Notebook) -> Notebook:
        change(notebook)
        return notebook

    return make


def answer(
    row: int, name: str, source: str, *findings: str, exercise: str = "causal_mask", right: bool = False
) -> Case:
    """Hand in this source as the answer to one exercise; unless `right`, that exercise must get nothing."""

    def change(notebook: Notebook) -> None:
        cell(notebook, f"{exercise}-answer")["source"] = source.strip("\n")

    return Case(row, name, edit(change), frozenset() if right else frozenset({exercise}), findings=findings)


def cell(notebook: Notebook, cell_id: str) -> Notebook:
    """The cell with that id."""
    found: Notebook = next(each for each in notebook["cells"] if each.get("id") == cell_id)
    return found
