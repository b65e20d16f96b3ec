"""Where the book explains an exercise: from the label of a section to a link that a notebook can follow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SectionLinks"]


@dataclass(frozen=True)
class SectionLinks:
    """Links from a notebook to sections of the book.

    Labels of MyST, `(scores)=`, are known only to the book. Page and heading are known everywhere a notebook is
    read: in the built book, on a code host, and in an editor that has the whole folder open.

    Attributes:
        book: folder with the book's pages.
        prefix: from a notebook's folder to the folder that holds `book`.
    """

    book: Path
    prefix: str = "../../"

    def markdown(self, section: str, label: str) -> str:
        """A link whose text is the section's title; the title alone where the book has no such label."""
        for page in sorted(self.book.rglob("*.md")):
            found = re.search(rf"^\({re.escape(label)}\)=\n+#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            if found:
                path = page.relative_to(self.book.parent).as_posix()
                return f"[{section}]({self.prefix}{path}#{slug(found[1])})"
        return section


def slug(heading: str) -> str:
    """The anchor that MyST and code hosts give to a heading.

    >>> slug("Why divide by √d_k?")
    'why-divide-by-d_k'
    """
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
