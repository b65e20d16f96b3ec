"""The room: results come back, crashes cost one item, and nothing of ours or of anybody's can be seen from inside."""

import os
import socket
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest

from selfattn_check.watchdog import TimedOut
from selfattn_grade import zygote
from selfattn_grade.answer_room import AnswerRoom, LoadFailure
from selfattn_grade.bubblewrap import Limits, SandboxUnavailable
from selfattn_grade.given import Given, given_by
from selfattn_grade.learner_feedback import load_finding
from selfattn_grade.room_memory import memory_used, most_memory
from selfattn_grade.room_reply import RoomDied
from selfattn_grade.zygote import require_sandbox
from tests.selfattn_grade.sandbox import MIB, QUICK, answer_room, need_sandbox

ROOT = Path(__file__).resolve().parents[2]
PATIENT = Limits(call_seconds=60)
ROOM = ("runner", "system_calls", "wire")
DOUBLE = "def f(x):\n    return 2 * x\n"


def returned(source: str, *arguments, limits: Limits = QUICK):
    with answer_room(source, limits) as room:
        return room.call("f", arguments)[0]


def test_call_gives_the_result_and_leaves_the_arguments(rng):
    x = rng.normal(size=(2, 3))
    with answer_room(DOUBLE) as room:
        attempt = room.attempt("f")
        np.testing.assert_array_equal(attempt(x), 2 * x)
        assert str(attempt.__signature__) == "(x)"
        assert room.restarts == 0


def test_call_read_only_and_strided_arguments_arrive_as_they_are(rng):
    x = rng.normal(size=(2, 6))[:, ::2]
    x.flags.writeable = False
    assert returned("def f(x):\n    return [x.flags.writeable, x.flags.forc]\n", x) == [False, False]


def test_call_changed_argument_is_changed_here_too(rng):
    x = rng.normal(size=3)
    before = x.copy()
    with answer_room("def f(x, y, z):\n    x[0] += 1; z['w'][0] = not z['w'][0]\n    return x") as room:
        weights = {"w": np.array([True])}
        room.attempt("f")(x, before, weights)
    assert not np.array_equal(x, before)
    assert not weights["w"][0]


def test_call_exceptions_come_out_as_built_in_ones():
    with answer_room("class Mine(KeyError): pass\ndef f(which):\n    raise eval(which)") as room:
        for source, kind in {
            "Mine('a')": KeyError,
            "np.linalg.LinAlgError('b')": ValueError,
            "NotImplementedError()": NotImplementedError,
            "KeyboardInterrupt()": RuntimeError,
            "UnicodeDecodeError('utf-8', b'', 0, 1, '')": RuntimeError,
            "SystemExit(0)": RoomDied,
        }.items():
            with pytest.raises(kind):
                room.call("f", (source,))
        assert room.restarts == 0


WRITES = """
import contextlib, os
def f():
    for number in range(3, 20):
        with contextlib.suppress(OSError):
            os.write(number, b"x" * 100)
"""


@pytest.mark.parametrize(
    ("source", "ending"),
    [
        ("import os\ndef f():\n    os._exit(0)", RoomDied),
        ("import os, signal\ndef f():\n    os.kill(os.getpid(), signal.SIGKILL)", RoomDied),
        ("def f():\n    while True: pass", TimedOut),
        ("import signal, time\ndef f():\n    signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)", TimedOut),
        ("import ctypes\ndef f():\n    ctypes.string_at(0)", RoomDied),
        (WRITES, RoomDied),
        ("def f():\n    x = b'x' * 10**9", MemoryError),
        ("def f():\n    x = []\n    while True: x.append(bytearray(10**6))", RoomDied),
    ],
    ids=[
        "os._exit",
        "killed",
        "loop",
        "ignores interrupts",
        "segmentation fault",
        "writes to pipes",
        "memory at once",
        "memory",
    ],
)
def test_call_that_ends_the_process_costs_itself_alone(source, ending):
    limits = Limits(call_seconds=2, memory=200 * MIB)
    started = time.monotonic()
    with answer_room({"f-answer": source, "g-answer": "def g():\n    return 7"}, limits) as room:
        assert room.call("g", ()) == (7, [])
        with pytest.raises(ending):
            room.call("f", ())
        assert time.monotonic() - started < 2 + 5 + 20  # of grading-acceptance.md, and two starts of a loaded machine
        assert room.call("g", ()) == (7, [])
        # One for the next item; one more to see whether the room or the item was at fault.
        assert (room.restarts, room.trouble) == ({TimedOut: 1, MemoryError: 0}.get(ending, 2), "")


