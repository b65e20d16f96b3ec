"""What has been graded, one file a submission: killed at any moment, it holds each result whole or not at all.

A file holds a line for each grading, the newest last; none is ever changed or removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selfattn_grade.atomic_write import write_atomically
from selfattn_grade.result import Result, from_json, to_json

__all__ = ["JobStore", "StoreInUse"]


class StoreInUse(RuntimeError):  # noqa: N818 — says what is the case
    """Another run is writing these results."""


class JobStore:
    """The results of one assignment.

    Attributes:
        folder: `grading/<assignment>` in the course's folder, for the instructor's eyes only.
    """

    def __init__(self, root: Path, assignment: str) -> None:
        self.folder = root / "grading" / assignment

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep the store for this process; what a killed run left half written is removed.

        Raises:
            StoreInUse: another process has it.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self.folder / "lock", "w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreInUse(f"another run is grading into {self.folder}") from error
            for left in self.folder.glob(".*"):
                left.unlink()
            yield

    def history(self, student: str) -> list[Result]:
        """All gradings of a submission, the oldest first."""
        path = self._path(student)
        if not path.exists():
            return []
        return [from_json(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def latest(self, student: str) -> Result | None:
        """The newest grading of a submission."""
        return next(reversed(self.history(student)), None)

    def add(self, result: Result) -> None:
        """Append a grading to the history of its submission."""
        lines = [to_json(each) for each in (*self.history(result.student), result)]
        write_atomically(self._path(result.student), "\n".join(lines) + "\n", mode=0o600)

    def _path(self, student: str) -> Path:
        """A student's file; a name that is not plain is written as its hash, a long one too."""
        plain = re.fullmatch(r"[a-z0-9][a-z0-9_@+-]{0,99}", student)  # no capitals: some file systems ignore case
        name = student if plain else f"hashed.{hashlib.sha256(os.fsencode(student)).hexdigest()}"
        return self.folder / f"{name}.jsonl"
