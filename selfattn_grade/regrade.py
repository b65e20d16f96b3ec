"""After a test was fixed: grade again, and show whose points change, item by item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from nbgrader.api import MissingEntry

from selfattn_grade.class_run import ClassRun
from selfattn_grade.course import open_gradebook
from selfattn_grade.job_store import JobStore
from selfattn_grade.overview import printable, summary
from selfattn_grade.result import Result

__all__ = ["difference", "regrade"]

Item = tuple[str, str]  # exercise, part


def regrade(
    root: Path,
    assignment: str,
    *,
    workers: int = 0,
    scheduler: str = "",
    sandboxed: bool = True,
    everything: bool = False,
    say: Callable[[str], None] = print,
) -> int:
    """Grade what was graded with other tests, enter the points, and print the difference.

    Marks given by hand stay. A regrade that was killed goes on, and still shows the whole difference.

    Args:
        root: the course's folder.
        assignment: name.
        workers: as of `run`.
        scheduler: as of `run`.
        sandboxed: as of `run`.
        everything: grade again what was graded with these tests, too.
        say: takes the lines of the report.

    Returns:
        0 if every submission came to a final state that is no fault of ours, else 1.
    """
    run = ClassRun(root.resolve(), assignment, sandboxed)
    with run.writing():
        before = {student: _with_other_tests(run.store, student, run.test_hash) for student in run.students()}
        run.grade(workers, scheduler, anew=everything)
        results, changes = run.finish()
        by_hand = _marks_by_hand(run.course.database, assignment)
        for result in results:
            for line in difference(before.get(result.student), result, by_hand.get(result.student, {})):
                say(line)
    for line in changes:
        say(line)
    changed = sum(1 for result in results if list(difference(before.get(result.student), result)))
    say(f"{changed} of {len(results)} submissions have other points than before\n{summary(results)}")
    return 1 if any(result.status == "grader-error" for result in results) else 0


def difference(before: Result | None, after: Result, by_hand: Mapping[Item, float] | None = None) -> Iterator[str]:
    """What is not as it was for one student, a line for the sum and a line for each item.

    Args:
        before: the grading with the tests as they were; None if there was none.
        after: the grading now.
        by_hand: exercise and part → mark that somebody has given, and that counts instead.
    """
    old, new = _points(before), _points(after)
    items = [item for item in dict.fromkeys([*old, *new]) if old.get(item) != new.get(item)]
    if before is None or (before.status == after.status and not items):
        return
    yield f"{printable(after.student)}: {_shown(before.points, before.status)} → {_shown(after.points, after.status)}"
    for item in items:
        kept = f"   (the mark {by_hand[item]:g} that was given by hand stays)" if by_hand and item in by_hand else ""
        yield f"  {', '.join(item)}: {_shown(old.get(item))} → {_shown(new.get(item))}{kept}"


def _shown(points: float | None, otherwise: str = "no verdict") -> str:
    return otherwise if points is None else f"{points:g}"


def _points(result: Result | None) -> dict[Item, float]:
    if result is None or result.status != "graded":
        return {}
    return {(each.exercise, part.part): part.points for each in result.exercises for part in each.parts}


def _with_other_tests(store: JobStore, student: str, test_hash: str) -> Result | None:
    """The newest grading that was done with other tests than those of now; else the newest of all."""
    history = store.history(student)
    other = [result for result in history if result.test_hash and result.test_hash != test_hash]
    return next(reversed(other or history), None)


def _marks_by_hand(database: str, assignment: str) -> dict[str, dict[Item, float]]:
    found: dict[str, dict[Item, float]] = {}
    with open_gradebook(database) as gradebook:
        try:
            handed_in = gradebook.assignment_submissions(assignment)
        except MissingEntry:
            return found
        for submission in handed_in:
            for grade in (grade for notebook in submission.notebooks for grade in notebook.grades):
                exercise, _, part = grade.name.partition("-check-")
                if grade.manual_score is not None:
                    found.setdefault(submission.student.id, {})[exercise, part] = float(grade.manual_score)
    return found
