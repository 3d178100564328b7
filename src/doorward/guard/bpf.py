"""The seccomp filter: a small assembler for classic BPF, and the program that decides which calls are trapped.

The program loads the architecture first, then walks that architecture's table. What is not named is allowed; an
architecture without a table is killed. Calls that would go past the watch (x32, io_uring, raw sockets) are trapped
rather than refused in the kernel, so that the report can name who tried; the supervisor refuses them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from doorward.guard.abi import SECCOMP_FILTER_FLAG_NEW_LISTENER, WRITE_INTENT, X32_BIT, Architecture

_LD_ABS, _AND = 0x20, 0x54
_JUMP, _JEQ, _JGE, _JSET = 0x05, 0x15, 0x35, 0x45
_RET = 0x06
_MAX_JUMP = 255

KILL_PROCESS, USER_NOTIF, ALLOW = 0x80000000, 0x7FC00000, 0x7FFF0000
_ERRNO = 0x00050000
ENOSYS = 38

_OFFSET_NR, _OFFSET_ARCH, _OFFSET_ARGS = 0, 4, 16

#: Trapped whatever their arguments.
_ALWAYS = (
    *("connect", "sendmsg", "sendmmsg", "bind", "listen", "socketcall"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd"),
)
_EXECUTION = ("execve", "execveat")
_CHANGES = (
    *("creat", "rename", "renameat", "renameat2", "link", "linkat"),
    *("symlink", "symlinkat", "unlink", "unlinkat"),
)

#: One step: (code, operand, jump if true, jump if false).
Step = tuple[int, int, int, int]


def _load(offset: int) -> Step:
    return (_LD_ABS, offset, 0, 0)


def _argument(index: int, *, high: bool = False) -> Step:
    """Load 32 bits of argument ``index`` (the tables are of little-endian machines)."""
    return _load(_OFFSET_ARGS + 8 * index + (4 if high else 0))


def _return(action: int) -> Step:
    return (_RET, action, 0, 0)


def _unless(code: int, operand: int, body: Sequence[Step]) -> list[Step]:
    """Run ``body`` where the accumulator passes the test, else go past it."""
    if len(body) <= _MAX_JUMP:
        return [(code, operand, 0, len(body)), *body]
    return [(code, operand, 1, 0), (_JUMP, len(body), 0, 0), *body]


def _one_of(values: Iterable[int], action: int) -> list[Step]:
    """Return ``action`` where the accumulator is one of ``values``, else go on."""
    return [step for value in values for step in ((_JEQ, value, 0, 1), _return(action))]


def _socket_body() -> list[Step]:
    """Unix and netlink pass; internet sockets pass as streams or datagrams over the default, TCP or UDP protocol."""
    internet = [
        _argument(1),
        (_AND, 0xF, 0, 0),
        *_unless(_JEQ, 1, [_argument(2), *_one_of((0, 6), ALLOW), _return(USER_NOTIF)]),
        *_unless(_JEQ, 2, [_argument(2), *_one_of((0, 17), ALLOW), _return(USER_NOTIF)]),
        _return(USER_NOTIF),
    ]
    return [
        _argument(0),
        *_one_of((1, 16), ALLOW),
        *_unless(_JEQ, 2, internet),
        *_unless(_JEQ, 10, internet),
        _return(USER_NOTIF),
    ]


def _sendto_body() -> list[Step]:
    """Allow a null address, both halves: a plain ``send()`` costs nothing."""
    return [
        _argument(4),
        *_unless(_JEQ, 0, [_argument(4, high=True), *_one_of((0,), ALLOW)]),
        _return(USER_NOTIF),
    ]


def _flags_body(argument: int, mask: int) -> list[Step]:
    return [_argument(argument), (_JSET, mask, 0, 1), _return(USER_NOTIF), _return(ALLOW)]


def _table(architecture: Architecture, *, execution: bool, changes: bool) -> list[Step]:
    names = [*_ALWAYS, *(_EXECUTION if execution else ()), *(_CHANGES if changes else ())]
    bodies: dict[str, list[Step]] = {name: [_return(USER_NOTIF)] for name in names}
    bodies["sendto"] = _sendto_body()
    bodies["socket"] = _socket_body()
    bodies["seccomp"] = _flags_body(1, SECCOMP_FILTER_FLAG_NEW_LISTENER)
    if changes:
        bodies["open"] = _flags_body(1, WRITE_INTENT)
        bodies["openat"] = _flags_body(2, WRITE_INTENT)
        bodies["openat2"] = [_return(_ERRNO | ENOSYS)]
    steps = [_load(_OFFSET_NR)]
    if architecture.name == "x86_64":
        steps += _unless(_JGE, X32_BIT, [_return(USER_NOTIF)])
    for name, body in bodies.items():
        if name in architecture.calls:
            steps += _unless(_JEQ, architecture.calls[name], body)
    return [*steps, _return(ALLOW)]


def build_filter(architectures: Sequence[Architecture], *, execution: bool, changes: bool) -> list[Step]:
    """Return the program.

    ``execution`` traps execve, ``changes`` traps opens with write intent, renames, links and removals.
    """
    steps = [_load(_OFFSET_ARCH)]
    for architecture in architectures:
        steps += _unless(_JEQ, architecture.audit, _table(architecture, execution=execution, changes=changes))
    return [*steps, _return(KILL_PROCESS)]


def encode(steps: Sequence[Step]) -> bytes:
    """Return the program as an array of ``struct sock_filter``."""
    return b"".join(struct.pack("=HBBI", code, true, false, operand) for code, operand, true, false in steps)


def run(steps: Sequence[Step], number: int, audit: int, arguments: Sequence[int] = ()) -> int:
    """Interpret the program on one call, as the kernel would: for the tests and for explaining a filter."""
    data = struct.pack("=IIQ6Q", number, audit, 0, *[*arguments, *[0] * 6][:6])
    accumulator, counter = 0, 0
    while True:
        code, operand, true, false = steps[counter]
        counter += 1
        if code == _RET:
            return operand
        if code == _LD_ABS:
            accumulator = int.from_bytes(data[operand : operand + 4], "little")
        elif code == _AND:
            accumulator &= operand
        elif code == _JUMP:
            counter += operand
        else:
            counter += true if _passes(code, accumulator, operand) else false


def _passes(code: int, accumulator: int, operand: int) -> bool:
    if code == _JEQ:
        return accumulator == operand
    return accumulator >= operand if code == _JGE else bool(accumulator & operand)
