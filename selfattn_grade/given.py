"""What the released notebook gives to answers: its imports, and what its own cells define.

Only the course's own text is read here. Functions of `selfattn_ref` are not given: they are the answers.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from selfattn_grade.libraries import ALLOWED
from selfattn_grade.room.wire import WireError, encode

if TYPE_CHECKING:
    import nbformat  # the workers do without, and start in half the time

__all__ = ["Given", "given_by"]


@dataclass(frozen=True)
class Given:
    """What is in the room before the first answer.

    Attributes:
        source: imports and definitions.
        values: name → data that the notebook imports from our packages.
    """

    source: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def given_by(released: nbformat.NotebookNode) -> Given:
    """What a released notebook gives to answers."""
    kept: list[str] = []
    values: dict[str, Any] = {}
    for cell in released.cells:
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or marks.get("solution") or marks.get("grade"):
            continue
        for statement in _statements(ast.parse(cell.source)):
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("selfattn_ref"):
                values.update(_data(statement))
            kept += list(_source(statement))
    return Given("\n".join(kept), values)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Top-level statements; the set-up's imports stand in a `try` that explains what is missing."""
    for statement in tree.body:
        yield from statement.body if isinstance(statement, ast.Try) else [statement]


def _source(statement: ast.stmt) -> Iterator[str]:
    """The statement if it imports what the room can offer, or defines something."""
    if isinstance(statement, ast.Import):
        offered = [alias for alias in statement.names if _offered(alias.name)]
        if offered:
            yield ast.unparse(ast.Import(offered))
    elif isinstance(statement, ast.ImportFrom):
        if _offered(statement.module or ""):
            yield ast.unparse(statement)
    elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield ast.unparse(statement)
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        # It may use answers or figures, which are not there; what it defines is then for the notebook alone.
        yield ast.unparse(ast.Try([statement], [_ANY_ERROR], [], []))


_ANY_ERROR = ast.ExceptHandler(ast.Name("Exception"), None, [ast.Pass()])


def _offered(module: str) -> bool:
    top = module.partition(".")[0]
    return top in ALLOWED or top in sys.stdlib_module_names


def _data(statement: ast.ImportFrom) -> Iterator[tuple[str, Any]]:
    """Names that stand for arrays, numbers or texts, and for dictionaries and lists of them."""
    module = importlib.import_module(statement.module or "")
    for alias in statement.names:
        value = getattr(module, alias.name)
        if isinstance(value, Mapping):
            value = dict(value)
        try:
            encode(value)
        except WireError:
            continue  # a function, which is somebody's answer
        yield alias.asname or alias.name, value
