"""The native stack of a stopped thread: which shared objects stand on it, and where the calling instruction lies.

Words of the stack that point into executable mappings are taken for return addresses. That needs no unwind tables,
works for any language, and takes less than a millisecond; it may name an object that was there only a moment ago.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from pathlib import PurePosixPath

from doorward.guard.calls import Call
from doorward.guard.kernel import read_memory
from doorward.records import dataclass, field

_STACK_BYTES = 8192
_CALL_SITE_BYTES = 256
#: How mappings of no file are shown: anonymous, shared and memfd memory.
_NO_FILE = ("/memfd:", "/dev/zero", "/dev/shm/", "/SYSV", "//anon", "[anon")  # noqa: S108 - names in /proc, none is opened
_MAX_MAPS = 1 << 22
_MAX_OBJECTS = 64
_LIBC = re.compile(r"(libc[.-]|libresolv|libnss_|ld-musl|libpthread)")
_CARES = re.compile(r"cares|cygrpc")
#: Programs that carry a resolver of their own beside the C library's.
_OWN_RESOLVER = frozenset({"node", "nodejs", "deno", "bun", "electron"})


@dataclass(slots=True)
class Maps:
    """The executable mappings of a process."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def owner(self, address: int) -> str | None:
        """Return the file that holds an address, "" for anonymous memory, None where nothing executable lies."""
        index = bisect_right(self.starts, address) - 1
        if index < 0 or address >= self.ends[index]:
            return None
        return self.paths[index]


@dataclass(frozen=True, slots=True)
class Stack:
    """What a scan found."""

    #: Files, innermost first, each once.
    objects: tuple[str, ...] = ()
    #: Whether the calling instruction lies in anonymous or memfd memory.
    anonymous: bool = False


def read_maps(pid: int) -> Maps:
    """Read the executable mappings of a process; empty where that is not allowed."""
    maps = Maps()
    try:
        with open(f"/proc/{pid}/maps", "rb") as file:  # noqa: PTH123 - the caller waits
            text = file.read(_MAX_MAPS)
    except OSError:
        return maps
    for line in text.splitlines():
        head, _, rest = line.partition(b" ")
        if rest[2:3] != b"x":
            continue
        start, _, end = head.partition(b"-")
        columns = rest.split(None, 4)
        path = columns[4].decode("utf-8", "backslashreplace") if len(columns) > 4 else ""  # noqa: PLR2004 - the fifth
        maps.starts.append(int(start, 16))
        maps.ends.append(int(end, 16))
        maps.paths.append("" if path.startswith(_NO_FILE) else path)
    return maps


def _maps(call: Call) -> Maps:
    """Return the caller's mappings as they were, read again where the calling instruction is in none of them."""
    kept = call.caller.memory.get("maps")
    if isinstance(kept, Maps) and kept.owner(call.note.ip) is not None:
        return kept
    fresh = read_maps(call.pid)
    call.caller.memory["maps"] = fresh
    return fresh


def _stack_words(call: Call, size: int) -> tuple[int, ...]:
    """Return the words from the stack pointer up; ``/proc/PID/task/TID/syscall`` tells it of a stopped thread."""
    try:
        with open(f"/proc/{call.pid}/task/{call.tid}/syscall", "rb") as file:  # noqa: PTH123 - the caller waits
            columns = file.read(512).split()
        data = read_memory(call.tid, int(columns[-2], 16), size)
    except (OSError, ValueError, IndexError):
        return ()
    count = len(data) * 8 // call.bits
    return struct.unpack(f"<{count}{'Q' if call.bits == 64 else 'I'}", data[: count * call.bits // 8])  # noqa: PLR2004


def scan(call: Call) -> Stack:
    """Scan the stack of a stopped call."""
    maps = _maps(call)
    if not maps.starts:
        return Stack()
    inner = maps.owner(call.note.ip)
    found: dict[str, None] = {inner: None} if inner else {}
    low, high = maps.starts[0], maps.ends[-1]
    for word in _stack_words(call, _STACK_BYTES):
        if low <= word < high:
            path = maps.owner(word)
            if path and not path.startswith("["):
                found[path] = None
    return Stack(tuple(found)[:_MAX_OBJECTS], anonymous=inner == "")


def compares_sources(call: Call) -> bool:
    """Whether a call to a name server comes from a resolver that takes answers from that server's address only.

    c-ares does, which Node and its kind carry beside the C library's resolver. All others read a connected socket.
    """
    maps = _maps(call)
    owners = (maps.owner(word) for word in _stack_words(call, _CALL_SITE_BYTES))
    site = PurePosixPath(next((path for path in owners if path and not path.startswith("[")), "")).name
    if _LIBC.match(site):
        return False
    return bool(_CARES.search(site)) or PurePosixPath(call.caller.process.exe).name in _OWN_RESOLVER
