"""Bindings to the kernel, by ctypes and ioctl: seccomp notification, memory of other processes, descriptors.

Errors are ``OSError`` with the kernel's number; nothing here decides anything.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import threading
from typing import NamedTuple

from doorward.guard.abi import SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV

_LIBC = ctypes.CDLL(None, use_errno=True)
_SYSCALL = _LIBC.syscall
_SYSCALL.restype = ctypes.c_long
_SYSCALL.argtypes = [ctypes.c_long] * 7

_GETSOCKOPT = _LIBC.getsockopt
_GETSOCKOPT.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]

#: The same on x86-64 and arm64 are those from 424 on; the others are by machine.
_NUMBERS = {
    "x86_64": {"seccomp": 317, "process_vm_readv": 310, "process_vm_writev": 311, "setgroups": 116},
    "aarch64": {"seccomp": 277, "process_vm_readv": 270, "process_vm_writev": 271, "setgroups": 159},
}.get(os.uname().machine, {})
_READ_MEMORY = _NUMBERS.get("process_vm_readv", -1)
_PIDFD_GETFD = 438

_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 4, 36, 38
_SECCOMP_SET_MODE_FILTER = 1

_RECEIVE, _SEND, _ID_VALID, _ADD_FD, _SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082102, 0x40182103, 0x40082104
_SYNC_WAKE_UP = 1
_TELLS_OF_THE_END = [6, 11]
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_RESPONSE = struct.Struct("=QqiI")
CONTINUE = 1


class Notification(NamedTuple):
    """One trapped call."""

    id: int
    #: A thread id in our process namespace, 0 where it cannot be seen from here.
    tid: int
    flags: int
    number: int
    audit: int
    #: The address of the instruction after the call.
    ip: int
    a0: int
    a1: int
    a2: int
    a3: int
    a4: int
    a5: int


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def no_new_privileges() -> None:
    """Give up set-uid for this thread and all that it starts: what an unprivileged filter requires."""
    _check(_LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def set_subreaper(*, on: bool) -> None:
    """Let orphans among our descendants become our children (or not any more)."""
    _check(_LIBC.prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0), "subreaper")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def install_filter(program: bytes) -> tuple[int, bool]:
    """Put the filter on the calling thread.

    Returns the listener's descriptor, and whether non-fatal signals wait until a received call is answered (5.19).
    Raises OSError: EBUSY where the chain has a listener already, ENOSYS or EINVAL where there is no notification.
    """
    buffer = ctypes.create_string_buffer(program, len(program))
    filled = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    flags = SECCOMP_FILTER_FLAG_NEW_LISTENER
    number = _NUMBERS.get("seccomp", -1)
    for extra in (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0):
        descriptor: int = _SYSCALL(number, _SECCOMP_SET_MODE_FILTER, flags | extra, ctypes.addressof(filled), 0, 0, 0)
        if descriptor >= 0:  # the kernel opened it close-on-exec
            return descriptor, bool(extra)
        if ctypes.get_errno() != 22:  # noqa: PLR2004 - EINVAL: an older kernel does not know the flag
            break
    return _check(descriptor, "seccomp"), False


def wake_on_same_core(listener: int) -> bool:
    """Ask for synchronous wake-ups (6.6): 31 instead of 83 microseconds a call. Returns whether they are there."""
    try:
        fcntl.ioctl(listener, _SET_FLAGS, _SYNC_WAKE_UP)
    except OSError:
        return False
    return True


def tells_of_the_end() -> bool:
    """Whether :func:`receive` returns when the last process under the filter has ended (6.11), or has to be polled."""
    numbers = os.uname().release.partition("-")[0].split(".")[:2]
    return [int(item) for item in numbers if item.isdecimal()] >= _TELLS_OF_THE_END


def receive(listener: int) -> Notification | None:
    """Take the next trapped call, and wait for it; None where its caller was interrupted or died in the meantime."""
    buffer = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, buffer, True)  # noqa: FBT003 - ioctl takes it by position
    except (FileNotFoundError, InterruptedError):
        return None
    return Notification._make(_NOTIFICATION.unpack(buffer))


def still_waits(listener: int, notification_id: int) -> bool:
    """Whether the caller still waits: only then did what was read in between belong to it."""
    return _reaches(listener, _ID_VALID, notification_id.to_bytes(8, "little"))


def answer(listener: int, notification_id: int, value: int, error: int, flags: int) -> bool:
    """Answer a call with a value, a (positive) error, or CONTINUE. False: the caller is gone."""
    return _reaches(listener, _SEND, _RESPONSE.pack(notification_id, value, -error, flags))


def _reaches(listener: int, request: int, what: bytes) -> bool:
    """Whether a request about a call finds it. A signal of ours is no answer: the caller would wait for ever."""
    while True:
        try:
            fcntl.ioctl(listener, request, what)
        except InterruptedError:
            continue
        except OSError:
            return False
        return True


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Scratch(threading.local):
    """What a small read needs, made once a thread: a connection makes several in a row."""

    size = 256

    def __init__(self) -> None:
        self.buffer = ctypes.create_string_buffer(self.size)
        self.view = memoryview(self.buffer)
        self.ours = _Vector(ctypes.addressof(self.buffer), self.size)
        self.theirs = _Vector(0, 0)
        self.addresses = (ctypes.addressof(self.ours), ctypes.addressof(self.theirs))
        self.number = ctypes.c_int(0)
        self.length = ctypes.c_uint(4)
        self.option = (ctypes.addressof(self.number), ctypes.addressof(self.length))


_SCRATCH = _Scratch()


def read_memory(pid: int, address: int, size: int) -> bytes:
    """Read at most ``size`` bytes of another process: less where its mapping ends. Raises EPERM, ESRCH, EFAULT."""
    if size > _Scratch.size:
        buffer = ctypes.create_string_buffer(size)
        length = _transfer("process_vm_readv", pid, address, buffer, size)
        return buffer.raw[:length]
    scratch = _SCRATCH
    scratch.ours.length = scratch.theirs.length = size
    scratch.theirs.base = address
    ours, theirs = scratch.addresses
    read: int = _SYSCALL(_READ_MEMORY, pid, ours, 1, theirs, 1, 0)
    if read < 0:
        _check(read, "process_vm_readv")
    return scratch.view[:read].tobytes()


def write_memory(pid: int, address: int, data: bytes) -> None:
    """Write into another process. Raises OSError."""
    _transfer("process_vm_writev", pid, address, ctypes.create_string_buffer(data, len(data)), len(data))


def _transfer(call: str, pid: int, address: int, buffer: ctypes.Array[ctypes.c_char], size: int) -> int:
    ours = _Vector(ctypes.addressof(buffer), size)
    theirs = _Vector(address, size)
    number = _NUMBERS.get(call, -1)
    done = _SYSCALL(number, pid, ctypes.addressof(ours), 1, ctypes.addressof(theirs), 1, 0)
    return _check(done, call)


def take_descriptor(pidfd: int, descriptor: int) -> int:
    """Duplicate a descriptor of another process into ours (5.6). Raises EPERM, EBADF, ESRCH, ENOSYS."""
    return _check(_SYSCALL(_PIDFD_GETFD, pidfd, descriptor, 0, 0, 0, 0), "pidfd_getfd")


def act_as(uid: int, gid: int) -> None:
    """Let this thread reach files as another user; capabilities over files follow. Raises OSError.

    ``setfsgid`` and ``setfsuid`` speak for the calling thread alone and always return the former id.
    """
    _LIBC.setfsgid(gid)
    _LIBC.setfsuid(uid)
    if (_LIBC.setfsuid(-1), _LIBC.setfsgid(-1)) != (uid, gid):
        raise PermissionError(1, "cannot act as the caller")


def socket_option(descriptor: int, option: int) -> int:
    """Return an integer option of level SOL_SOCKET. Raises ENOTSOCK, EBADF."""
    scratch = _SCRATCH
    scratch.length.value = 4
    _check(_GETSOCKOPT(descriptor, 1, option, *scratch.option), "getsockopt")
    return scratch.number.value


def connect(descriptor: int, address: bytes) -> int:
    """Connect and return 0 or the error number. An interrupted or pending connect is reported, not retried."""
    return 0 if _LIBC.connect(descriptor, address, len(address)) == 0 else ctypes.get_errno()


class _Header(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


def send_message(descriptor: int, payload: bytes, address: bytes, control: bytes, flags: int) -> tuple[int, int]:
    """Send one message and return (bytes sent, 0) or (-1, error number)."""
    data, name = ctypes.create_string_buffer(payload, len(payload)), ctypes.create_string_buffer(address, len(address))
    extra = ctypes.create_string_buffer(control, len(control))
    vector = _Vector(ctypes.addressof(data), len(payload))
    header = _Header(
        ctypes.addressof(name) if address else None,
        len(address),
        ctypes.addressof(vector),
        1,
        ctypes.addressof(extra) if control else None,
        len(control),
        0,
    )
    sent: int = _SENDMSG(descriptor, ctypes.byref(header), flags)
    return (sent, 0) if sent >= 0 else (-1, ctypes.get_errno())


_SENDMSG = _LIBC.sendmsg
_SENDMSG.restype = ctypes.c_ssize_t


def local_address(descriptor: int) -> bytes:
    """Return the raw address that a socket is bound to."""
    buffer, length = ctypes.create_string_buffer(128), ctypes.c_uint(128)
    _check(_LIBC.getsockname(descriptor, buffer, ctypes.byref(length)), "getsockname")
    return buffer.raw[: length.value]


def system_call(number: int, *arguments: int) -> int:
    """Make a system call with at most six integers. Raises OSError."""
    return _check(_SYSCALL(number, *[*arguments, *[0] * 6][:6]), f"system call {number}")
