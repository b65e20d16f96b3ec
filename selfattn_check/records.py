"""The exercises by id, of which some are read only when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module

from selfattn_check.exercise import Exercise

__all__ = ["Later", "Records"]


@dataclass(frozen=True)
class Later:
    """Where the record of an exercise is that needs PyTorch, whose import takes longer than a check.

    Attributes:
        id: of the exercise.
        module: file in `selfattn_check/exercises`, without its suffix; it holds the record under its own name in
            capitals.
    """

    id: str
    module: str

    def read(self) -> Exercise:
        """Import the module."""
        exercise = getattr(import_module(f"selfattn_check.exercises.{self.module}"), self.module.upper())
        assert isinstance(exercise, Exercise)
        return exercise


class Records(Mapping[str, Exercise]):
    """Read-only mapping from id to record, in the order given; ids are known without importing anything."""

    def __init__(self, entries: Mapping[str, Exercise | Later]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, exercise_id: str) -> Exercise:
        entry = self._entries[exercise_id]
        if isinstance(entry, Later):
            entry = self._entries[exercise_id] = entry.read()
        return entry

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, exercise_id: object) -> bool:
        return exercise_id in self._entries  # Mapping's own would read the record
