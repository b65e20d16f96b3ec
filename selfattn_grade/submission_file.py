"""What was handed in: one notebook file of a learner, read as if it were hostile.

Nothing is followed, unpacked or run. What comes out are cells as plain text, or the reason why there are none.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "MAX_BYTES",
    "HandedInCell",
    "NotSubmitted",
    "Unreadable",
    "find_notebook",
    "handed_in",
    "is_text",
    "learner_folders",
    "read_cells",
]

MAX_BYTES = 20 * 2**20  # of a notebook, its outputs included
MAX_CELLS = 2_000
MAX_CELL_CHARACTERS = 200_000
_COPY_MARK = re.compile(r"[\s_-]*(\(\d+\)|copy\s*\d*|\d+)$")  # "03a-attention (1)", "03a-attention-Copy1"


class NotSubmitted(Exception):  # noqa: N818 — a state, not a fault
    """There is nothing from this learner."""


class Unreadable(Exception):  # noqa: N818 — a state, not a fault
    """There is something, and no cells can be taken from it; the message says why."""


@dataclass(frozen=True)
class HandedInCell:
    """A cell of a submission, reduced to what is used of it.

    Attributes:
        code: whether it is a code cell.
        source: its text, valid Unicode.
        id: nbgrader's id, else the notebook format's; empty if it has neither.
        schema: version of nbgrader's metadata; None where there is none.
    """

    code: bool
    source: str
    id: str
    schema: int | None


def learner_folders(submitted: Path) -> list[str]:
    """Names of those who have a folder in `submitted/`, in order.

    A link is one, too, and is refused where its notebook is looked for. Files that lie there (an archive that was
    unpacked, what a file manager leaves) and hidden folders are nobody's.
    """
    if not submitted.is_dir():
        return []
    with os.scandir(submitted) as entries:
        found = [each.name for each in entries if each.is_symlink() or each.is_dir(follow_symlinks=False)]
    return sorted((name for name in found if not name.startswith(".")), key=os.fsencode)


def is_text(name: str) -> bool:
    """Whether the name of a folder is valid text, which no database or table takes it without."""
    return name.encode("utf-8", "replace").decode() == name


def handed_in(folder: Path, assignment: str) -> bool:
    """Whether there is anything from a learner, be it readable or not.

    Args:
        folder: `submitted/<student>/<assignment>`.
        assignment: name.
    """
    try:
        find_notebook(folder, assignment)
    except NotSubmitted:
        return False
    except (Unreadable, OSError):
        return True
    return True


def find_notebook(folder: Path, assignment: str) -> tuple[Path, bool]:
    """The notebook of an assignment in a learner's folder, and whether it had to be guessed.

    Args:
        folder: `submitted/<student>/<assignment>`.
        assignment: the name that the notebook should have.

    Raises:
        NotSubmitted: there is no folder, or nothing in it.
        Unreadable: no notebook, or several that could be meant.
    """
    for place in (folder.parent, folder):
        if place.is_symlink():
            raise Unreadable(f"{place.name} is a link; links are not followed")
    if not folder.is_dir():
        raise NotSubmitted
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    if not names:
        raise NotSubmitted
    notebooks = [name for name in names if name.casefold().endswith(".ipynb")]
    if f"{assignment}.ipynb" in notebooks:
        return folder / f"{assignment}.ipynb", False
    alike = [name for name in notebooks if _plain_stem(name) == assignment.casefold()] or notebooks
    if len(alike) == 1:
        return folder / alike[0], True
    if alike:
        raise Unreadable(f"there are {len(alike)} notebooks and none is named {assignment}.ipynb")
    raise Unreadable("there is no notebook (.ipynb); archives are not opened")


def _plain_stem(name: str) -> str:
    """The name in small letters, without its suffix and without the mark of a copy."""
    return _COPY_MARK.sub("", name.casefold().removesuffix(".ipynb")).strip()


def read_cells(path: Path) -> list[HandedInCell]:
    """The cells of a notebook.

    Raises:
        Unreadable: it is not a plain file of a sensible size, or not a notebook of format 4.
    """
    try:
        content = json.loads(_read_plain_file(path))
    except (ValueError, RecursionError) as error:
        raise Unreadable("the file is not JSON: truncated, empty, or saved as something else") from error
    if not isinstance(content, dict) or content.get("nbformat") != 4:
        version = content.get("nbformat") if isinstance(content, dict) else None
        known = isinstance(version, int) and version in range(1, 100)
        raise Unreadable(f"the notebook's format must be 4, got {version}" if known else "the file is not a notebook")
    cells = content.get("cells")
    if not isinstance(cells, list) or not cells:
        raise Unreadable("the notebook has no cells")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"the notebook must have at most {MAX_CELLS} cells, got {len(cells)}")
    return list(_cells(cells))


def _read_plain_file(path: Path) -> bytes:
    try:  # without waiting for somebody to write into a pipe of that name
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Unreadable(f"the file cannot be opened, or is a link ({error.strerror})") from error
    with os.fdopen(descriptor, "rb") as stream:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1:
            raise Unreadable("this is not a plain file; links are not followed")
        if about.st_size > MAX_BYTES:
            raise Unreadable(f"the file must have at most {MAX_BYTES >> 20} MiB, got {about.st_size >> 20}")
        return stream.read(MAX_BYTES)


def _cells(cells: list[Any]) -> Iterator[HandedInCell]:
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        source = cell.get("source")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str) or len(source) > MAX_CELL_CHARACTERS:
            continue
        metadata = cell.get("metadata")
        marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        marks = marks if isinstance(marks, dict) else {}
        names = [name for name in (marks.get("grade_id"), cell.get("id")) if isinstance(name, str) and name]
        schema = marks.get("schema_version")
        yield HandedInCell(
            code=cell.get("cell_type") == "code",
            source=source.encode("utf-8", "replace").decode("utf-8"),  # half of a surrogate pair becomes "?"
            id=names[0] if names else "",
            schema=schema if type(schema) is int else None,
        )
