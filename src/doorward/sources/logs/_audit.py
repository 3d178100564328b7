"""The fields of auditd's records, and the numbers of the calls that matter."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from ipaddress import ip_address

import msgspec

from doorward.sources.logs._values import LONGEST_TEXT, address

#: arch -> number -> call. From the kernel's tables for x86-64, i386 and arm64.
# fmt: off
_CALLS = {
    "c000003e": {
        42: "connect", 44: "sendto", 46: "sendmsg", 307: "sendmmsg", 59: "execve", 322: "execveat",
        2: "open", 257: "openat", 437: "openat2", 85: "creat", 82: "rename", 264: "renameat", 316: "renameat2",
        87: "unlink", 263: "unlinkat", 86: "link", 265: "linkat", 88: "symlink", 266: "symlinkat",
    },
    "40000003": {
        362: "connect", 369: "sendto", 370: "sendmsg", 345: "sendmmsg", 102: "socketcall", 11: "execve",
        358: "execveat", 5: "open", 295: "openat", 437: "openat2", 8: "creat", 38: "rename", 302: "renameat",
        353: "renameat2", 10: "unlink", 301: "unlinkat", 9: "link", 303: "linkat", 83: "symlink", 304: "symlinkat",
    },
    "c00000b7": {
        203: "connect", 206: "sendto", 211: "sendmsg", 269: "sendmmsg", 221: "execve", 281: "execveat",
        56: "openat", 437: "openat2", 38: "renameat", 276: "renameat2", 35: "unlinkat", 37: "linkat",
        36: "symlinkat",
    },
}
# fmt: on
#: What the first argument of i386's socketcall asks for.
_SOCKETCALLS = {3: "connect", 11: "sendto", 16: "sendmsg", 20: "sendmmsg"}
#: Set in the numbers of x32.
_X32 = 0x40000000
_SOCKETS = frozenset(_SOCKETCALLS.values())
_PROGRAMS = frozenset({"execve", "execveat"})
_OPENS = frozenset({"open", "openat", "openat2", "creat"})
_CHANGES = ("rename", "unlink", "link", "symlink")
#: Which argument holds the flags of an open; that of openat2 lies in memory.
_FLAGS = {"open": b"a1", "openat": b"a2"}
#: WRONLY, RDWR, CREAT, TRUNC.
_WRITES = 0o1 | 0o2 | 0o100 | 0o1000
#: Exits of a call that was not allowed: EPERM, EACCES.
_FORBIDDEN = frozenset({"-1", "-13"})

_FIELD = re.compile(rb'(?<!\w)([A-Za-z_0-9]{1,20}+)=("[^"]*"|[^\s\x1d]*)')
_ARGUMENT = re.compile(rb'\ba(\d{1,5})(?:\[(\d{1,5})\])?=("[^"]*"|[0-9A-Fa-f]+)')
_DIGITS = 10

_INET, _INET6, _UNIX = 2, 10, 1


class Syscall(msgspec.Struct, frozen=True, gc=False):
    """A SYSCALL record."""

    name: str
    #: "socket", "program", "file", "" for a call that does not matter.
    kind: str
    pid: int
    ppid: int
    comm: str = ""
    exe: str = ""
    success: bool = True
    refused: bool = False
    #: Of a call about a file: "read", "write", "rename", "link", "unlink".
    operation: str = ""


class Destination(msgspec.Struct, frozen=True, gc=False):
    """A SOCKADDR record: an address and port, or the path of a unix socket."""

    address: str = ""
    port: int = 0
    socket: str = ""


def syscall(record: bytes) -> Syscall:
    """Read a SYSCALL record; ValueError where it lacks what every one has, or is of an unknown machine."""
    fields = dict(_FIELD.findall(record))
    name = _name(fields)
    return Syscall(
        name=name,
        kind=_kind(name),
        pid=_number(fields, b"pid"),
        ppid=_number(fields, b"ppid"),
        comm=_unquoted(fields.get(b"comm", b"")),
        exe=_unquoted(fields.get(b"exe", b"")),
        success=fields.get(b"success") != b"no",
        refused=fields.get(b"exit", b"").decode("ascii", "replace") in _FORBIDDEN,
        operation=_operation(name, fields),
    )


def _name(fields: dict[bytes, bytes]) -> str:
    enriched = fields.get(b"SYSCALL", b"").decode("ascii", "replace")
    if enriched and enriched != "socketcall":
        return enriched
    number, arch = _number(fields, b"syscall"), fields.get(b"arch", b"").decode("ascii", "replace").lower()
    calls = _CALLS.get(arch)
    if calls is None:
        raise ValueError(f"its calls are those of an unknown machine ({arch[:_DIGITS]!r})")
    name = calls.get(number & ~_X32, "")
    return _SOCKETCALLS.get(_hex(fields, b"a0"), "") if name == "socketcall" else name


def _kind(name: str) -> str:
    if name in _SOCKETS:
        return "socket"
    if name in _PROGRAMS:
        return "program"
    return "file" if name in _OPENS or name.startswith(_CHANGES) else ""


def _operation(name: str, fields: dict[bytes, bytes]) -> str:
    if name not in _OPENS:
        return next((kind for kind in ("rename", "unlink") if name.startswith(kind)), "link")
    flags = _FLAGS.get(name)
    return "write" if name == "creat" or (flags and _hex(fields, flags) & _WRITES) else "read"


def _number(fields: dict[bytes, bytes], key: bytes) -> int:
    text = fields.get(key, b"")
    if not text.isdigit() or len(text) > _DIGITS:
        raise ValueError(f"its SYSCALL record has no {key.decode()}")
    return int(text)


def _hex(fields: dict[bytes, bytes], key: bytes) -> int:
    try:
        return int(fields.get(key, b"0")[:16], 16)
    except ValueError:
        raise ValueError(f"its SYSCALL record has no {key.decode()}") from None


def _unquoted(value: bytes) -> str:
    """Return a value that the kernel writes in quotes, or as hex where it has characters to hide."""
    if value[:1] == b'"':
        return value[1:-1].decode("utf-8", "replace")
    if value in (b"", b"(null)", b"(none)", b"?"):
        return ""
    try:
        return bytes.fromhex(value.decode("ascii")).decode("utf-8", "replace")
    except ValueError:
        return value.decode("utf-8", "replace")


def text_of(record: bytes, key: bytes) -> str:
    """Return one text of a record, "" where there is none."""
    match = re.search(rb"(?:^|\s)" + key + rb'=("[^"]*"|[^\s\x1d]*)', record)
    return _unquoted(match[1])[:LONGEST_TEXT] if match else ""


def arguments(records: Iterable[bytes]) -> tuple[str, ...]:
    """Return the arguments of EXECVE records, in order; a long one stands in several parts."""
    found: dict[int, str] = {}
    for record in records:
        for index, _, value in _ARGUMENT.findall(record):
            found[int(index)] = found.get(int(index), "") + _unquoted(value)
    return tuple(found[index] for index in sorted(found))


def destination(record: bytes) -> Destination | None:
    """Read a SOCKADDR record; None for families that lead nowhere, ValueError for what is cut off."""
    match = re.search(rb"saddr=([0-9A-Fa-f]*)", record)
    raw = bytes.fromhex(match[1].decode("ascii")[: len(match[1]) // 2 * 2]) if match else b""
    if len(raw) < struct.calcsize("<H"):
        raise ValueError("its address is cut off")
    family = int.from_bytes(raw[:2], "little")
    if family == _UNIX:
        name = raw[2:].rstrip(b"\0").decode("utf-8", "replace")
        return Destination(socket=f"@{name[1:]}" if name.startswith("\0") else name) if name else None
    if family not in {_INET, _INET6}:
        return None
    start, end = (4, 8) if family == _INET else (8, 24)
    if len(raw) < end:
        raise ValueError("its address is cut off")
    return Destination(address(str(ip_address(raw[start:end]))), int.from_bytes(raw[2:4], "big"))
