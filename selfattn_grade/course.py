"""nbgrader as this course uses it: where things lie, and its three steps."""

from __future__ import annotations

import io
import logging
import os
import secrets
import sysconfig
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from selfattn_check.checking import SEED_VARIABLE
from selfattn_grade.atomic_write import write_once

__all__ = [
    "COURSE_ID",
    "RELEASED",
    "SEED_FILE",
    "SOLVED",
    "Course",
    "configure",
    "hidden_seed",
    "open_gradebook",
    "put_scripts_on_path",
    "released_path",
]

COURSE_ID = "selfattn"
SOLVED = "_build/source"
RELEASED = "notebooks"
SEED_FILE = "gradebook.db.seed"  # beside the gradebook, ignored with it by version control
TIMEOUT = 60  # seconds for one cell; a check stops by itself long before


def configure(config: Config, root: Path) -> Config:
    """Write the course's settings into an nbgrader configuration and return it.

    Args:
        config: what `get_config()` gives in nbgrader_config.py, or a fresh `Config()`.
        root: folder of the course: solved and released notebooks, submissions and the gradebook lie in it.
    """
    config.CourseDirectory.root = str(root.resolve())
    config.CourseDirectory.course_id = COURSE_ID
    config.CourseDirectory.source_directory = SOLVED
    config.CourseDirectory.release_directory = RELEASED
    config.CourseDirectory.submitted_directory = "submitted"
    config.CourseDirectory.autograded_directory = "autograded"
    config.CourseDirectory.feedback_directory = "feedback"
    config.Execute.timeout = TIMEOUT
    # The second silences the kernel's notice, once a submission, that it listens on this machine only.
    config.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:", "--log-level=ERROR"]
    config.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
    return config


def released_path(root: Path, assignment: str) -> Path:
    """The notebook of an assignment as learners get it.

    Raises:
        ValueError: there is none.
    """
    path = root / RELEASED / assignment / f"{assignment}.ipynb"
    if not path.exists():
        raise ValueError(f"assignment must have been released, there is no {path}")
    return path


def hidden_seed(root: Path) -> int:
    """The class's own seed of the checks' numbers; drawn on first use, then kept beside the gradebook.

    Learners see the numbers of seed 0. Grading draws others, so that answers copied from a report are worth nothing,
    and the same others each time, so that grading twice gives the same marks.
    """
    path = root / SEED_FILE
    write_once(path, f"{secrets.randbelow(2**128 - 1) + 1}\n", mode=0o600)  # of two first runs, one seed holds
    return int(path.read_text(encoding="utf-8"))


def put_scripts_on_path() -> None:
    """Let nbgrader find the commands that it starts: it asks `alembic` for the version of a new gradebook.

    They lie beside this Python, which need not be on the search path where the environment is not activated.
    """
    scripts = sysconfig.get_path("scripts")
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join(filter(None, (scripts, os.environ.get("PATH"))))


def open_gradebook(database: str) -> Gradebook:
    """The course's gradebook, made if there is none; use it in a `with` statement.

    Args:
        database: its address.
    """
    put_scripts_on_path()
    return Gradebook(database, COURSE_ID)


class NbgraderFailed(RuntimeError):  # noqa: N818 — says what happened
    """A step of nbgrader stopped; the message holds its log."""


class Course:
    """A folder with a class in it, and nbgrader's steps over it.

    Attributes:
        root: the folder.
        config: the settings; None for the course's own, without the grader: plain nbgrader, which has no sandbox.
    """

    def __init__(self, root: Path, config: Config | None = None) -> None:
        self.root = root.resolve()
        self.config = configure(Config(), self.root) if config is None else config

    @property
    def database(self) -> str:
        """Address of the gradebook: `CourseDirectory.db_url`, else a file in the folder."""
        configured = self.config.CourseDirectory.get("db_url", "")
        return configured or f"sqlite:///{self.root / 'gradebook.db'}"

    def generate_assignment(self, assignment: str) -> None:
        """Release an assignment and enter its exercises into the gradebook."""
        self._run(GenerateAssignment, assignment, create_assignment=True)

    def autograde(self, assignment: str, student: str, *, seed: int) -> None:
        """Run a submission on the numbers of `seed` and enter its marks."""
        with _environment(SEED_VARIABLE, str(seed)):
            self._run(Autograde, assignment, student, create_student=True)

    def generate_feedback(self, assignment: str, student: str) -> None:
        """Write the page that the student gets back."""
        self._run(GenerateFeedback, assignment, student)

    def _run(self, step: Any, assignment: str, student: str = "*", **options: Any) -> None:
        place = CourseDirectory(config=self.config, assignment_id=assignment, student_id=student)
        converter = step(coursedir=place, config=self.config)
        converter.force = True
        for option, value in options.items():
            setattr(converter, option, value)
        put_scripts_on_path()
        with _captured_log(converter.log) as log, warnings.catch_warnings():
            # nbgrader's own queries; a submission that is being entered is not yet part of the session.
            warnings.filterwarnings("ignore", "Object of type <Submitted", SAWarning)
            try:
                converter.start()
            except Exception as error:
                name = f"nbgrader {step.__name__} {assignment} {student}"
                raise NbgraderFailed(f"{name} failed\n{log.getvalue()}") from error


@contextmanager
def _captured_log(log: logging.Logger) -> Iterator[io.StringIO]:
    """Warnings and errors of the block as text, instead of on the screen."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    level, propagate = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.WARNING)
    log.propagate = False
    try:
        yield text
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagate


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
