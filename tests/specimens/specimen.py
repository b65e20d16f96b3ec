"""A specimen: one attempt at an exercise, with the codes that the check must give it (none for a right one)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["SPECIMENS", "Specimen", "right", "wrong"]

Attempt = Callable[..., Any]


@dataclass(frozen=True)
class Specimen:
    """An attempt and what it is."""

    exercise_id: str
    attempt: Attempt
    codes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Unique and readable: exercise, codes or "right", function name."""
        return f"{self.exercise_id}-{'+'.join(self.codes) or 'right'}-{self.attempt.__name__}"


SPECIMENS: list[Specimen] = []


def wrong(exercise_id: str, *codes: str) -> Callable[[Attempt], Attempt]:
    """Register an attempt that makes these mistakes, each of which must be named."""

    def register(attempt: Attempt) -> Attempt:
        SPECIMENS.append(Specimen(exercise_id, attempt, codes))
        return attempt

    if not codes:
        raise ValueError(f"codes of a wrong specimen of {exercise_id} must name at least one mistake, got none")
    return register


def right(exercise_id: str) -> Callable[[Attempt], Attempt]:
    """Register a right attempt in another style, which must be accepted."""

    def register(attempt: Attempt) -> Attempt:
        SPECIMENS.append(Specimen(exercise_id, attempt, ()))
        return attempt

    return register
