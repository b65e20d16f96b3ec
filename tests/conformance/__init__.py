"""This project against everybody else's implementations of attention.

A file beside this one that holds ``AUTHORITIES`` is found by being there. `python -m tests.conformance` prints what
passed, what failed and what is out of scope, and why.
"""

from importlib import import_module
from pathlib import Path

from tests.conformance.authority import Authority

NO_AUTHORITIES = {"__init__", "__main__", "authority", "test_conformance", "test_learners_module"}


def authorities() -> list[Authority]:
    """All authorities, by file and in the order in which a file lists them."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in NO_AUTHORITIES)
    return [authority for name in names for authority in import_module(f"{__name__}.{name}").AUTHORITIES]
