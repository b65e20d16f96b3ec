"""Grade a class: every submission of an assignment comes to a final state, and a run that was killed goes on."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from tqdm import tqdm

import selfattn_check
import selfattn_ref
from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.bubblewrap import Limits
from selfattn_grade.course import COURSE_ID, RELEASED, Course, hidden_seed
from selfattn_grade.given import given_by
from selfattn_grade.gradebook_entry import enter, prepare, withdraw, write_graded
from selfattn_grade.grading import Job, code_hash, grade
from selfattn_grade.intake import Flag, Intake, answer_cells, take_in, transplant
from selfattn_grade.job_store import JobStore
from selfattn_grade.late_penalties import PenaltyChange, PenaltyLog, handed_in_at, penalty
from selfattn_grade.libraries import used_by
from selfattn_grade.overview import as_csv, as_table, summary
from selfattn_grade.result import Result, Status
from selfattn_grade.settings import settings, shown
from selfattn_grade.workers import cluster, graded
from selfattn_grade.zygote import require_sandbox

__all__ = ["ClassRun", "run"]


def run(
    root: Path,
    assignment: str,
    *,
    workers: int = 0,
    scheduler: str = "",
    sandboxed: bool = True,
    limits: Limits | None = None,
    say: Callable[[str], None] = print,
) -> int:
    """Grade all submissions of an assignment, enter the points, and print a table.

    What has been graded already, with the same answers, tests, seed and sandbox, is not graded again.

    Args:
        root: the course's folder, with `submitted/<student>/<assignment>/`.
        assignment: name.
        workers: how many at a time; 0 for one on each core.
        scheduler: address of a Dask cluster that grades instead.
        sandboxed: False runs learners' code with your rights, and stamps that on every result.
        limits: of a room.
        say: takes the lines of the report.

    Returns:
        0 if every submission came to a final state that is no fault of ours, else 1.

    Raises:
        SandboxUnavailable: there is no sandbox, and `sandboxed` is true.
        NoCluster: there is no cluster at that address.
        ValueError: the assignment was never released, or nbgrader_config.py leaves the grader out.
    """
    this = ClassRun(root.resolve(), assignment, sandboxed, limits or Limits())
    with this.writing():
        this.grade(workers, scheduler)
        results = this.latest()
        for change in this.enter(results):
            say(str(change))
        table = this.store.folder.with_suffix(".csv")
        write_atomically(table, as_csv(results), mode=0o600)
    say(f"{as_table(results)}\n\n{summary(results)}")
    say(f"CSV        {table}\ngradebook  {shown(this.course.database)}")
    return 1 if any(result.status == "grader-error" for result in results) else 0


@dataclass
class ClassRun:
    """One assignment of one class.

    Attributes:
        root: the course's folder.
        assignment: name.
        sandboxed: whether learners' code is shut in.
        limits: of a room.
    """

    root: Path
    assignment: str
    sandboxed: bool = True
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        path = self.root / RELEASED / self.assignment / f"{self.assignment}.ipynb"
        if not path.exists():
            raise ValueError(f"assignment must have been released, there is no {path}")
        self.released = nbformat.read(path, as_version=4)
        self.given = given_by(self.released)
        self.libraries = used_by(self.given.source)
        self.test_hash = _hash_of_tests(path)
        self.seed = hidden_seed(self.root)
        self.store = JobStore(self.root, self.assignment)
        self.course = Course(self.root, settings(self.root))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep the store for this process.

        Raises:
            SandboxUnavailable: learners' code shall run in a sandbox, and there is none.
            StoreInUse: another process has it.
        """
        if self.sandboxed:
            require_sandbox()
        with self.store.writing():
            yield

    def students(self) -> list[str]:
        """Names of the folders in `submitted/`, in order."""
        folder = self.root / "submitted"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def take_in(self, student: str) -> Intake:
        """The answers of a student."""
        if student.encode("utf-8", "replace").decode() != student:
            flag = Flag("unreadable", "the name of the student's folder is not valid text")
            return Intake(student, "unreadable", {}, (flag,))
        return take_in(self.root / "submitted", student, self.assignment, self.released)

    def grade(self, workers: int = 0, scheduler: str = "", *, anew: bool = False) -> None:
        """Bring every submission to a final state in the store, with a line of progress.

        Args:
            workers: how many at a time; 0 for one on each core.
            scheduler: address of a Dask cluster that grades instead.
            anew: grade again what needs it not.
        """
        students = self.students()
        counts: Counter[str] = Counter()
        with (
            cluster(workers or os.cpu_count() or 1, scheduler, sandboxed=self.sandboxed) as on,
            tqdm(total=len(students), unit="submission", desc=self.assignment, dynamic_ncols=True) as bar,
        ):

            def keep(result: Result, *, new: bool) -> None:
                if new:
                    self.store.add(result)
                counts["failed"] += result.status != "graded"
                bar.set_postfix(not_graded=counts["failed"], refresh=False)
                bar.update()

            for result in graded(self._jobs(students, keep, anew=anew), on, alive=bar.refresh):
                keep(result, new=True)

    def _jobs(self, students: Sequence[str], keep: Callable[..., None], *, anew: bool = False) -> Iterator[Job]:
        """What is to be graded; what needs no grading is kept on the way."""
        for student in students:
            intake = self.take_in(student)
            latest = self.store.latest(student)
            if intake.status == "accepted":
                job = self.job(intake)
                known = latest is not None and (latest.key, latest.flags) == (job.key, job.flags)
                if latest is not None and latest.status == "graded" and known and not anew:
                    keep(latest, new=False)
                else:
                    yield job
            else:
                result = _ungraded(intake, self.assignment)
                keep(result, new=latest is None or latest.hash != result.hash)

    def grade_one(self, student: str) -> Result:
        """Grade one submission here and now."""
        intake = self.take_in(student)
        result = grade(self.job(intake)) if intake.status == "accepted" else _ungraded(intake, self.assignment)
        self.store.add(result)
        return result

    def graded_path(self, student: str) -> Path:
        """Where nbgrader looks for a graded notebook."""
        return self.root / "autograded" / student / self.assignment / f"{self.assignment}.ipynb"

    def job(self, intake: Intake) -> Job:
        """The grading of what was taken in."""
        return Job(
            student=intake.student,
            assignment=self.assignment,
            answers=dict(intake.answers),
            flags=_pairs(intake),
            given=self.given,
            libraries=self.libraries,
            seed=self.seed,
            test_hash=self.test_hash,
            sandboxed=self.sandboxed,
            limits=self.limits,
        )

    def latest(self) -> list[Result]:
        """The newest result of every student with a folder."""
        return [result for student in self.students() if (result := self.store.latest(student))]

    def enter(self, results: Iterable[Result]) -> list[PenaltyChange]:
        """Write the gradebook and the graded notebooks; the same results write the same.

        Returns:
            The late penalties that are not what they were.
        """
        prepare(self.course.database, self.assignment, self.released)
        log = PenaltyLog(self.store.folder)
        with Gradebook(self.course.database, COURSE_ID) as gradebook:
            changes = [self._enter_one(gradebook, result, log) for result in results]
        return [change for change in changes if change]

    def _enter_one(self, gradebook: Gradebook, result: Result, log: PenaltyLog) -> PenaltyChange | None:
        if result.status != "graded":
            withdraw(gradebook, self.assignment, result.student)
            return None
        answers = self.take_in(result.student).answers
        when = handed_in_at(self.root / "submitted" / result.student / self.assignment)
        enter(gradebook, result, self._written(answers), when)
        write_graded(self.graded_path(result.student), transplant(self.released, answers), result)
        course = self.course
        return log.note(
            result.student, penalty(gradebook, course.config, course.database, self.assignment, result.student)
        )

    def _written(self, answers: Mapping[str, str]) -> dict[str, bool]:
        """Tasks that are answered in words, and whether the learner has written anything."""
        stubs = {cell.id: cell.stub for cell in answer_cells(self.released) if not cell.defines}
        return {cell: answers.get(cell, stub) != stub for cell, stub in stubs.items()}


def _ungraded(intake: Intake, assignment: str) -> Result:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    status: Status = "unreadable" if intake.status == "unreadable" else "not-submitted"
    return Result(intake.student, assignment, status, _pairs(intake), code_hash=code_hash({}), graded_at=now)


def _pairs(intake: Intake) -> tuple[tuple[str, str], ...]:
    return tuple((flag.code, flag.message) for flag in intake.flags)


def _hash_of_tests(released: Path) -> str:
    """Of everything that decides a verdict beside the answers: the reference, the checks, the notebook."""
    digest = hashlib.sha256(released.read_bytes())
    for package in (selfattn_ref, selfattn_check):
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
