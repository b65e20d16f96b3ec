"""The door: `check` runs Probe → Call → Comparison → Diagnosis → Report for one attempt."""

from __future__ import annotations

import difflib
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from selfattn_check.call import call
from selfattn_check.comparison import Comparison, compare
from selfattn_check.diagnosis import Diagnosis, diagnose
from selfattn_check.exercise import Exercise
from selfattn_check.exercises import EXERCISES
from selfattn_check.fitness import unfit
from selfattn_check.quiz import conceal
from selfattn_check.report import CheckFailed, Report, State
from selfattn_check.torch_conditions import usual_settings

__all__ = ["check", "examine", "find"]

SEED_VARIABLE = "SELFATTN_CHECK_SEED"
SECONDS = 5.0
# An exercise is known to the check as steps; calling those is no more a solution than calling the reference.
_OWN_STEPS = tuple(f"selfattn_check.{package}.*" for package in ("blueprints", "mistakes"))


def check(exercise_id: str, attempt: Any, *, part: str | None = None, show: bool = True) -> Report:
    """Check an attempt at an exercise and name the mistake.

    Args:
        exercise_id: name of the exercise, a key of `EXERCISES`.
        attempt: the learner's function or class. Whatever it does, nothing but the stop button gets through.
        part: a separately graded part of the exercise; None for all of it.
        show: display the report, and raise unless the attempt passed. False: only return the report.

    Returns:
        The report. `report.passed` is the verdict, `report.diagnoses` the reasons.

    Raises:
        CheckFailed: the attempt did not pass, and `show` is true.
        ValueError: there is no such exercise or part.

    >>> check("attention_scores", lambda q, k: q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5, show=False).passed
    True
    """
    exercise = find(exercise_id, part)
    exercise = replace(exercise, forbidden=(*exercise.forbidden, *_behind_the_check(exercise)))
    report = examine(exercise, attempt, part=part, seed=_seed())
    if not show:
        return report
    _display(report)
    if not report.passed:
        raise CheckFailed(report)
    return replace(report, shown=True)


def _behind_the_check(exercise: Exercise) -> tuple[str, ...]:
    """The check's own ways to the right answer, which are no solution either."""
    return *_OWN_STEPS, f"{exercise.blueprint.__module__}.{exercise.blueprint.__name__}"


def _seed() -> int:
    """Seed of the probes: 0 for learners; a grader's environment draws other numbers than the learner saw."""
    value = os.environ.get(SEED_VARIABLE, "0")
    if not value.isdecimal():
        raise ValueError(f"{SEED_VARIABLE} must be a whole number, at least 0, got {value!r}")
    return int(value)


def find(exercise_id: str, part: str | None = None, exercises: Mapping[str, Exercise] = EXERCISES) -> Exercise:
    """The exercise of that name.

    Raises:
        ValueError: there is no such exercise, or it has no such part; the message names the nearest.
    """
    if exercise_id not in exercises:
        near = difflib.get_close_matches(str(exercise_id), exercises, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f", one of {', '.join(exercises)}"
        raise UnknownNameError(f"exercise_id must name an exercise, got {exercise_id!r}{hint}")
    exercise = exercises[exercise_id]
    if part is not None and part not in exercise.parts:
        raise UnknownNameError(f"part must be one of {', '.join(exercise.parts)} or None, got {part!r}")
    return exercise


class UnknownNameError(ValueError):
    """A name that the course does not have. In a notebook it prints one line."""

    def _render_traceback_(self) -> list[str]:
        return [f"ValueError: {self}"]


def examine(
    exercise: Exercise, attempt: Any, *, part: str | None = None, seed: int = 0, seconds: float = SECONDS
) -> Report:
    """Run the whole pipeline and return the report; never raises because of the attempt.

    Every probe is tried, and the diagnosis uses all of them; the verdict counts those of `part`.

    Args:
        exercise: what to check.
        attempt: the learner's function.
        part: the part whose probes decide; None for all.
        seed: of the probes' draws.
        seconds: time limit of one call.
    """
    started = time.perf_counter()
    points = exercise.points if part is None else exercise.parts[part]

    def report(state: State, diagnoses: list[Diagnosis], compared: tuple[Comparison, ...] = (), **more: Any) -> Report:
        elapsed = time.perf_counter() - started
        return Report(exercise.id, part, state, diagnoses, compared, points, elapsed, seed, **more)

    try:
        misfit = unfit(exercise, attempt)
        if misfit:
            return report("errored", [misfit])
        with usual_settings():
            compared = _compare_all(exercise, attempt, seed, seconds)
            counted = tuple(each for each in compared if part in (None, each.call.probe.part) or _stopped(each))
            if all(comparison.passed for comparison in counted):
                return report("passed", [], counted)
            diagnoses = diagnose(exercise, compared, counted, seed=seed)
        result = report("failed", diagnoses, counted)
        example = result.example
        returned = example is None or example.call.ending == "returned" or example.call.ready_made
        return result if returned else replace(result, state="errored")
    except Exception as trouble:  # noqa: BLE001 — a broken check is not a failed learner
        return report("broken", [], trouble=f"{type(trouble).__name__}: {trouble}")


def _compare_all(exercise: Exercise, attempt: Callable[..., Any], seed: int, seconds: float) -> list[Comparison]:
    """The attempt on every probe; stops at a call that never returned or tried to exit: the rest would too."""
    compared: list[Comparison] = []
    for probe in exercise.probes:
        # A trial may build the blueprint, once for each size, to know which parameters the attempt must have. Within
        # the attempt's call that would be seen as the attempt calling it: the first right one of a session was "ready
        # made". The reference cannot come first instead: an attempt could find its result in its callers' frames.
        prepare = getattr(exercise.run, "prepare", None)
        if prepare is not None:
            prepare(probe.draw(seed))
        mine = call(attempt, probe, seed=seed, forbidden=exercise.forbidden, seconds=seconds, run=exercise.run)
        expected = call(exercise.reference, probe, seed=seed, run=exercise.run)  # afterward: no result in its callers
        if expected.error and not (probe.raises and isinstance(expected.error, probe.raises)):
            raise RuntimeError(f'the reference failed on the probe "{probe.name}"') from expected.error
        comparison = compare(mine, expected, exercise.returns)
        compared.append(conceal(comparison) if exercise.quiz else comparison)
        if _stopped(compared[-1]):
            break
    return compared


def _stopped(comparison: Comparison) -> bool:
    return comparison.call.ending in ("timed-out", "exited")


def _display(report: Report) -> None:
    """Show the report in a notebook, print it elsewhere."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display  # noqa: PLC0415

        display(report)
    else:
        print(report.text)
