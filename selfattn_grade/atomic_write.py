"""Files that are either the old ones or the new ones, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

__all__ = ["write_atomically", "write_once"]


def write_atomically(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write `text` as UTF-8 beside `path`, then rename it to `path`; missing folders are made."""
    temporary = _beside(path, text, mode)
    try:
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_once(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write `text` to `path` if nothing is there; of several who do so at the same time, the first one's text stays."""
    if path.exists():
        return
    temporary = _beside(path, text, mode)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _beside(path: Path, text: str, mode: int) -> str:
    """A new file with this text in the folder of `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, mode)
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary
