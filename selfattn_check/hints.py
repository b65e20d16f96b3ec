"""Hints, one at a time, from a nudge to nearly the answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from selfattn_check.checking import find

__all__ = ["Hint", "hint"]

_asked: Counter[str] = Counter()


@dataclass(frozen=True)
class Hint:
    """One hint of an exercise."""

    exercise_id: str
    number: int
    total: int
    text: str

    def __str__(self) -> str:
        after = "" if self.number == self.total else "  (run the cell again for the next hint)"
        return f"Hint {self.number} of {self.total}: {self.text}{after}"

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        after = "" if self.number == self.total else "\n\n*Run the cell again for the next hint.*"
        return f"**Hint {self.number} of {self.total}.** {self.text}{after}"


def hint(exercise_id: str, number: int | None = None) -> Hint:
    """The next hint of an exercise; after the last one, the last one again.

    Args:
        exercise_id: name of the exercise.
        number: 1 for the first hint, and so on; None for the next one.

    Raises:
        ValueError: there is no such exercise, or it has no hint of that number.

    >>> hint("attention_scores", 1).number
    1
    """
    hints = find(exercise_id).hints
    if number is None:
        _asked[exercise_id] += 1
        number = min(_asked[exercise_id], len(hints))
    if not 1 <= number <= len(hints):
        raise ValueError(f"number must be between 1 and {len(hints)}, got {number}")
    return Hint(exercise_id, number, len(hints), hints[number - 1])
