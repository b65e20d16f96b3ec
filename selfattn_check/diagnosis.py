"""Which mistake is it? Known mistakes are replayed on the same probes; only an exact match is named."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from selfattn_check.call import Call
from selfattn_check.comparison import Comparison, Fault, agree, alike, compare, shown_of
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.probe import Probe
from selfattn_check.symptoms import SYMPTOMS, symptom_of
from selfattn_check.tensors import is_tensor

__all__ = ["Diagnosis", "diagnose", "symptom"]

_NO_REPLAY = ("ready-made", "not-written-yet", "times-out", "exits")
_OF_FORM = ("ending", "parameters", "type", "shape", "dtype", "precision")


@dataclass(frozen=True)
class Diagnosis:
    """One answer to "what is wrong?".

    Attributes:
        code: kebab-case name of the mistake or of the symptom.
        message: one plain sentence.
        confirmed: the mistake was replayed and gave exactly the attempt's result, or it was seen happening
            (an argument changed, a forbidden function was called). False: only a symptom is known.
        help: what to do next.
        see: page of the book.
    """

    code: str
    message: str
    confirmed: bool
    help: str
    see: str


def symptom(code: str, message: str) -> Diagnosis:
    """The diagnosis of a symptom: confirmed only where the symptom is itself the mistake."""
    known = SYMPTOMS[code]
    return Diagnosis(code, message, known.certain, known.help, f"mistakes/{code}")


def diagnose(
    exercise: Exercise,
    comparisons: Sequence[Comparison],
    counted: Sequence[Comparison] | None = None,
    *,
    seed: int = 0,
) -> list[Diagnosis]:
    """Name what is wrong with an attempt.

    Args:
        exercise: whose known mistakes are replayed.
        comparisons: of the attempt with the reference, one a probe. A mistake must explain all of them.
        counted: those that the report is about; None for all.
        seed: of the probes' draws.

    Returns:
        Replayed mistakes first, those that explain the failure that the report shows before the others, then mistakes
        seen happening; without either, the symptom of the shown failure. Empty if nothing is wrong.
    """
    about = comparisons if counted is None else counted
    shown = shown_of(about)
    if shown is None:
        return []
    seen = _seen_happening(exercise, (each for each in about if not each.passed))
    if any(diagnosis.code in _NO_REPLAY for diagnosis in seen):
        return seen
    wrong = [each for each in comparisons if each.wrong_numbers]
    first = _of_fault(exercise, shown, shown.faults[0])
    if not shown.wrong_numbers:
        return seen or [first]
    replay = _Replay(exercise, seed)
    replayed = (
        _answer_by_answer(exercise, wrong, replay)
        if exercise.quiz
        else _replayed(exercise, wrong, [each for each in comparisons if each.passed], shown, replay)
    )
    found = replayed or [_with_earlier_steps(exercise, first)]
    return found + [diagnosis for diagnosis in seen if diagnosis.code not in {each.code for each in found}]


def _with_earlier_steps(exercise: Exercise, found: Diagnosis) -> Diagnosis:
    """Where no cause is known, the functions that this one is put together from are checked first."""
    if found.confirmed or not exercise.builds_on:
        return found
    alone = "on its own" if len(exercise.builds_on) == 1 else "on their own"
    return replace(found, help=f"check {' and '.join(exercise.builds_on)} {alone} first; then {found.help}")


def _of_fault(exercise: Exercise, comparison: Comparison, fault: Fault) -> Diagnosis:
    about_attempt = fault.rung in ("mutated", "ready-made", "ending", "parameters")
    found = symptom(symptom_of(comparison, fault).code, f"yours {fault.fact}" if about_attempt else fault.fact)
    return replace(found, help=exercise.advice.get(found.code, found.help))


def _seen_happening(exercise: Exercise, failed: Iterable[Comparison]) -> list[Diagnosis]:
    """Mistakes that need no replay because the fault itself is the mistake; each code once."""
    diagnoses = (_of_fault(exercise, comparison, fault) for comparison in failed for fault in comparison.faults)
    return list({each.code: each for each in reversed([d for d in diagnoses if d.confirmed])}.values())[::-1]


class _Replay:
    """Calls replayed mistakes; draws each probe once, since a replay changes none of its arguments but a generator."""

    def __init__(self, exercise: Exercise, seed: int) -> None:
        self._exercise = exercise
        self._seed = seed
        self._arguments: dict[str, dict[str, Any]] = {}
        for_replays = getattr(exercise.run, "for_replays", None)
        self._run = for_replays() if for_replays else exercise.run

    def agrees(self, mistakes: Sequence[Mistake], comparisons: Iterable[Comparison], *, strong: bool = True) -> bool:
        """Whether the replayed mistakes give the attempt's result on all these probes.

        An exception counts as equal if its type is; but then at least one probe must agree in numbers, or in the
        text of the exception, else nothing was confirmed. `strong=False` drops that last condition.
        """
        function = self._exercise.replay(*mistakes)
        convinced = not strong
        for comparison in comparisons:
            mine = comparison.call
            replayed = self.call(function, mine.probe)
            if not agree(mine, replayed, self._exercise.returns):
                return False
            convinced = convinced or mine.ending == "returned" or str(mine.error) == str(replayed.error)
        return convinced

    def raises_alike(self, mistakes: Sequence[Mistake], comparisons: Iterable[Comparison]) -> bool:
        """Whether the replayed mistakes raise where the attempt does, with the same words, and nowhere else."""
        function = self._exercise.replay(*mistakes)
        for comparison in comparisons:
            mine, replayed = comparison.call, self.call(function, comparison.call.probe)
            if mine.ending != replayed.ending:
                return False
            if not comparison.passed and repr(mine.error) != repr(replayed.error):
                return False
        return True

    def distance(self, shown: Comparison, mistake: Mistake) -> int:
        """How far the mistake, alone, is from the fault that a report shows: 0 makes it, 3 does nothing there."""
        fault, faults = shown.faults[0], self._faults(shown, mistake)
        if any((each.rung, each.where) == (fault.rung, fault.where) for each in faults):
            return 0
        return 1 if any(each.where == fault.where for each in faults) else 2 if faults else 3

    def changes_form(self, comparison: Comparison, mistake: Mistake) -> bool:
        """Whether the mistake, alone, gives a result of another form on this probe, or an exception."""
        return any(fault.rung in _OF_FORM for fault in self._faults(comparison, mistake))

    def _faults(self, comparison: Comparison, mistake: Mistake) -> tuple[Fault, ...]:
        replayed = self.call(self._exercise.replay(mistake), comparison.call.probe)
        return compare(replayed, comparison.expected, self._exercise.returns).faults

    def call(self, function: Any, probe: Probe) -> Call:
        """What the function returns or raises on the probe."""
        arguments = self._arguments.get(probe.name)
        if arguments is None or any(isinstance(each, np.random.Generator) for each in arguments.values()):
            arguments = self._arguments[probe.name] = probe.draw(self._seed)
        try:
            return Call(probe, "returned", self._run(function, arguments))
        except Exception as error:  # noqa: BLE001 — a wrong step may raise anything: that is its result
            return Call(probe, "raised", error=error)


def _replayed(
    exercise: Exercise, wrong: Sequence[Comparison], right: Sequence[Comparison], shown: Comparison, replay: _Replay
) -> list[Diagnosis]:
    """Mistakes that explain every wrong probe; if some explain the right ones too, those alone.

    A mistake that a right probe refutes can only be the cause where the attempt is wrong, and is said to be just that.
    It must agree in numbers there: the same exception or the same empty array would be a coincidence, and so would be
    two mistakes at once where there are no numbers at all. Where nothing explains all, a mistake may explain the
    exceptions: it raises the same ones on the same probes, and no others.
    """
    telling_first = sorted(wrong, key=_telling)
    in_numbers = any(_holds_numbers(each.call) for each in wrong)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for candidates in (_singles(exercise), _pairs(exercise, telling_first, replay) if in_numbers else ()):
            matching = [candidate for candidate in candidates if replay.agrees(candidate, telling_first)]
            everywhere = [candidate for candidate in matching if replay.agrees(candidate, right, strong=False)]
            if everywhere:
                return _distinct(everywhere, partial(replay.distance, shown))
            if matching and in_numbers:
                least = _least_refuted(matching, right, replay)
                return _distinct(least, partial(replay.distance, shown), where="where it is wrong, ")
        if shown.call.ending == "raised" and in_numbers:
            raising = [each for each in _singles(exercise) if replay.raises_alike(each, [*telling_first, *right])]
            return _distinct(raising, partial(replay.distance, shown), where="where it raises an error, ")
    return []


def _least_refuted(
    candidates: Sequence[Sequence[Mistake]], right: Sequence[Comparison], replay: _Replay
) -> list[Sequence[Mistake]]:
    """Those that agree with the attempt on most of its right probes."""
    agreeing = [sum(replay.agrees(each, [one], strong=False) for one in right) for each in candidates]
    return [each for each, number in zip(candidates, agreeing, strict=True) if number == max(agreeing)]


def _holds_numbers(call: Call) -> bool:
    """Whether something came back that another result could differ from."""
    return call.ending == "returned" and (not isinstance(call.value, np.ndarray) or call.value.size > 0)


def _answer_by_answer(exercise: Exercise, wrong: Sequence[Comparison], replay: _Replay) -> list[Diagnosis]:
    """Of a quiz: the wrong ideas that explain single answers. One that explains several is named once."""
    told: dict[str, list[str]] = {}
    first: dict[str, Mistake] = {}
    for comparison in wrong:
        answered = [fault.where for fault in comparison.faults if fault.where]
        for mistake in exercise.mistakes if answered else ():
            replayed = replay.call(exercise.replay(mistake), comparison.call.probe).value
            places = [where for where in answered if alike(comparison.call.value[where], replayed[where])]
            if places:
                told.setdefault(mistake.code, []).extend(places)
                first.setdefault(mistake.code, mistake)
    return [
        Diagnosis(
            code, f"yours ({', '.join(told[code])}) is exactly what comes out {each.note}", True, each.help, each.see
        )
        for code, each in first.items()
    ]


def _telling(comparison: Comparison) -> tuple[bool, int, int]:
    """Sort key: probes that returned, then those with most arguments, then the small ones; they refute fastest."""
    arguments = comparison.call.probe.draw().values()
    return comparison.call.ending != "returned", -len(arguments), sum(map(_size, arguments))


def _size(argument: Any) -> int:
    return int(argument.numel()) if is_tensor(argument) else int(np.size(argument))


def _singles(exercise: Exercise) -> Iterator[tuple[Mistake, ...]]:
    return ((mistake,) for mistake in exercise.mistakes)


def _pairs(exercise: Exercise, wrong: Sequence[Comparison], replay: _Replay) -> Iterator[tuple[Mistake, ...]]:
    """Pairs that may explain the wrong probes.

    A result of another form (shape, type, precision, an exception) comes from a mistake that changes the form by
    itself. So where there is such a result, pairs of other mistakes are not tried: they are most of what there is.
    """
    odd = next((each for each in wrong if each.faults[0].rung in _OF_FORM), None)
    changing = {id(each) for each in exercise.mistakes if odd is None or replay.changes_form(odd, each)}
    for one, other in combinations(exercise.mistakes, 2):
        if one.combines_with(other) and (id(one) in changing or id(other) in changing):
            yield one, other


def _distinct(
    candidates: Iterable[Sequence[Mistake]], distance: Callable[[Mistake], int], *, where: str = ""
) -> list[Diagnosis]:
    """One diagnosis a mistake: a pair gives two. The nearest to what is shown first, else as the exercise has them."""
    found: dict[str, tuple[Mistake, Diagnosis]] = {}
    for candidate in candidates:
        message = f"{where}yours is exactly what comes out {' and '.join(mistake.note for mistake in candidate)}"
        for mistake in candidate:
            told = Diagnosis(mistake.code, message, True, mistake.help, mistake.see)
            found.setdefault(mistake.code, (mistake, told))
    nearest = sorted(found.values(), key=lambda each: distance(each[0])) if len(found) > 1 else found.values()
    return [diagnosis for _, diagnosis in nearest]
