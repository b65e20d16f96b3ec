"""Tables as CSV in which no cell is run as a formula.

A spreadsheet runs a cell that starts like a formula. Where nothing but people and spreadsheets read a cell, an
apostrophe in front makes it text, and `plain` takes it away again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

__all__ = ["csv_text", "guarded", "plain"]

# Signs and white space in front; and the apostrophe itself, so that what was guarded can be told from what was not.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def guarded(text: str) -> str:
    """The text of a cell that no spreadsheet runs.

    >>> guarded("=cmd()"), guarded("ada"), plain(guarded("=cmd()"))
    ("'=cmd()", 'ada', '=cmd()')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain(cell: str) -> str:
    """What `guarded` made the cell of."""
    return cell[1:] if cell.startswith("'") else cell


def csv_text(lines: Iterable[Sequence[str]]) -> str:
    """As RFC 4180 has it; a name that is not valid text has ? in place of what is wrong."""
    stream = io.StringIO()
    csv.writer(stream).writerows([cell.encode("utf-8", "replace").decode() for cell in line] for line in lines)
    return stream.getvalue()
