"""What a written task is: words that a person reads and grades, kept in one record like the exercises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["WrittenTask"]


@dataclass(frozen=True)
class WrittenTask:
    """A proof or an essay. Its model answer stands in the notebook's source, for no check needs it.

    Attributes:
        id: unique among the exercises and the written tasks.
        assignment: the notebook that holds it.
        chapter: number of the book's chapter.
        section: title of the book's section that leads to it; `anchor` is that section's label.
        title: short title, sentence case.
        minutes: how long it takes.
        difficulty: 1 to 3 stars.
        statement: Markdown; what to write, and what it is graded on.
        rubric: what the person who grades looks for → points. Learners do not see it.
    """

    id: str
    assignment: str
    chapter: int
    section: str
    anchor: str
    title: str
    minutes: int
    difficulty: int
    statement: str
    rubric: Mapping[str, int]

    @property
    def points(self) -> int:
        """Points of all criteria together."""
        return sum(self.rubric.values())

    @property
    def stars(self) -> str:
        """Difficulty as it is printed."""
        return "★" * self.difficulty
