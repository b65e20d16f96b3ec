"""Pictures of the learner's own results: they wait until the functions that they need are right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from selfattn_check.checking import examine, find

__all__ = ["Waiting", "once_solved"]


@dataclass(frozen=True)
class Waiting:
    """Stands where a picture will be, and says what it waits for.

    Attributes:
        unsolved: exercises that do not pass their checks yet.
        earlier: titles of cells that waited themselves when they were run.
    """

    unsolved: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self._sentence("", "“{}”")

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return f"*{self._sentence('`', '**{}**')}*"

    def _sentence(self, quote: str, title: str) -> str:
        if self.unsolved:
            verb = "passes its check" if len(self.unsolved) == 1 else "pass their checks"
            names = _listed([f"{quote}{each}{quote}" for each in self.unsolved])
            return f"The picture appears here once {names} {verb}."
        cells = _listed([title.format(each) for each in self.earlier])
        verb = "it was" if len(self.earlier) == 1 else "they were"
        return f"Run {cells} once more, then this cell: {verb} still waiting for your functions."


def _listed(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def once_solved(*exercise_ids: str, show: Callable[[], Any], after: Mapping[str, Any] | None = None) -> Any:
    """Run a cell's code only when the functions that it uses are right, so that it cannot fail because of them.

    Args:
        exercise_ids: exercises whose functions `show` calls, under their own names.
        show: draws the picture.
        after: title of an earlier cell → what `once_solved` returned there, for each cell whose work `show` needs. It
            may have been run while functions were missing, and only waited.

    Returns:
        What `show` returns; a short text in its place while one of the functions is missing or wrong, or while an
        earlier cell has not done its work.

    >>> once_solved("attention_scores", show=lambda: attention_scores(query, key))
    The picture appears here once attention_scores passes its check.
    >>> once_solved(show=lambda: "a picture", after={"Now pretrain": Waiting(("attention_scores",))})
    Run “Now pretrain” once more, then this cell: it was still waiting for your functions.
    """
    namespace = getattr(show, "__globals__", {})
    unsolved = tuple(
        each for each in exercise_ids if not (each in namespace and examine(find(each), namespace[each]).passed)
    )
    earlier = tuple(title for title, shown in (after or {}).items() if isinstance(shown, Waiting))
    return Waiting(unsolved, earlier) if unsolved or earlier else show()
