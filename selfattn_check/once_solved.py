"""Pictures of the learner's own results: they wait until the functions that they need are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selfattn_check.checking import examine, find

__all__ = ["Waiting", "once_solved"]


@dataclass(frozen=True)
class Waiting:
    """Stands where a picture will be."""

    unsolved: tuple[str, ...]

    def __str__(self) -> str:
        return self._sentence("")

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return f"*{self._sentence('`')}*"

    def _sentence(self, quote: str) -> str:
        *others, last = (f"{quote}{each}{quote}" for each in self.unsolved)
        names = f"{', '.join(others)} and {last} pass their checks" if others else f"{last} passes its check"
        return f"The picture appears here once {names}."


def once_solved(*exercise_ids: str, show: Callable[[], Any]) -> Any:
    """Run a cell's code only when the functions that it uses are right, so that it cannot fail because of them.

    Args:
        exercise_ids: exercises whose functions `show` calls, under their own names.
        show: draws the picture.

    Returns:
        What `show` returns; a short text in its place while one of the functions is missing or wrong.

    >>> once_solved("attention_scores", show=lambda: attention_scores(query, key))
    The picture appears here once attention_scores passes its check.
    """
    namespace = getattr(show, "__globals__", {})
    unsolved = [
        each for each in exercise_ids if not (each in namespace and examine(find(each), namespace[each]).passed)
    ]
    return Waiting(tuple(unsolved)) if unsolved else show()
