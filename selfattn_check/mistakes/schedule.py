"""Mistakes in a learning rate that rises and falls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selfattn_check.exercise import Mistake

__all__ = ["SCHEDULING"]

_FORMULA = "`d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)`"
_MEET = "line and curve meet at step = warmup_steps: w · w^−1.5 is w^−0.5"
_ONE = "the first step is 1: use `step` as it comes"


def _sized(code: str, note: str, size: Callable[[int], float]) -> Mistake:
    return Mistake(code, note, "multiply by one over the root of the width: `d_model**-0.5`", {"size": size})


def _rising(code: str, note: str, rise: Callable[[float, int], float]) -> Mistake:
    return Mistake(code, note, _MEET, {"rise": rise})


def _falling(code: str, note: str, fall: Callable[[float, int], float]) -> Mistake:
    return Mistake(
        code, note, "after the warm-up the rate falls with the root of the step: `step**-0.5`", {"fall": fall}
    )


def _chosen(code: str, note: str, choose: Callable[..., float]) -> Mistake:
    return Mistake(code, note, _FORMULA, {"choose": choose})


def _relative(learning_rate: float, d_model: int, warmup_steps: int) -> Any:
    return learning_rate * (d_model * warmup_steps) ** 0.5


SCHEDULING = (
    _chosen("larger-of-both", "when the larger of line and curve is taken", lambda line, curve, s, w: max(line, curve)),
    _chosen(
        "larger-of-both",
        "when line and curve are exchanged at warmup_steps",
        lambda line, curve, s, w: curve if s < w else line,
    ),
    _chosen("no-warmup", "without the rise: the curve from the start", lambda line, curve, s, w: curve),
    _chosen("never-falls", "when the rate goes on rising after the warm-up", lambda line, curve, s, w: line),
    _chosen(
        "never-falls", "when the rate stays at its peak after the warm-up", lambda line, curve, s, w: min(line, w**-0.5)
    ),
    _rising("line-misses-curve", "when the line is step · warmup_steps^−0.5", lambda s, w: s * w**-0.5),
    _rising("line-misses-curve", "when the line is step / warmup_steps", lambda s, w: s / w),
    _rising("line-misses-curve", "when the line is step · warmup_steps^1.5", lambda s, w: s * w**1.5),
    _falling("falls-too-fast", "when the rate falls with 1 / step", lambda s, w: 1 / s),
    _falling("falls-too-fast", "when the rate falls with warmup_steps^0.5 / step", lambda s, w: w**0.5 / s),
    _falling("root-not-inverted", "when the curve is √step instead of 1/√step", lambda s, w: s**0.5),
    _sized("ignores-width", "without the factor for the width", lambda d: 1.0),
    _sized("width-not-rooted", "when it is divided by d_model, without the root", lambda d: 1 / d),
    _sized("root-not-inverted", "when it is multiplied by √d_model", lambda d: d**0.5),
    Mistake(
        "power-before-division",
        "when Python reads `step**-1/2` as (step**-1) / 2",
        "powers come before division: write `step**-0.5`, or `step ** (-1 / 2)`",
        {"size": lambda d: d**-1 / 2, "fall": lambda s, w: s**-1 / 2, "rise": lambda s, w: s * w**-3 / 2},
    ),
    Mistake("step-shifted", "when the steps are counted one too high", _ONE, {"count": lambda step: step + 1}),
    Mistake("step-shifted", "when the steps are counted from 0", _ONE, {"count": lambda step: step - 1}),
    Mistake(
        "share-of-the-peak",
        "when the rate is returned as a share of its peak",
        "return the rate itself: its peak is (d_model · warmup_steps)^−0.5",
        {"say": _relative},
    ),
)
