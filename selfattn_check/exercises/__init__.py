"""Every exercise of the course, by id, in the order in which the notebooks ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from selfattn_check.exercise import Exercise
from selfattn_check.exercises.attention_scores import ATTENTION_SCORES

__all__ = ["EXERCISES"]

EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {
        exercise.id: exercise
        for exercise in (
            # 03a-attention
            ATTENTION_SCORES,
        )
    }
)
