"""The marks in a notebook's source: which cell is whose statement, answer, hint and check.

A source is a py:percent file, `solutions/<assignment>/<assignment>.py`. The header of each cell carries a mark:

    # %% [markdown] name="why-compare"                                 a cell of the notebook's own
    # %% name="setup" kind="setup"                                     the same, locked
    # %% [markdown] name="overview" kind="overview"                    empty: a table of the exercises
    # %% [markdown] exercise="attention_scores" kind="statement"       empty: written from the exercise's record
    # %% exercise="attention_scores" kind="answer"                     the model solution
    # %% exercise="attention_scores" kind="hint"                       empty
    # %% exercise="attention_scores" kind="check" part="values"        empty; one for each part of the exercise
    # %% [markdown] exercise="permuted_rows" kind="written"            the model answer to a written task

A written task has a statement and this one cell, after all exercises.

Nothing that an `Exercise` record knows is typed again in a source: no points, no statement, no order.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import jupytext

from selfattn_check import Exercise, WrittenTask

__all__ = ["MarkError", "MarkedCell", "read_marked_cells"]

_KEYS = ("exercise", "kind", "part", "name")
_GENERATED = ("statement", "overview", "hint", "check")
_OF_TASKS = ("statement", "written")
_NO_TASKS: Mapping[str, WrittenTask] = MappingProxyType({})
_BEGIN, _END = "### BEGIN SOLUTION", "### END SOLUTION"


class MarkError(ValueError):
    """A source that cannot become a notebook; the message names file, cell, and what is needed."""


@dataclass(frozen=True)
class MarkedCell:
    """One cell of a source.

    Attributes:
        where: file, number of the cell and line of its header, for messages.
        cell_type: markdown or code.
        source: what stands in the cell.
        exercise: id of the exercise that the cell belongs to; empty for the notebook's own cells.
        kind: statement, answer, hint, check or written; for the notebook's own cells setup, overview or empty.
        part: of a check.
        name: of one of the notebook's own cells, unique in the file.
    """

    where: str
    cell_type: str
    source: str
    exercise: str = ""
    kind: str = ""
    part: str = ""
    name: str = ""

    @property
    def id(self) -> str:
        """Stable identity in the notebook and in the gradebook: `attention_scores-check-values`, `setup`."""
        return "-".join(piece for piece in (self.exercise, self.name or self.kind, self.part) if piece)


def read_marked_cells(
    path: Path, exercises: Mapping[str, Exercise], written: Mapping[str, WrittenTask] = _NO_TASKS
) -> list[MarkedCell]:
    """Read a source and check its marks against the exercises' records.

    Args:
        path: `solutions/<assignment>/<assignment>.py`; the file's name is the assignment.
        exercises: records by id; those of the assignment must all be in the file, in this order.
        written: records of written tasks by id; those of the assignment follow the exercises, in this order.

    Raises:
        MarkError: a mark is wrong, or a cell is missing or out of order.
    """
    text = path.read_text(encoding="utf-8")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"# ?%%", line)]
    notebook = jupytext.reads(text, fmt="py:percent")
    if len(lines) != len(notebook.cells):
        raise MarkError(
            f"{path}: every cell must start with a header line # %%, and nothing may stand before the first"
        )
    wanted = {key: each for key, each in exercises.items() if each.assignment == path.stem}
    tasks = {key: each for key, each in written.items() if each.assignment == path.stem}
    cells = []
    for number, (line, cell) in enumerate(zip(lines, notebook.cells, strict=True), 1):
        marks = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
        cells.append(_read_one(f"{path}: cell {number} (line {line})", cell.cell_type, cell.source, marks))
        _require_known(cells[-1], wanted, tasks, path.stem)
    _require_distinct(cells)
    _require_order(path, cells, wanted, tasks)
    for cell in cells:
        if cell.kind == "answer":
            _require_answer(cell, wanted[cell.exercise])
        if cell.kind == "written":
            _require_solution(cell)
    return cells


def _read_one(where: str, cell_type: str, source: str, marks: Mapping[str, str]) -> MarkedCell:
    for key in marks:
        if key not in _KEYS:
            raise MarkError(f"{where}: a mark must be one of {', '.join(_KEYS)}, got {key}")
    cell = MarkedCell(where, cell_type, source, **marks)
    if bool(cell.exercise) == bool(cell.name):
        raise MarkError(f'{where}: the header must have either exercise="…" or name="…", got {dict(marks)}')
    kinds = ("statement", "answer", "hint", "check", "written") if cell.exercise else ("", "setup", "overview")
    if cell.kind not in kinds:
        raise MarkError(f"{where}: kind must be one of {', '.join(filter(None, kinds))}, got {cell.kind!r}")
    markdown = cell.kind in ("statement", "overview", "written")
    if cell.kind and cell.cell_type != ("markdown" if markdown else "code"):
        needed = "# %% [markdown]" if markdown else "# %% without [markdown]"
        raise MarkError(f"{where}: the header of a cell of kind {cell.kind} must be {needed}")
    if cell.kind in _GENERATED and cell.source.strip():
        raise MarkError(f"{where}: a cell of kind {cell.kind} must be empty: it is written from the exercises' records")
    if cell.kind not in ("answer", "written") and ("BEGIN SOLUTION" in source or "BEGIN HIDDEN TESTS" in source):
        raise MarkError(
            f'{where}: only a cell of kind="answer" or "written" may hold a solution, and none a hidden test'
        )
    if cell.kind != "check" and cell.part:
        raise MarkError(f'{where}: only a cell of kind="check" may have a part, got part={cell.part!r}')
    if not re.fullmatch(r"[a-z0-9_-]{1,64}", cell.id):
        raise MarkError(f"{where}: a name must be 1 to 64 of a–z, 0–9, - and _, got {cell.id!r}")
    return cell


def _require_known(
    cell: MarkedCell, wanted: Mapping[str, Exercise], tasks: Mapping[str, WrittenTask], assignment: str
) -> None:
    if not cell.exercise or (cell.exercise in tasks and cell.kind in _OF_TASKS):
        return
    if cell.exercise not in wanted:
        known = ", ".join([*wanted, *tasks]) or "none"
        raise MarkError(f"{cell.where}: exercise must be one of {assignment} ({known}), got {cell.exercise!r}")
    parts = wanted[cell.exercise].parts
    if cell.kind == "check" and cell.part not in parts:
        raise MarkError(f"{cell.where}: part must be one of {', '.join(parts)}, got {cell.part!r}")


def _require_distinct(cells: Sequence[MarkedCell]) -> None:
    first: dict[str, MarkedCell] = {}
    for cell in cells:
        if first.setdefault(cell.id, cell) is not cell:
            raise MarkError(f"{cell.where}: the mark must be unique, {cell.id!r} is also {first[cell.id].where}")


def _require_order(
    path: Path, cells: Sequence[MarkedCell], wanted: Mapping[str, Exercise], tasks: Mapping[str, WrittenTask]
) -> None:
    """Every exercise has statement, answer, hint and one check a part, in the order of the records; then the tasks."""
    needed = [
        (exercise.id, kind, part)
        for exercise in wanted.values()
        for kind, part in (("statement", ""), ("answer", ""), ("hint", ""), *(("check", p) for p in exercise.parts))
    ]
    needed += [(task, kind, "") for task in tasks for kind in _OF_TASKS]
    found = [(cell.exercise, cell.kind, cell.part) for cell in cells if cell.exercise]
    if not needed:
        raise MarkError(f"{path}: no exercise record has assignment={path.stem!r}")
    for mark in needed:
        if mark not in found:
            raise MarkError(f"{path}: there must be a cell with the header {_header(*mark)}")
    for mark, actual, cell in zip(needed, found, (cell for cell in cells if cell.exercise), strict=True):
        if mark != actual:
            raise MarkError(f"{cell.where}: here must come {_header(*mark)}, got {_header(*actual)}")


def _header(exercise: str, kind: str, part: str) -> str:
    markdown = " [markdown]" if kind in _OF_TASKS else ""
    return f'# %%{markdown} exercise="{exercise}" kind="{kind}"' + (f' part="{part}"' if part else "")


def _require_solution(cell: MarkedCell) -> None:
    """The answer has a solution to cut out."""
    marks = [line.strip() for line in cell.source.splitlines() if "SOLUTION" in line]
    if marks != [_BEGIN, _END]:
        raise MarkError(
            f"{cell.where}: the answer must have one line {_BEGIN!r} and after it one {_END!r}, got {marks}"
        )


def _require_answer(cell: MarkedCell, exercise: Exercise) -> None:
    """The answer has a solution to cut out, and defines the exercise with the reference's parameters."""
    _require_solution(cell)
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        raise MarkError(f"{cell.where}: the answer must be valid Python, got {error}") from error
    defined = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if exercise.id not in defined:
        raise MarkError(f"{cell.where}: the answer must define {exercise.id}, got {', '.join(defined) or 'nothing'}")
    mine = [argument.arg for argument in defined[exercise.id].args.args]
    parameters = inspect.signature(exercise.reference).parameters.values()
    reference = [each.name for each in parameters if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    if mine != reference:
        raise MarkError(f"{cell.where}: the parameters must be ({', '.join(reference)}), got ({', '.join(mine)})")
