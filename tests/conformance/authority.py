"""An authority is somebody else's implementation, with cases that are made when they are run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np

# One tolerance for each dtype of the expected numbers, relative and absolute at once. The two forms of 16 bits carry
# 11 and 8 binary digits; there the authority rounds after every step, and this project computes in float32.
TOLERANCE = {"float64": 1e-10, "float32": 1e-5, "float16": 5e-3, "bfloat16": 4e-2}


class OutOfScope(Exception):  # noqa: N818 - no error: the case asks for what this project does not claim
    """Raised by a case with the reason why it does not apply."""


@dataclass(frozen=True)
class Case:
    """One comparison; ``run`` raises AssertionError where the numbers differ, OutOfScope where it does not apply."""

    name: str
    run: Callable[[], None]


@dataclass(frozen=True)
class Authority:
    """Where cases come from: a title, the package on the index that knows them, and how they are made.

    ``module`` is what is imported, where that is called otherwise than the package.
    """

    title: str
    distribution: str
    cases: Callable[[], Iterable[Case]]
    module: str | None = None

    @property
    def version(self) -> str:
        return version(self.distribution)

    @property
    def missing(self) -> str | None:
        """Why the cases cannot be made here, if so."""
        try:
            import_module(self.module or self.distribution)
        except ModuleNotFoundError as error:
            return str(error)
        return None


@dataclass(frozen=True)
class Outcome:
    """What came of a case: passed, failed or out of scope, and why."""

    case: str
    state: str
    reason: str = ""


def judge(authority: Authority) -> list[Outcome]:
    """Run every case; whatever it raises beside OutOfScope is a failure."""
    return [_outcome(case) for case in authority.cases()]


def agree(mine: Any, theirs: Any, what: str = "output") -> None:
    """Require equal shapes and numbers that are close by the tolerance of the expected dtype."""
    expected = np.asarray(theirs)
    tolerance = TOLERANCE[expected.dtype.name]
    assert mine.shape == expected.shape, f"{what}: shape {mine.shape}, expected {expected.shape}"
    wide = np.float64 if expected.dtype == np.float64 else np.float32
    np.testing.assert_allclose(
        np.asarray(mine).astype(wide), expected.astype(wide), rtol=tolerance, atol=tolerance, err_msg=what
    )


def _outcome(case: Case) -> Outcome:
    try:
        case.run()
    except OutOfScope as reason:
        return Outcome(case.name, "out of scope", str(reason))
    except Exception as error:  # noqa: BLE001 - an adapter that breaks is a failure, not a skip
        return Outcome(case.name, "failed", f"{type(error).__name__}: {error}")
    return Outcome(case.name, "passed")