def test_memory_is_watched_however_quick_the_replies_are():
    source = "kept = []\ndef f():\n    kept.append(np.ones(4 * 2**20))\n    return len(kept)"
    with answer_room(source, Limits(memory=120 * MIB)) as room:
        counts = []
        with pytest.raises(RoomDied, match="too much memory"):
            counts.extend(room.call("f", ())[0] for _ in range(8))
        assert counts == list(range(1, len(counts) + 1))


def test_time_of_the_submission_is_over_and_nobody_is_blamed():
    cells = {"a-answer": "while True: pass", "b-answer": "def b():\n    return 1", "c-answer": "def c():\n    return 1"}
    with answer_room(cells, Limits(submission_seconds=1.0)) as room:
        with pytest.raises(TimedOut):
            room.attempt("b")
        assert {failure.kind for failure in room.failures.values()} == {"no-time-left"}
        assert room.restarts == 1
        for _ in range(3):
            with pytest.raises(TimedOut):
                room.attempt("c")
        assert room.restarts == 1  # no further room is made for nothing
        assert room.failure("c-answer") == LoadFailure("no-time-left")
        assert load_finding("c", room.failure("c-answer"), found=True).code == "times-out"


def test_room_that_ends_while_a_cell_loads_is_not_the_fault_of_that_cell():
    cells = {
        "a-answer": "import os, threading\nthreading.Timer(0.3, os._exit, [0]).start()\ndef a():\n    return 1",
        "b-answer": "__import__('time').sleep(0.6)\ndef b():\n    return 2",
        "c-answer": "__import__('os')._exit(0)",
    }
    with answer_room(cells, Limits(call_seconds=20)) as room:
        assert room.call("b", ()) == (2, [])
        assert room.failures == {"c-answer": LoadFailure("ended")}


def test_line_of_a_very_long_cell_is_not_told():
    source = "def f(x):\n" + "".join(f"    if x == {line}: raise ValueError\n" for line in range(600))
    for cell, told in ((source, False), ("\n".join(source.splitlines()[:400]), True)):
        with answer_room(cell) as room:
            with pytest.raises(ValueError) as caught:  # noqa: PT011 — the learner's has no text
                room.call("f", (123,))
            assert bool(getattr(caught.value, "__notes__", [])) is told


def test_answer_of_ours_that_is_too_large_is_an_error_in_the_room_and_not_the_end_of_it():
    source = """
def f(g):
    try:
        return len(g(40_000))
    except ValueError:
        return len(g(1_500))
"""
    with answer_room(source) as room:
        assert room.call("f", (lambda count: [0] * count,))[0] == 1_500
        assert (room.restarts, room.trouble) == (0, "")


def test_call_is_repeated_where_an_earlier_answer_ended_the_room():
    cells = {
        "f-answer": "import os, threading\ndef f():\n    threading.Timer(0.3, os._exit, [0]).start()\n    return 1",
        "g-answer": "import time\ndef g():\n    time.sleep(0.8)\n    return 7",
    }
    with answer_room(cells, Limits(call_seconds=20)) as room:
        assert room.call("f", ()) == (1, [])
        assert room.call("g", ()) == (7, [])
        assert room.restarts == 1


