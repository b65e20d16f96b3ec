"""What grading one submission says: frozen records that are written as JSON and compared by their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

__all__ = ["ExerciseResult", "Finding", "PartResult", "Result", "Status", "from_json", "to_json"]

Status = Literal["graded", "not-submitted", "unreadable", "grader-error"]
State = Literal["passed", "failed", "errored", "timed-out", "ended", "missing", "grader-error"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an answer, in words that hold no hidden number.

    Attributes:
        code: of the mistake or symptom, as in the checks.
        text: what it is, one line.
        confirmed: whether the mistake was replayed or seen happening.
        help: what to do next.
        see: page of the book, without its suffix; empty if there is none.
    """

    code: str
    text: str
    confirmed: bool
    help: str = ""
    see: str = ""


@dataclass(frozen=True)
class PartResult:
    """Points of a separately graded part, and the kinds of probes on which it failed."""

    part: str
    points: float
    of: int
    failed_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExerciseResult:
    """The verdict on one answer.

    Attributes:
        exercise: id.
        state: passed; failed (wrong results); errored, timed-out, ended (no result); missing (nothing to call);
            grader-error (our fault: no points are given or taken).
        parts: in the order of the notebook.
        findings: most certain first.
        trouble: of a grader-error, for the instructor.
    """

    exercise: str
    state: State
    parts: tuple[PartResult, ...]
    findings: tuple[Finding, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class Result:
    """One submission graded once.

    Attributes:
        student: name of the learner's folder.
        assignment: name.
        status: graded; not-submitted; unreadable (there is a file, and nothing could be taken from it);
            grader-error (our fault; grade again). Only a graded submission has points.
        flags: (code, message) of what is odd about the submission.
        exercises: in the order of the notebook.
        sandbox: `bubblewrap`, or `none` for a run with --unsafe.
        code_hash: of the learner's answers.
        test_hash: of the reference, the checks and the released notebook.
        seed_hash: of the seed of the hidden probes.
        graded_at: time in UTC, ISO 8601; not part of the hash.
    """

    student: str
    assignment: str
    status: Status
    flags: tuple[tuple[str, str], ...] = ()
    exercises: tuple[ExerciseResult, ...] = ()
    sandbox: str = ""
    code_hash: str = ""
    test_hash: str = ""
    seed_hash: str = ""
    graded_at: str = ""

    @property
    def points(self) -> float | None:
        """The sum; None where there is no verdict, which is not 0."""
        if self.status != "graded":
            return None
        return sum(part.points for exercise in self.exercises for part in exercise.parts)

    @property
    def hash(self) -> str:
        """Of everything but the time; equal gradings have equal hashes."""
        return hashlib.sha256(to_json(replace(self, graded_at="")).encode()).hexdigest()

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the result depends on: code, tests, seed and sandbox."""
        return self.code_hash, self.test_hash, self.seed_hash, self.sandbox


def to_json(result: Result) -> str:
    """One line of JSON with sorted keys."""
    return json.dumps(asdict(result), sort_keys=True, ensure_ascii=True, allow_nan=False)


def from_json(text: str) -> Result:
    """The result of a line written by `to_json`.

    Raises:
        ValueError: it is not such a line.
    """
    try:
        content = json.loads(text)
        exercises = tuple(_exercise(each) for each in content.pop("exercises"))
        flags = tuple((code, message) for code, message in content.pop("flags"))
        return Result(**content, exercises=exercises, flags=flags)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"a result must be a line written by this grader, got {text[:80]!r}") from error


def _exercise(content: Mapping[str, Any]) -> ExerciseResult:
    parts = tuple(PartResult(**{**part, "failed_on": tuple(part["failed_on"])}) for part in content["parts"])
    findings = tuple(Finding(**each) for each in content["findings"])
    return ExerciseResult(content["exercise"], content["state"], parts, findings, content["trouble"])
