"""A filter of system calls: what NumPy and PyTorch never ask for, and what has opened sandboxes before, is refused.

Denied by number: tracing and reading other processes, mounts and namespaces, keys (which outlive a process), kernel
modules, eBPF, io_uring, userfaultfd, performance counters, the clock, and what is memory but counted by no limit:
System V's shared segments and queues, files in memory. Denied by argument: mappings that are shared, for the same
reason (what was touched and given back stays), new namespaces in `clone`, and sockets of any family but local ones and
the internet's, which have no way out of the room's own network; those to the machine below (vsock) and into the
kernel's ciphers would not care about it. Calls younger than this list get "no such call", as an older kernel says.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

__all__ = ["NUMBERS", "filter_program", "refuse_system_calls"]

# Name → number on x86-64, on AArch64 (-1: not there).
NUMBERS = {
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "ptrace": (101, 117),
    "syslog": (103, 116),
    "personality": (135, 92),
    "pivot_root": (155, 41),
    "adjtimex": (159, 171),
    "chroot": (161, 51),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "mount": (165, 40),
    "umount2": (166, 39),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, -1),
    "ioperm": (173, -1),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "lookup_dcookie": (212, 18),
    "clock_settime": (227, 112),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "migrate_pages": (256, 238),
    "unshare": (272, 97),
    "move_pages": (279, 239),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "clock_adjtime": (305, 266),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "finit_module": (313, 273),
    "memfd_create": (319, 279),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "mount_setattr": (442, 442),
    "quotactl_fd": (443, 443),
    "memfd_secret": (447, 447),
    "process_mrelease": (448, 448),
}
_MACHINES = {"x86_64": (0xC000_003E, 0), "aarch64": (0xC000_00B7, 1)}
_CLONE, _SOCKET, _MMAP, _CLONE3, _LAST = (56, 220), (41, 198), (9, 222), 435, 462
_SHARED = 1  # set in MAP_SHARED and MAP_SHARED_VALIDATE, not in MAP_PRIVATE
_NEW_NAMESPACES = 0x7E02_0000
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6

_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT, _FOURTH_ARGUMENT = 0, 4, 16, 40  # places in what the kernel tells a filter
_KILL, _REFUSE, _ALLOW = 0x8000_0000, 0x0005_0000, 0x7FFF_0000
_NO_NEW_RIGHTS, _SET_FILTER, _FILTER_MODE = 38, 22, 2


def filter_program(machine: str) -> bytes:
    """The filter as instructions of classic BPF.

    Raises:
        OSError: there is none for this machine.
    """
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"there is no filter of system calls for {machine}")
    code, column = _MACHINES[machine]
    program = [
        *(_step(_LOAD, _MACHINE), _step(_EQUAL, code, 1, 0), _step(_RETURN, _KILL)),
        _step(_LOAD, _NUMBER),
        *(_step(_GREATER, _LAST, 0, 1), _refuse(errno.ENOSYS)),  # those of x32 as well
        *(_step(_EQUAL, _CLONE3, 0, 1), _refuse(errno.ENOSYS)),  # its flags cannot be seen; libc then uses clone
    ]
    for numbers in NUMBERS.values():
        if numbers[column] >= 0:
            program += [_step(_EQUAL, numbers[column], 0, 1), _refuse(errno.EPERM)]
    program += [_step(_EQUAL, _MMAP[column], 0, 4), _step(_LOAD, _FOURTH_ARGUMENT)]
    program += [_step(_ANY_BIT, _SHARED, 0, 1), _refuse(errno.EPERM), _step(_RETURN, _ALLOW)]
    program += [_step(_EQUAL, _CLONE[column], 0, 3), _step(_LOAD, _FIRST_ARGUMENT)]
    program += [_step(_ANY_BIT, _NEW_NAMESPACES, 0, 1), _refuse(errno.EPERM), _step(_LOAD, _NUMBER)]
    program += [_step(_EQUAL, _SOCKET[column], 0, len(_FAMILIES) + 2), _step(_LOAD, _FIRST_ARGUMENT)]
    program += [_step(_EQUAL, family, len(_FAMILIES) - place, 0) for place, family in enumerate(_FAMILIES)]
    program += [_refuse(errno.EAFNOSUPPORT), _step(_RETURN, _ALLOW)]
    return b"".join(program)


def _step(operation: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("HBBI", operation, if_so, if_not, value)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, _REFUSE | number)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def refuse_system_calls() -> None:
    """Put the filter over this process and all that it starts; it cannot be taken off.

    Raises:
        OSError: the kernel does not take it.
    """
    program = filter_program(os.uname().machine)
    steps = ctypes.create_string_buffer(program, len(program))
    about = _Program(len(program) // 8, ctypes.addressof(steps))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0) or libc.prctl(_SET_FILTER, _FILTER_MODE, ctypes.byref(about), 0, 0):
        raise OSError(ctypes.get_errno(), "a room needs a filter of system calls")
