"""The warm-up schedule as steps: count → rise, fall → choose → size → say.

Each step is a keyword-only parameter; the defaults together are the reference, and a mistake replaces the steps that
it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["rate"]

Step = Callable[..., Any]


def count(step: int) -> float:
    """The first step is 1."""
    return step


def rise(step: float, warmup_steps: int) -> float:
    """A straight line from 0."""
    return float(step * warmup_steps**-1.5)


def fall(step: float, warmup_steps: int) -> float:
    """One over the root of the step."""
    return float(step**-0.5)


def choose(rising: float, falling: float, step: float, warmup_steps: int) -> float:
    """The smaller of the two: the line first, then the curve."""
    return min(rising, falling)


def size(d_model: int) -> float:
    """One over the root of the width."""
    return float(d_model**-0.5)


def say(learning_rate: float, d_model: int, warmup_steps: int) -> float:
    """The rate itself."""
    return learning_rate


def rate(
    step: int,
    d_model: int,
    warmup_steps: int,
    *,
    count: Step = count,
    rise: Step = rise,
    fall: Step = fall,
    choose: Step = choose,
    size: Step = size,
    say: Step = say,
) -> Any:
    """`warmup_learning_rate` as steps."""
    counted = count(step)
    chosen = choose(rise(counted, warmup_steps), fall(counted, warmup_steps), counted, warmup_steps)
    return say(size(d_model) * chosen, d_model, warmup_steps)
