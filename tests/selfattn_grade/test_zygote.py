"""Rooms forked from one process: each is new, and nothing goes from one to the next."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from selfattn_grade import zygote
from selfattn_grade.answer_room import AnswerRoom
from selfattn_grade.bubblewrap import Limits, SandboxUnavailable
from selfattn_grade.given import Given
from selfattn_grade.process_room import ProcessRoom, RoomLost
from selfattn_grade.room_reply import RoomDied
from selfattn_grade.zygote import Zygote
from tests.selfattn_grade import sandbox
from tests.selfattn_grade.sandbox import answer_room, need_sandbox

LEAVE = """
import ctypes, os, random, sys, builtins
def f():
    for folder in ('/tmp', '/dev/shm'):
        open(f'{folder}/left', 'w').close()
    if os.fork() == 0:
        __import__('time').sleep(600)
    np.left = builtins.left = sys.modules['left'] = 'here'
    os.environ['left'] = 'here'
    shared = ctypes.CDLL(None).shmget(0x5E1F, 4096, 0o1666)
    return [shared, os.getuid()]
"""
LOOK = """
import builtins, ctypes, os, sys
def f():
    found = [os.listdir('/tmp'), os.listdir('/dev/shm'), [name for name in os.listdir('/proc') if name.isdigit()]]
    found += [hasattr(np, 'left'), hasattr(builtins, 'left'), 'left' in sys.modules, 'left' in os.environ]
    return [*found, ctypes.CDLL(None).shmget(0x5E1F, 4096, 0), os.getuid(), hash('text'), np.random.rand()]
"""


def test_nothing_is_left_for_the_next_submission():
    with answer_room(LEAVE) as first:
        made, user = first.call("f", ())[0]
        assert made == -1  # it would outlive its process, and no limit counts it
        with answer_room(LOOK) as beside:
            seen = beside.call("f", ())[0]
    with answer_room(LOOK) as after:
        later = after.call("f", ())[0]
    for found in (seen, later):
        *_, shared, other, _, _ = found
        assert found[:7] == [[], [], ["1", "2"], False, False, False, False]
        assert shared == -1
        assert other != user or os.getuid() != 0
    assert seen[-2:] == later[-2:]  # a submission does the same each time


def test_room_cannot_reach_the_process_that_made_it():
    source = """
import os, socket
def f():
    reached = []
    for number in range(3, 256):
        try: reached.append(socket.socket(fileno=os.dup(number)).family.name)
        except OSError: pass
    for process in range(3, 60):
        try: os.kill(process, 0); reached.append(process)
        except OSError: pass
    return reached
"""
    with answer_room(source) as room:
        assert room.call("f", ())[0] == []


def children(process):
    threads = Path(f"/proc/{process}/task").iterdir()
    return [int(each) for thread in threads for each in (thread / "children").read_text().split()]


def below(process):
    found = children(process)
    return found + [each for child in found for each in below(child)]


def runs_on(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


STUCK = """
from tests.selfattn_grade.sandbox import answer_room
loop = "import os\\ndef f(say):\\n    if os.fork() == 0: os.setsid()\\n    say(1)\\n    while True: pass"
with answer_room(loop) as room:
    room._limits = type(room._limits)(call_seconds=600)
    room.call("f", (lambda number: print(number, flush=True),))
"""


def test_rooms_end_when_the_grader_is_killed():
    need_sandbox()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    grader = subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, env=environment)
    with grader:
        assert grader.stdout.readline() == b"1\n"
        inside = below(grader.pid)
        grader.kill()
    deadline = time.monotonic() + 20
    while any(map(runs_on, inside)) and time.monotonic() < deadline:
        os.sched_yield()
    assert len(inside) >= 6
    assert not any(map(runs_on, inside))


def test_room_made_in_a_thread_that_ended_is_still_there():
    need_sandbox()
    made = []
    thread = threading.Thread(target=lambda: made.append(zygote.zygote(("numpy",)).fork(Limits())))
    thread.start()
    thread.join()
    assert made[0].process > 0
    made[0].end()
    assert zygote.zygote(("numpy",)).alive


def test_end_of_the_zygote_is_our_trouble_and_the_next_submission_has_another():
    with answer_room("def f():\n    while True: pass\ndef g():\n    return 3") as room:
        assert room.call("g", ())[0] == 3
        first = children(room._room._zygote._server.pid)[0]  # of all processes within the walls
        timer = threading.Timer(0.2, os.kill, [first, signal.SIGKILL])
        timer.start()
        with pytest.raises(RoomDied):
            room.call("f", ())
        timer.join()
        assert "is lost" in room.trouble
    with answer_room("def g():\n    return 3") as room:
        assert room.call("g", ())[0] == 3


def test_wall_that_does_not_stand_makes_no_room(monkeypatch):
    need_sandbox()
    monkeypatch.setattr(zygote, "_running", {})
    made = Zygote(("numpy",), sandboxed=True)
    try:
        with pytest.raises(SandboxUnavailable, match="a disk at /tmp"):
            made.fork(Limits(disk=-1))
        made.fork(Limits()).end()
        assert made.alive
    finally:
        made.close()
    with pytest.raises(SandboxUnavailable):
        made.fork(Limits())


def test_zygote_that_answers_late_is_given_up_and_no_reply_is_taken_for_another(monkeypatch):
    need_sandbox()
    monkeypatch.setattr(zygote, "_running", {})
    made = zygote.zygote(("numpy",))
    opened = len(os.listdir("/proc/self/fd"))
    made._control.settimeout(0.1)
    first = below(made._server.pid)[-1]
    os.kill(first, signal.SIGSTOP)
    try:
        with pytest.raises(SandboxUnavailable, match="says nothing"):
            made.fork(Limits())
    finally:
        os.kill(first, signal.SIGCONT)
    assert not made.alive
    assert len(os.listdir("/proc/self/fd")) < opened
    other = zygote.zygote(("numpy",))
    try:
        assert other is not made
        other.fork(Limits()).end()
    finally:
        other.close()


def test_zygote_that_replies_without_a_room_is_unavailable(monkeypatch):
    need_sandbox()
    made = zygote.zygote(("numpy",))
    monkeypatch.setattr(made, "_reply", lambda: None)
    with pytest.raises(SandboxUnavailable, match="made no room"):
        made.fork(Limits())
    monkeypatch.undo()
    made.close()


def test_library_that_cannot_be_imported_is_said(monkeypatch):
    monkeypatch.setattr(zygote, "_running", {})
    with pytest.raises(RoomLost, match="KeyError: 'pip'"):
        ProcessRoom(("pip",), Limits(), sandboxed=False)
    with AnswerRoom(Given(), {}, ("pip",), sandboxed=False) as room, pytest.raises(RoomDied):
        room.attempt("f")
    assert "does not start" in room.trouble


@pytest.mark.parametrize(("bwrap", "outcome"), [(None, pytest.fail.Exception), ("exit 1", pytest.skip.Exception)])
def test_tests_fail_without_bubblewrap_and_are_skipped_where_it_may_do_nothing(monkeypatch, tmp_path, bwrap, outcome):
    if bwrap:
        (tmp_path / "bwrap").write_text(f"#!/bin/sh\necho 'not permitted' >&2\n{bwrap}\n")
        (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for cached in (sandbox._forbidden, sandbox.need_sandbox):
        cached.cache_clear()
    with pytest.raises(outcome, match="not permitted" if bwrap else "apt install"):
        sandbox.need_sandbox()
    sandbox._forbidden.cache_clear()
