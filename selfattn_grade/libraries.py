"""Which files of this environment a library needs: they alone are shown in the room where learners' code runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

__all__ = ["ALLOWED", "library_files", "used_by"]

ALLOWED = ("numpy", "torch")  # beside the standard library


def used_by(source: str) -> tuple[str, ...]:
    """NumPy, which the room itself needs, and those libraries that a text imports.

    >>> used_by("import math" + chr(10) + "from torch import nn")
    ('numpy', 'torch')
    """
    return tuple(name for name in ALLOWED if name == "numpy" or re.search(rf"\b(import|from)\s+{name}\b", source))


def library_files(names: Sequence[str]) -> list[Path]:
    """Files and folders beside each other in site-packages that these distributions and those they need consist of.

    Raises:
        PackageNotFoundError: one of `names` is not installed.
    """
    found: dict[str, metadata.Distribution] = {}
    waiting = [metadata.distribution(name) for name in names]
    while waiting:
        distribution = waiting.pop()
        if found.setdefault(distribution.name, distribution) is distribution:
            waiting.extend(_needed(distribution))
    return sorted({path for distribution in found.values() for path in _top_level(distribution)})


def _needed(distribution: metadata.Distribution) -> Iterator[metadata.Distribution]:
    for requirement in distribution.requires or ():
        name = re.match(r"[\w.-]+", requirement)
        if name and "extra ==" not in requirement:
            try:
                yield metadata.distribution(name[0])
            except metadata.PackageNotFoundError:
                continue  # for another platform


def _top_level(distribution: metadata.Distribution) -> Iterator[Path]:
    for file in distribution.files or ():
        top = file.parts[0]
        if top not in ("..", "__pycache__") and not top.endswith((".dist-info", ".pth")):
            yield Path(str(distribution.locate_file(top)))