def test_cells_that_fail_to_load_are_named_and_the_others_work():
    cells = {
        "a-answer": "def a():\n    return 1",
        "b-answer": "\n\nraise ValueError('no')",
        "c-answer": "def c(:",
        "d-answer": "import os; os._exit(3)",
        "e-answer": "while True: pass",
        "f-answer": "%timeit 1\n!ls\ndef f():\n    return a() + 1",
        "g-answer": "input()",
        "h-answer": "exit()",
        "i-answer": "x = '\0'",
    }
    with answer_room(cells, Limits(call_seconds=1)) as room:
        assert room.call("f", ()) == (2, [])
        assert room.attempt("b") is None
        assert room.failures.pop("i-answer").kind in ("SyntaxError", "ValueError")  # depends on Python's version
        assert room.failures == {
            "b-answer": LoadFailure("ValueError", 3),
            "c-answer": LoadFailure("SyntaxError", 1),
            "d-answer": LoadFailure("ended"),
            "e-answer": LoadFailure("time-out"),
            "g-answer": LoadFailure("EOFError", 1),
            "h-answer": LoadFailure("exit", 1),
        }


def test_results_of_other_types_are_named_and_equal_nothing():
    source = """
class Everything(np.ndarray):
    __eq__ = __ge__ = __le__ = lambda self, other: True
def f(which):
    return eval(which)
"""
    with answer_room(source) as room:
        for which, name in {
            "np.eye(2).view(Everything)": "Everything",
            "np.ma.masked_array([1])": "MaskedArray",
            "np.array([1j])": "array_of_another_dtype",
            "(0, np.eye(2).view(Everything))": "Everything",
            "[0] * 10_000": "list",
            "'x' * 10**7": "str",
            "np.zeros(10**8, '?')": "ndarray",
        }.items():
            value, _ = room.call("f", (which,))
            value = value[1] if isinstance(value, tuple) else value
            assert type(value).__name__ == name
            assert name == "list" or not np.array_equal(value, np.eye(2))
            assert name != "str" or len(value) <= 2000


def test_output_of_any_size_is_dropped():
    loop = "for _ in range(30):\n        print('x' * 10**6); sys.stderr.write('y' * 10**6)"
    assert returned(f"import sys\ndef f():\n    {loop}\n    return 3") == 3


LOOK = """
import os, sys, gc, json
def f():
    seen = []
    for top, folders, files in os.walk('/'):
        if top == '/':
            folders[:] = [name for name in folders if name not in ('proc', 'sys')]
        seen += [os.path.join(top, name) for name in files + folders]
    wanted = ('selfattn_check', 'selfattn_ref', '03a-attention', 'gradebook.db', 'demo_submissions')
    found = [path for path in seen if any(word in path for word in wanted)]
    ours = [name for name in sys.modules if name.startswith('selfattn')]
    return [found[:20], sorted(os.environ), sorted(ours), os.listdir('.'), len(os.listdir('/home')) if
            os.path.exists('/home') else 0, sorted(name for name in os.listdir('/proc') if name.isdigit())[:20]]
"""


def test_room_shows_no_answers_no_files_and_no_environment(monkeypatch):
    monkeypatch.setenv("SELFATTN_CANARY", "do not show")
    found, environment, ours, work, homes, processes = returned(LOOK, limits=PATIENT)
    assert (found, work, homes) == ([], [], 0)
    assert "SELFATTN_CANARY" not in environment
    assert not any("SEED" in name for name in environment)
    assert ours == ["selfattn_grade", "selfattn_grade.room", *(f"selfattn_grade.room.{each}" for each in ROOM)]
    assert len(processes) <= 3


def test_room_without_the_rights_of_root_is_as_closed(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 1000)  # bubblewrap then makes a user namespace
    source = TRY.format(attempt="return os.getuid()", port=0)
    assert returned(source) == 1000
    for attempt in ("open('/canary', 'w')", "open('/dev/canary', 'w')", "os.setuid(0)", "ctypes_call('mount')"):
        with answer_room(TRY.format(attempt=attempt, port=0)) as room, pytest.raises(OSError, match="Errno"):
            room.call("f", ())
    assert returned(LOOK, limits=PATIENT)[0] == []


