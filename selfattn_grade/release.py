"""From a source with solutions to the notebook that learners get, by way of nbgrader's own release.

    solutions/<a>/<a>.py  →  _build/source/<a>/<a>.ipynb (solved)  →  notebooks/<a>/<a>.ipynb (released)

The same sources give the same bytes. nbgrader writes what it releases into a gradebook; here that is a throw-away
one, so that a release never touches a class's grades.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat

from selfattn_check import EXERCISES, WRITTEN, Exercise, WrittenTask
from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.cells import notebook_cell
from selfattn_grade.course import RELEASED, SOLVED, Course
from selfattn_grade.marks import read_marked_cells
from selfattn_grade.section_link import SectionLinks

__all__ = ["assignments", "release", "solved_notebook"]

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def assignments(root: Path) -> list[str]:
    """Names of all assignments that have a source."""
    return sorted(path.stem for path in root.glob("solutions/*/*.py") if path.stem == path.parent.name)


def release(root: Path, names: Sequence[str] = (), *, into: Path | None = None) -> list[Path]:
    """Write the solved and the released notebook of each assignment.

    Args:
        root: the course's folder, the one with `solutions/`.
        names: assignments; none for all of them.
        into: folder that gets `_build/source/` and `notebooks/`; None for `root`.

    Returns:
        Paths of the released notebooks.

    Raises:
        MarkError: a source's marks are wrong.
        ValueError: an assignment has no source.
    """
    known = assignments(root)
    for name in names:
        if name not in known:
            raise ValueError(
                f"assignment must be one of {', '.join(known) or 'none: there is no source'}, got {name!r}"
            )
    target = root if into is None else into
    written = []
    for name in names or known:
        solved = nbformat.writes(solved_notebook(root, name)) + "\n"
        released = _released(name, solved)
        write_atomically(target / SOLVED / name / f"{name}.ipynb", solved)
        write_atomically(target / RELEASED / name / f"{name}.ipynb", released)
        written.append(target / RELEASED / name / f"{name}.ipynb")
    return written


def solved_notebook(
    root: Path,
    assignment: str,
    exercises: Mapping[str, Exercise] = EXERCISES,
    written: Mapping[str, WrittenTask] = WRITTEN,
) -> nbformat.NotebookNode:
    """The notebook with its solutions, as nbgrader's source."""
    marked = read_marked_cells(root / "solutions" / assignment / f"{assignment}.py", exercises, written)
    links = SectionLinks(root / "book")
    mine = [exercise for exercise in exercises.values() if exercise.assignment == assignment]
    tasks = [task for task in written.values() if task.assignment == assignment]
    cells = [notebook_cell(cell, mine, links, tasks) for cell in marked]
    return nbformat.v4.new_notebook(cells=cells, metadata=_METADATA)


def _released(assignment: str, solved: str) -> str:
    """The text of the released notebook, made by nbgrader in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        write_atomically(course.root / SOLVED / assignment / f"{assignment}.ipynb", solved)
        course.generate_assignment(assignment)
        return (course.root / RELEASED / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8")
