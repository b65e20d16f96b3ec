"""Which files of this environment a library needs: they alone are shown in the room where learners' code runs."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

__all__ = ["ALLOWED", "library_files", "prelude"]

ALLOWED = ("numpy", "torch")  # beside the standard library


def prelude(setup: str) -> str:
    r"""The imports that answers may count on: those of the notebook's set-up cell that the room can offer.

    Args:
        setup: source of the released notebook's set-up cell (ours, not a learner's).

    >>> prelude("import numpy as np, selfattn_ref\nfrom selfattn_check import check\nimport math")
    'import numpy as np\nimport math'
    """
    lines = []
    for node in ast.walk(ast.parse(setup)):
        if isinstance(node, ast.Import):
            lines += [ast.unparse(ast.Import([alias])) for alias in node.names if _offered(alias.name)]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and _offered(node.module or ""):
            lines.append(ast.unparse(node))
    return "\n".join(lines)


def _offered(module: str) -> bool:
    top = module.partition(".")[0]
    return top in ALLOWED or top in sys.stdlib_module_names


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