def test_look_finds_the_course_outside_the_room(monkeypatch):
    monkeypatch.chdir(ROOT)
    namespace = {}
    exec(LOOK.replace("os.walk('/')", f"os.walk({str(ROOT / 'solutions')!r})"), namespace)
    assert namespace["f"]()[0]


DENIED = {
    "writes to the system": "open('/usr/lib/canary', 'w')",
    "writes to the root": "open('/canary', 'w')",
    "writes to the libraries": "open('/course/site/numpy/canary', 'w')",
    "writes to the runner": "open('/course/selfattn_grade/room/wire.py', 'a')",
    "writes to devices": "open('/dev/canary', 'w')",
    "reads the init process": "open('/proc/1/environ').read()",
    "becomes root": "os.setuid(0)",
    "traces by memory": "open('/proc/1/mem', 'rb')",
    "mounts": "ctypes_call('mount')",
    "fills the disk": "fill('/tmp/big')",
    "fills the shared memory": "fill('/dev/shm/big')",
    "forks without end": "[os.fork() or time.sleep(600) for _ in range(40)]",
    "resolves a name": "socket.getaddrinfo('localhost.example', 80)",
    "connects": "socket.create_connection(('127.0.0.1', PORT), 1)",
    "connects outside": "socket.create_connection(('192.0.2.1', 80), 1)",
    "opens a raw socket": "socket.socket(socket.AF_INET, socket.SOCK_RAW)",
    "raises its own limit": "resource.setrlimit(resource.RLIMIT_NPROC, (10**5, 10**5))",
    "imports the answers": "__import__('selfattn_ref')",
    "imports the checks": "__import__('selfattn_check')",
    "imports the grader": "__import__('nbgrader')",
    "starts a program": "os.execv('/usr/bin/env', ['env'])",
}
TRY = """
import ctypes, os, resource, socket, time
def fill(path):
    with open(path, 'wb') as stream:
        for _ in range(60):
            stream.write(bytes(2**20))
def ctypes_call(what):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b'none', b'/tmp', b'tmpfs', 0, None):
        raise OSError(ctypes.get_errno(), what)
PORT = {port}
def f():
    {attempt}
    return 'done'
"""


@pytest.mark.parametrize("attempt", DENIED.values(), ids=list(DENIED))
def test_room_denies(attempt):
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = TRY.format(attempt=attempt, port=server.getsockname()[1])
        with answer_room(source) as room, pytest.raises((OSError, ValueError, ImportError, RoomDied)):
            room.call("f", ())
        assert room.trouble == ""


def test_room_leaves_no_process_behind():
    source = """
import os, time
def f():
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                while True: time.sleep(0.01)
            os._exit(0)
    return 3
"""
    with answer_room(source) as room:
        assert room.call("f", ()) == (3, [])
        pid = room._room._room.process
        inside = [int(name) for name in os.listdir("/proc") if name.isdigit() and descends(int(name), pid)]
        assert len(inside) >= 4
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{process}").exists() for process in inside) and time.monotonic() < deadline:
        os.sched_yield()
    assert not any(Path(f"/proc/{process}").exists() for process in inside)


def descends(process: int, ancestor: int) -> bool:
    while process > 1:
        if process == ancestor:
            return True
        try:
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


def test_memory_is_that_of_all_processes_without_what_they_were_given():
    source = """
import os
kept = []
def f(size):
    kept.append(np.ones(size * 2**20, np.uint8))
    if os.fork() == 0:
        while True: os.sched_yield()
def g(size):
    np.ones(size * 2**20, np.uint8)
"""
    with answer_room(source) as room:
        room.call("f", (0,))
        process = room._room._room.process
        assert memory_used(process) < 10 * MIB
        room.call("f", (30,))
        assert 30 * MIB <= memory_used(process) < 100 * MIB
        room.call("g", (50,))
        assert most_memory(process) >= 80 * MIB
    assert memory_used(2**22 + 1) == most_memory(2**22 + 1) == 0


