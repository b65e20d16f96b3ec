"""System calls that learners' code has no use for are refused in the room, each tried from inside."""

import errno
import os
import re
import socket
import struct
from pathlib import Path

import pytest

from selfattn_grade.room.system_calls import NUMBERS, filter_program
from tests.selfattn_grade.sandbox import answer_room

ASK = """
import ctypes, os, socket
def ask(*numbers):
    said = []
    for number in numbers:
        ctypes.set_errno(0)
        # All arguments 0: what would be let through does nothing.
        result = ctypes.CDLL(None, use_errno=True).syscall(number, *[ctypes.c_long(0)] * 6)
        said.append(ctypes.get_errno() if result == -1 else 0)
    return said
def family(number, kind):
    try: socket.socket(number, kind).close()
    except OSError as error: return error.errno
    return 0
def fork(flags):
    if ctypes.CDLL(None, use_errno=True).syscall(NUMBER, ctypes.c_long(flags | 17), *[ctypes.c_long(0)] * 4) == -1:
        return -1
    return 0
def works():
    import subprocess, threading
    thread = threading.Thread(target=len, args=([],)); thread.start(); thread.join()
    if os.fork() == 0: os._exit(7)
    status = [line for line in open('/proc/self/status') if line.startswith('Seccomp:')]
    return [os.waitstatus_to_exitcode(os.wait()[1]), status[0].split()[1], float(np.linalg.norm(np.ones(4)))]
"""
SHARED = """
import mmap, os
def shared(path):
    number = -1
    if path:
        number = os.open(path, os.O_RDWR | os.O_CREAT)
        os.truncate(number, 4096) if path.startswith('/tmp') else None
    return mmap.mmap(number, 4096)[0]
def private():
    return mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)[0]
"""
HEADERS = {
    0: ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", r"#define __NR_(\w+)\s+(\d+)"),
    1: ("/usr/include/asm-generic/unistd.h", r"#define __NR(?:3264)?_(\w+)\s+(\d+)"),
}


@pytest.fixture(scope="module")
def room():
    with answer_room({f"{name}-answer": "" for name in ("ask", "family", "works")} | {"ask-answer": ASK}) as made:
        yield made


def here():
    return ("x86_64", "aarch64").index(os.uname().machine)


def test_denied_calls_are_refused(room):
    names = [name for name, numbers in NUMBERS.items() if numbers[here()] >= 0]
    said = room.call("ask", tuple(NUMBERS[name][here()] for name in names))[0]
    assert {name: each for name, each in zip(names, said, strict=True) if each != errno.EPERM} == {}


def test_calls_that_are_younger_than_the_list_do_not_exist(room):
    assert room.call("ask", (435, 463, 470, 0x4000_0000 + 39))[0] == [errno.ENOSYS] * 4


def test_new_namespaces_cannot_be_had_by_clone():
    number = (56, 220)[here()]
    with answer_room({"fork-answer": ASK.replace("NUMBER", str(number))}) as room:
        for flag in (0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000):
            assert room.call("fork", (flag,))[0] == -1


def test_sockets_of_other_families_are_refused(room):
    families = {16: socket.SOCK_RAW, 17: socket.SOCK_RAW, 38: socket.SOCK_SEQPACKET, 40: socket.SOCK_STREAM}
    for number, kind in families.items():
        assert room.call("family", (number, int(kind)))[0] == errno.EAFNOSUPPORT
    for number in (socket.AF_UNIX, socket.AF_INET):
        assert room.call("family", (int(number), int(socket.SOCK_STREAM)))[0] == 0


@pytest.mark.parametrize("path", ["", "/dev/zero", "/tmp/file"])
def test_memory_that_no_limit_counts_cannot_be_had_by_shared_mappings(path):
    """Touched and given back to the kernel, it stays, and is in nobody's resident memory."""
    with answer_room({"shared-answer": SHARED}) as room:
        with pytest.raises(PermissionError):
            room.call("shared", (path,))
        assert room.call("private", ())[0] == 0


def test_what_answers_need_works_under_the_filter(room):
    assert room.call("works", ())[0] == [7, "2", 2.0]


def test_filter_begins_by_asking_for_the_machine_and_knows_only_two():
    codes = {struct.unpack_from("HBBI", filter_program(machine), 8)[3] for machine in ("x86_64", "aarch64")}
    assert codes == {0xC000_003E, 0xC000_00B7}
    with pytest.raises(OSError, match="no filter of system calls for riscv64"):
        filter_program("riscv64")


@pytest.mark.parametrize("column", HEADERS)
def test_numbers_are_those_of_the_headers(column):
    path, pattern = HEADERS[column]
    if not Path(path).exists():
        pytest.skip(f"no {path} here")
    known = {name: int(number) for name, number in re.findall(pattern, Path(path).read_text(encoding="utf-8"))}
    ours = {name: numbers[column] for name, numbers in NUMBERS.items() if numbers[column] >= 0}
    assert {name: number for name, number in ours.items() if known.get(name, number) != number} == {}
