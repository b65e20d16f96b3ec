"""Rooms for tests. Where bubblewrap cannot run, tests that need it fail and say why; they are never skipped."""

from collections.abc import Mapping

import pytest

from selfattn_grade.answer_room import AnswerRoom
from selfattn_grade.bubblewrap import Limits, SandboxUnavailable
from selfattn_grade.given import Given
from selfattn_grade.zygote import require_sandbox

MIB = 2**20
QUICK = Limits(call_seconds=2.0, submission_seconds=60.0)


def need_sandbox() -> None:
    try:
        require_sandbox()
    except SandboxUnavailable as reason:
        pytest.fail(f"this test needs a working sandbox: {reason}")


def answer_room(cells: Mapping[str, str] | str, limits: Limits = QUICK, *, sandboxed: bool = True) -> AnswerRoom:
    """A room with these answer cells; a string is the cell `f-answer`."""
    if sandboxed:
        need_sandbox()
    made = {"f-answer": cells} if isinstance(cells, str) else dict(cells)
    return AnswerRoom(Given("import numpy as np"), made, ("numpy",), limits, sandboxed=sandboxed)