def test_room_that_does_not_start_is_our_trouble():
    with AnswerRoom(Given("import numpy, not_there"), {}, ("numpy",), QUICK, sandboxed=False) as room:
        room.attempt("f")
        assert "imports fail" in room.trouble
    with AnswerRoom(Given(), {}, ("numpy",), Limits(start_seconds=0), sandboxed=False) as room:
        with pytest.raises(TimedOut):
            room.call("f", ())
        assert "does not start" in room.trouble


def test_input_that_cannot_be_sent_is_our_trouble():
    with answer_room(DOUBLE, sandboxed=False) as room:
        with pytest.raises(ValueError, match="type that can be sent"):
            room.call("f", ({2.5: 2},))
        assert "cannot be sent" in room.trouble


def test_function_among_the_arguments_stays_outside():
    seen = []

    def square(x):
        seen.append(x)
        return x @ x

    source = """
def f(g, x):
    return [g(x), g(np.stack([x, x])) if x.size > 2 else None, type(g).__name__, g.__closure__ is None]
def h(g):
    return g('text')
def i(g):
    while True: g(np.ones(2))
"""
    with answer_room(source, Limits(call_seconds=1)) as room:
        assert room.call("f", (square, np.array([3.0, 4.0])))[0][0] == 25
        assert np.array_equal(seen[0], [3.0, 4.0])
        for name, arguments in {"f": (square, np.ones(3)), "h": (square,)}.items():
            with pytest.raises((ValueError, TypeError), match="cannot be called with these arguments"):
                room.call(name, arguments)
        with pytest.raises(TimedOut):
            room.call("i", (square,))
        assert room.trouble == ""


def test_function_that_was_not_given_cannot_be_asked_for():
    source = """
import __main__
def f(g):
    outside = g.__closure__[1].cell_contents if hasattr(g.__closure__[1].cell_contents, 'send') else (
        g.__closure__[0].cell_contents)
    outside.send({'wanted': 7, 'arguments': []})
    while True: pass
"""
    with answer_room(source) as room, pytest.raises(RoomDied, match="not given"):
        room.call("f", (np.sin,))


def notebook(*sources):
    cells = [nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(sources)]
    return nbformat.v4.new_notebook(cells=cells)


def test_given_are_imports_definitions_and_data_but_no_functions_of_ours():
    given = given_by(
        notebook(
            "try:\n    import numpy as np, selfattn_check\n    import math\n    from selfattn_ref import causal_mask\n"
            "    from selfattn_ref.worked import WORKED_INPUT\nexcept ModuleNotFoundError as e:\n    raise e",
            "words = ['a']\nshown = causal_mask(3)\ndef average(x):\n    return x.mean()\nprint(words)",
        )
    )
    assert "selfattn" not in given.source
    assert "print" not in given.source
    assert list(given.values) == ["WORKED_INPUT"]
    source = "def f():\n    return [average(np.ones(2)), words, np.shape(WORKED_INPUT), math.pi, 'shown' in globals()]"
    need_sandbox()
    with AnswerRoom(given, {"f-answer": source}, ("numpy",), QUICK) as room:
        assert room.call("f", ())[0][:2] == [1.0, ["a"]]
        assert room.call("f", ())[0][-1] is False


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("missing", "apt install bubblewrap"), ("forbidden", "Creating new namespace: not permitted")],
)
def test_require_sandbox_without_bubblewrap_refuses_and_says_why(monkeypatch, tmp_path, fault, reason):
    if fault == "forbidden":
        (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: Creating new namespace: not permitted' >&2\nexit 1\n")
        (tmp_path / "bwrap").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    else:
        monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(zygote, "_running", {})
    with pytest.raises(SandboxUnavailable, match=f"{reason}.*--unsafe"):
        require_sandbox()
