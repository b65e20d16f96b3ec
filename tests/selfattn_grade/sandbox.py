"""Rooms for tests. Without bubblewrap, tests that need it fail; where the machine lets it do nothing, they are skipped.

The grader itself refuses in both cases; tests of that need no sandbox and always run.
"""

import functools
import os
import shutil
import subprocess
from collections.abc import Mapping

import pytest

from selfattn_grade.answer_room import AnswerRoom
from selfattn_grade.bubblewrap import Limits, SandboxUnavailable
from selfattn_grade.given import Given
from selfattn_grade.zygote import require_sandbox

MIB = 2**20
QUICK = Limits(call_seconds=2.0, submission_seconds=60.0)
NAMESPACES = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--cap-add", "CAP_SYS_ADMIN")


@functools.cache
def _forbidden() -> str:
    """Why bubblewrap by itself can make no namespaces here; empty if it can."""
    user = () if os.getuid() == 0 else ("--unshare-user",)
    command = ["bwrap", *user, *NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return tried.stderr.strip() or "it fails" if tried.returncode else ""


@functools.cache
def need_sandbox() -> None:
    if shutil.which("bwrap") is None:
        pytest.fail("this test needs bubblewrap (apt install bubblewrap)")
    if _forbidden():
        pytest.skip(f"bubblewrap is here, but this machine forbids it to work: {_forbidden()}")
    try:
        require_sandbox()
    except SandboxUnavailable as reason:
        pytest.fail(f"bubblewrap works here, but no room can be made: {reason}")


def answer_room(cells: Mapping[str, str] | str, limits: Limits = QUICK, *, sandboxed: bool = True) -> AnswerRoom:
    """A room with these answer cells; a string is the cell `f-answer`."""
    if sandboxed:
        need_sandbox()
    made = {"f-answer": cells} if isinstance(cells, str) else dict(cells)
    return AnswerRoom(Given("import numpy as np"), made, ("numpy",), limits, sandboxed=sandboxed)
