"""Grading one submission: its answers run in a room, the verdict falls here.

Points are given for a part only if every probe of that part was tried and agreed with the reference. Whatever else
happens gives none; what is our own fault is no verdict at all.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from selfattn_check import EXERCISES, Exercise, Report
from selfattn_check.checking import examine
from selfattn_check.watchdog import TimedOut
from selfattn_grade.answer_room import AnswerRoom
from selfattn_grade.bubblewrap import Limits
from selfattn_grade.given import Given
from selfattn_grade.learner_feedback import findings, load_finding
from selfattn_grade.result import ExerciseResult, PartResult, Result, State
from selfattn_grade.room_reply import RoomDied

__all__ = ["Job", "code_hash", "grade"]

_NO_LIMIT = 3_600.0  # seconds: the room has limits of its own


@dataclass(frozen=True)
class Job:
    """Everything that grading one submission needs; no files.

    Attributes:
        student: name of the learner's folder.
        assignment: name.
        answers: id of an answer cell → the learner's source.
        flags: of the intake.
        given: what the released notebook gives to answers.
        libraries: distributions in the room.
        seed: of the class; every learner and exercise draws other numbers from it.
        test_hash: of what the answers are compared with.
        sandboxed: False runs learners' code with our rights.
        limits: of the room.
    """

    student: str
    assignment: str
    answers: Mapping[str, str]
    flags: tuple[tuple[str, str], ...]
    given: Given
    libraries: tuple[str, ...]
    seed: int
    test_hash: str
    sandboxed: bool = True
    limits: Limits = field(default_factory=Limits)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """As of the result that it will have."""
        return code_hash(self.answers), self.test_hash, _digest(str(self.seed)), self.sandbox

    @property
    def sandbox(self) -> str:
        """Name of the walls around learners' code."""
        return "bubblewrap" if self.sandboxed else "none"


def code_hash(answers: Mapping[str, str]) -> str:
    """Of a learner's answers."""
    return _digest("\0".join(f"{cell}\0{source}" for cell, source in sorted(answers.items())))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def grade(job: Job) -> Result:
    """Grade one submission; whatever is in it, this returns."""
    code, tests, seed, sandbox = job.key
    result = Result(job.student, job.assignment, "graded", job.flags, (), sandbox, code, tests, seed)
    exercises = [exercise for exercise in EXERCISES.values() if exercise.assignment == job.assignment]
    graded = []
    cells = {f"{each.id}-answer": job.answers[f"{each.id}-answer"] for each in exercises if _has(job, each)}
    with AnswerRoom(job.given, cells, job.libraries, job.limits, sandboxed=job.sandboxed) as room:
        for exercise in exercises:
            try:
                graded.append(_grade_exercise(exercise, room, job))
            except Exception as error:  # noqa: BLE001 — no verdict, and the rest of the class goes on
                graded.append(_trouble(exercise, f"{type(error).__name__}: {error}"))
    broken = any(exercise.state == "grader-error" for exercise in graded)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return replace(result, status="grader-error" if broken else "graded", exercises=tuple(graded), graded_at=now)


def _has(job: Job, exercise: Exercise) -> bool:
    return f"{exercise.id}-answer" in job.answers


def _grade_exercise(exercise: Exercise, room: AnswerRoom, job: Job) -> ExerciseResult:
    cell = f"{exercise.id}-answer"
    try:
        attempt = room.attempt(exercise.id, exercise.forbidden)
    except (TimedOut, RoomDied):  # the learner's code is asked for its signature, too
        attempt = None
    if room.trouble:
        return _trouble(exercise, room.trouble)
    if attempt is None:
        finding = load_finding(exercise.id, room.failure(cell), found=_has(job, exercise))
        state: State = "timed-out" if finding.code == "times-out" else "missing"
        return ExerciseResult(exercise.id, state, _no_points(exercise), (finding,))
    # Ready-made functions are watched for in the room: nothing of the learner's is called here.
    report = examine(replace(exercise, forbidden=()), attempt, seed=_seed(job, exercise), seconds=_NO_LIMIT)
    if room.trouble or report.state == "broken":
        return _trouble(exercise, room.trouble or report.trouble)
    parts = tuple(_part(part, points, exercise, report) for part, points in exercise.parts.items())
    passed = all(part.points == part.of for part in parts)
    return ExerciseResult(exercise.id, "passed" if passed else _state(report), parts, findings(report))


def _seed(job: Job, exercise: Exercise) -> int:
    """Of the hidden numbers for this learner and these answers.

    Nobody can tell it from those of others. What a report gives away of the numbers, in which probes fail and how, is
    worth nothing: with another answer they are others, and with the same ones the same.
    """
    about = f"{job.student}\0{job.assignment}\0{exercise.id}\0{code_hash(job.answers)}".encode()
    return int.from_bytes(hmac.digest(str(job.seed).encode(), about, "sha256")[:8], "big")


def _part(part: str, points: int, exercise: Exercise, report: Report) -> PartResult:
    """All points of a part for agreement on every probe of it; else none."""
    asked = {probe.name for probe in exercise.probes if probe.part == part}
    agreed = {each.call.probe.name for each in report.comparisons if each.passed}
    failed = [each.call.probe for each in report.failures if each.call.probe.part == part]
    kinds = tuple(f"{probe.name}: {probe.purpose}" for probe in failed)
    return PartResult(part, points if asked and asked <= agreed else 0, points, kinds)


def _state(report: Report) -> State:
    errors = [each.call for each in report.failures]
    if any(call.ending == "timed-out" for call in errors):
        return "timed-out"
    if any(isinstance(call.error, RoomDied) for call in errors):
        return "ended"
    return "errored" if report.state == "errored" else "failed"


def _no_points(exercise: Exercise) -> tuple[PartResult, ...]:
    return tuple(PartResult(part, 0, points) for part, points in exercise.parts.items())


def _trouble(exercise: Exercise, trouble: str) -> ExerciseResult:
    return ExerciseResult(exercise.id, "grader-error", _no_points(exercise), trouble=trouble[:500])
