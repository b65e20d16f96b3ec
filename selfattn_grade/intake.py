"""From a submission only the source of the known answer cells is taken; everything else is the course's own.

Metadata, tags, outputs, further cells and files of the learner are dropped. An answer is found by the id of its cell,
else by the name that it must define; what had to be guessed, and what was not found, is flagged.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import nbformat

from selfattn_grade.submission_file import HandedInCell, NotSubmitted, Unreadable, find_notebook, read_cells

__all__ = ["AnswerCell", "Flag", "Intake", "answer_cells", "take_in", "transplant"]

Status = Literal["accepted", "not-submitted", "unreadable"]
_SCHEMA = 3  # of nbgrader's metadata in our notebooks


@dataclass(frozen=True)
class AnswerCell:
    """A cell of the released notebook that learners fill in.

    Attributes:
        id: of the cell, `attention_scores-answer`.
        defines: the name that its code must define; empty for a written answer.
        stub: its source as released.
    """

    id: str
    defines: str
    stub: str


@dataclass(frozen=True)
class Flag:
    """Something that the instructor should know about a submission."""

    code: str
    message: str


@dataclass(frozen=True)
class Intake:
    """What was taken from a submission.

    Attributes:
        student: name of the learner's folder.
        status: accepted; not-submitted; unreadable (a notebook that cannot be graded, which is not a 0).
        answers: id of an answer cell → the learner's source. An answer that was not found is missing.
        flags: what was guessed, repaired or not found.
    """

    student: str
    status: Status
    answers: Mapping[str, str]
    flags: tuple[Flag, ...] = ()


def answer_cells(released: nbformat.NotebookNode) -> list[AnswerCell]:
    """The answer cells of a released notebook, in its order."""
    found = []
    for cell in released.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            names = _defined(cell.source) if cell.cell_type == "code" else []
            found.append(AnswerCell(cell.id, names[0] if names else "", cell.source))
    return found


def take_in(submitted: Path, student: str, assignment: str, released: nbformat.NotebookNode) -> Intake:
    """Take the answers from one submission. Never raises because of what is in it.

    Args:
        submitted: folder with a folder for each student.
        student: name of the student's folder.
        assignment: name of the assignment.
        released: the notebook as it was given to learners.
    """
    try:
        path, guessed = find_notebook(submitted / student / assignment, assignment)
        cells = read_cells(path)
    except NotSubmitted:
        return Intake(student, "not-submitted", MappingProxyType({}))
    except (Unreadable, OSError) as reason:
        text = str(reason) if isinstance(reason, Unreadable) else "the file cannot be read"
        return Intake(student, "unreadable", MappingProxyType({}), (Flag("unreadable", text),))
    flags = [Flag("renamed", f"the notebook is not named {assignment}.ipynb")] if guessed else []
    if any(cell.schema is not None and cell.schema != _SCHEMA for cell in cells):
        flags.append(Flag("old-metadata", f"the notebook has nbgrader metadata of a version other than {_SCHEMA}"))
    known = {cell.id for cell in released.cells}
    wanted = answer_cells(released)
    answers: dict[str, str] = {}
    for answer in wanted:
        source = _find(answer, cells, known, flags)
        if source is not None:
            answers[answer.id] = source
    if not answers:
        flags = [Flag("unreadable", f"no cell of {assignment} is in it: another notebook?")]
        return Intake(student, "unreadable", MappingProxyType({}), tuple(flags))
    flags.extend(_own_definitions(cells, known, wanted))
    return Intake(student, "accepted", MappingProxyType(answers), tuple(flags))


def _find(answer: AnswerCell, cells: Sequence[HandedInCell], known: set[str], flags: list[Flag]) -> str | None:
    """The learner's source for an answer cell; None if there is none. What is odd goes into `flags`."""
    same_id = [cell for cell in cells if cell.id == answer.id]
    if len(same_id) > 1:
        flags.append(Flag("duplicate-cell", f"{answer.id} is there {len(same_id)} times; the last answer counts"))
    if not answer.defines:  # written answers have nothing else to be known by
        chosen = same_id[-1:]
    else:
        chosen = [cell for cell in same_id if _defines(cell, answer) and cell.source != answer.stub][-1:]
        if not chosen:
            elsewhere = [cell for cell in cells if cell.code and cell.id not in known and _defines(cell, answer)]
            if elsewhere:
                flags.append(Flag("matched-by-name", f"{answer.id} was found by the name {answer.defines}"))
            chosen = elsewhere[-1:] or same_id[-1:]
    if not chosen:
        flags.append(Flag("answer-missing", f"{answer.id} is not in the notebook"))
        return None
    if chosen[0].code is not bool(answer.defines):
        flags.append(Flag("cell-type-changed", f"{answer.id} has another cell type than it was released with"))
    return chosen[0].source


def _own_definitions(cells: Sequence[HandedInCell], known: set[str], wanted: Sequence[AnswerCell]) -> Iterator[Flag]:
    """A function that answers may call and that stands in a cell of the learner's own is not graded with them."""
    asked = {answer.defines for answer in wanted}
    own = [name for cell in cells if cell.code and cell.id not in known for name in _defined(cell.source)]
    names = [name[:40] for name in dict.fromkeys(own) if name not in asked][:5]
    if names:
        yield Flag("own-cells", f"cells outside the answers define {', '.join(names)}; only answer cells are graded")


def _defines(cell: HandedInCell, answer: AnswerCell) -> bool:
    return answer.defines in _defined(cell.source)


def _defined(source: str) -> list[str]:
    """Names of functions and classes that start at the left margin.

    Read by pattern: a parser would have to be trusted with a learner's text.
    """
    return re.findall(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", source, re.MULTILINE)


def transplant(released: nbformat.NotebookNode, answers: Mapping[str, str]) -> nbformat.NotebookNode:
    """The released notebook with a learner's answers in it, and nothing else of the learner's."""
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        if cell.id in answers:
            cell.source = answers[cell.id]
    return notebook
