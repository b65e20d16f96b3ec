"""What an exercise is: one record that the notebook, the book, the checks and the grader all read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partialmethod
from types import MappingProxyType
from typing import Any

from selfattn_check.call import plainly
from selfattn_check.probe import Probe

__all__ = ["Exercise", "Mistake"]


@dataclass(frozen=True)
class Mistake:
    """A wrong idea that can be replayed: the exercise's blueprint with some of its steps replaced.

    Two mistakes whose steps do not overlap can be replayed together; that is how a pair of mistakes is found.

    Attributes:
        code: kebab-case name of the wrong idea, and of its page in the book.
        note: ends the sentence "yours is exactly what comes out …".
        help: what to do instead, one line.
        replaces: step name of the blueprint → the wrong step. The step `whole` stands for the entire function.
        singly: whether it is not tried together with others. Pairs are many, and slips in one place out of several
            seldom come in two.
    """

    code: str
    note: str
    help: str
    replaces: Mapping[str, Callable[..., Any]]
    singly: bool = False

    @classmethod
    def of(cls, code: str, note: str, help_line: str, /, **replaces: Callable[..., Any]) -> Mistake:
        """The same with the wrong steps as keywords."""
        return cls(code, note, help_line, replaces)

    def alone(self) -> Mistake:
        """The same, not tried together with others."""
        return replace(self, singly=True)

    @property
    def see(self) -> str:
        """Page of the book about this mistake, without its suffix."""
        return f"mistakes/{self.code}"

    def combines_with(self, other: Mistake) -> bool:
        """Whether both can be made in the same function: no step is replaced twice."""
        if self.singly or other.singly or "whole" in {*self.replaces, *other.replaces}:
            return False
        return not self.replaces.keys() & other.replaces.keys()


@dataclass(frozen=True)
class Exercise:
    """One function or class that the learner writes, and everything the course knows about it.

    Attributes:
        id: name of the function or class, unique in the course.
        assignment: the notebook that holds it, such as `03a-attention`.
        chapter: number of the book's chapter.
        section: title of the book's section that explains it; `anchor` is that section's label.
        title: short title, sentence case.
        minutes: how long it takes a learner who has read the section.
        difficulty: 1 to 3 stars.
        statement: Markdown; formula, shapes, and an example as a doctest over `selfattn_ref`.
        reference: the function that is right by definition.
        blueprint: the same function as named steps (keyword-only parameters), which mistakes replace.
        returns: names of the results, in the order in which they are returned.
        probes: the inputs on which the attempt is compared with the reference.
        mistakes: the known wrong ideas.
        hints: three, from a nudge to nearly the answer.
        forbidden: dotted names of ready-made functions that are not a solution; `package.*` stands for all of it.
        builds_on: ids of earlier exercises whose functions it is put together from.
        run: how an attempt is tried on a probe's arguments, `run(attempt, {parameter name: value})`; a function is
            simply called. Reference and replayed mistakes are tried in the same way.
        parts: name of a separately graded part → its points, in the order of the notebook.
        advice: code of a symptom → what to look at next in this exercise, where the general advice does not fit.
        quiz: whether the results are answers to questions of their own. Each is then diagnosed alone, and no report
            shows what is expected, for the next attempt would only have to copy it.
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
    reference: Callable[..., Any]
    blueprint: Callable[..., Any]
    returns: Sequence[str]
    probes: Sequence[Probe]
    mistakes: Sequence[Mistake]
    hints: Sequence[str]
    forbidden: Sequence[str]
    builds_on: Sequence[str] = ()
    run: Callable[[Callable[..., Any], Mapping[str, Any]], Any] = plainly
    parts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"values": 1}))
    advice: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    quiz: bool = False

    def __post_init__(self) -> None:
        unknown = {probe.part for probe in self.probes} - set(self.parts)
        if unknown:
            raise ValueError(f"probes of {self.id} must name a part in {list(self.parts)}, got {sorted(unknown)}")

    @property
    def points(self) -> int:
        """Points of all parts together."""
        return sum(self.parts.values())

    @property
    def stars(self) -> str:
        """Difficulty as it is printed."""
        return "★" * self.difficulty

    def replay(self, *mistakes: Mistake) -> Callable[..., Any]:
        """The function or class that comes out with these mistakes, which must not replace the same step twice."""
        steps: dict[str, Callable[..., Any]] = {}
        for mistake in mistakes:
            steps |= mistake.replaces
        whole = steps.pop("whole", None)
        if whole is not None:
            return whole
        if inspect.isclass(self.blueprint):
            members = {"__init__": partialmethod(self.blueprint.__init__, **steps), "replaced": steps}
            return type(self.id, (self.blueprint,), members)
        return lambda *arguments: self.blueprint(*arguments, **steps)
