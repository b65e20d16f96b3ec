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
from selfattn_grade.course import Course, hidden_seed, open_gradebook, released_path
from selfattn_grade.given import given_by
from selfattn_grade.gradebook_entry import enter, graded_answers, prepare, withdraw, write_graded
from selfattn_grade.grading import Job, code_hash, grade
from selfattn_grade.intake import Flag, Intake, answer_cells, take_in, transplant
from selfattn_grade.job_store import JobStore
from selfattn_grade.late_penalties import PenaltyLog, apply_penalty, handed_in_at
from selfattn_grade.libraries import used_by
from selfattn_grade.overview import as_csv, as_table, printable, summary
from selfattn_grade.result import Result, Status
from selfattn_grade.settings import settings, shown
from selfattn_grade.submission_file import is_text, learner_folders
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
        ValueError: the assignment was never released, or has other cells than in the gradebook, or
            nbgrader_config.py leaves the grader out.
    """
    this = ClassRun(root.resolve(), assignment, sandboxed, limits or Limits())
    with this.writing():
        this.grade(workers, scheduler)
        results, changes = this.finish()
    for line in changes:
        say(line)
    say(f"{as_table(results)}\n\n{summary(results)}")
    say(f"CSV        {this.table}\ngradebook  {shown(this.course.database)}")
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
        path = released_path(self.root, self.assignment)
        self.released = nbformat.read(path, as_version=4)
        self.cells = answer_cells(self.released)
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
        """Names of the learners' folders in `submitted/`, in order."""
        return learner_folders(self.root / "submitted")

    def take_in(self, student: str) -> Intake:
        """The answers of a student."""
        if not is_text(student):
            flag = Flag("unreadable", "the name of the student's folder is not valid text")
            return Intake(student, "unreadable", {}, (flag,))
        return take_in(self.root / "submitted", student, self.assignment, self.released)

    def grade(self, workers: int = 0, scheduler: str = "", *, anew: bool = False) -> None:
        """Bring every submission to a final state in the store, with a line of progress.

        Args:
            workers: how many at a time; 0 for one on each core.
            scheduler: address of a Dask cluster that grades instead.
            anew: grade again what needs it not.

        Raises:
            ValueError: the assignment's cells are not those in the gradebook, so that nothing could be entered.
        """
        prepare(self.course.database, self.assignment, self.released)
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

    @property
    def table(self) -> Path:
        """The class's results as CSV."""
        return self.store.folder.with_suffix(".csv")

    def finish(self, student: str = "") -> tuple[list[Result], list[str]]:
        """Enter the newest results and write the table.

        Args:
            student: whose result is entered; empty for everybody's.

        Returns:
            The newest results of everybody, and the lines of `enter`.
        """
        results = self.latest()
        lines = self.enter(result for result in results if student in ("", result.student))
        write_atomically(self.table, as_csv(results), mode=0o600)
        return results, lines

    def enter(self, results: Iterable[Result]) -> list[str]:
        """Write the gradebook and the graded notebooks; the same results write the same.

        Returns:
            A line for each late penalty that is not what it was, and for each submission that was replaced while it
            was graded and is therefore not entered.
        """
        prepare(self.course.database, self.assignment, self.released)
        log = PenaltyLog(self.store.folder)
        with open_gradebook(self.course.database) as gradebook:
            lines = [self._enter_one(gradebook, result, log) for result in results]
        return [line for line in lines if line]

    def _enter_one(self, gradebook: Gradebook, result: Result, log: PenaltyLog) -> str:
        name = result.student
        if not is_text(name):
            return ""  # no database takes such a name; the table has its state
        if result.status != "graded":
            withdraw(gradebook, self.assignment, name)
            return ""
        answers = self.take_in(name).answers
        if code_hash(answers) != result.code_hash:
            return f"{printable(name)}: was handed in anew after it was graded, and is not entered; run again"
        path, notebook = self.graded_path(name), transplant(self.released, answers)
        before = graded_answers(path)
        changed = {cell.id for cell in self.cells if before.get(cell.id) != answers.get(cell.id, cell.stub)}
        when = handed_in_at(self.root / "submitted" / name / self.assignment)
        enter(gradebook, result, self._written(answers), changed, when)
        write_graded(path, notebook, result)
        change = log.note(name, apply_penalty(gradebook, self.course.config, self.assignment, name))
        return str(change) if change else ""

    def _written(self, answers: Mapping[str, str]) -> dict[str, bool]:
        """Tasks that are answered in words, and whether the learner has written anything."""
        return {cell.id: answers.get(cell.id, cell.stub) != cell.stub for cell in self.cells if not cell.defines}


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
