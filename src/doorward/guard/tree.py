"""Who calls: processes with their ancestors, read from /proc while the caller is stopped.

A record is kept as long as its process lives and runs the same program; a process file descriptor tells both that the
process is still the same one and, later, gives its sockets. The table is bounded, so that a fork bomb costs time
rather than memory.
"""

# ruff: noqa: PTH115, PTH123
# /proc is read while a caller waits, and pathlib doubles the cost.

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from typing import TypeAlias

from doorward.model.run import Process
from doorward.records import dataclass, field

#: Ancestors that are kept of a chain.
MAX_ANCESTORS = 32
_MAX_PROC_FILE = 1 << 17
_MAX_ARGUMENTS, _MAX_ARGUMENT = 64, 1024
#: Variables that tell a phase or a package. No other variable is kept: environments hold secrets.
_VARIABLES = frozenset(
    {
        *("npm_package_name", "npm_package_version", "npm_lifecycle_event", "npm_package_json", "npm_command"),
        *("CARGO_PKG_NAME", "CARGO_PKG_VERSION", "CARGO_MANIFEST_DIR", "OUT_DIR", "PYTEST_CURRENT_TEST"),
        *("PEP517_BUILD_BACKEND", "_PYPROJECT_HOOKS_BUILD_BACKEND", "PIP_BUILD_TRACKER", "SSH_AUTH_SOCK"),
    }
)
_ELF_CLASS_32 = 1

#: Variables that say nothing of this run where it was started with them.
_INHERITABLE = _VARIABLES - {"SSH_AUTH_SOCK"}

#: A process, its parent's id, and its chosen variables.
Read: TypeAlias = tuple[Process, int, dict[str, str]]
#: Ancestors, and the chosen variables of each.
Above: TypeAlias = tuple[tuple[Process, ...], tuple[dict[str, str], ...]]


@dataclass(slots=True)
class Caller:
    """A process that makes trapped calls."""

    pid: int
    #: -1 where the kernel has no process descriptors.
    pidfd: int
    process: Process
    #: Outermost first, without the caller.
    ancestors: tuple[Process, ...]
    #: The chosen variables of each process of ``chain``, in its order.
    environments: tuple[dict[str, str], ...]
    #: 32 where the program is an i386 one, 0 where it cannot be told.
    bits: int = 64
    #: Set at execve: the next call comes from another program.
    stale: bool = False
    #: What others keep of this program: caches of attribution, by a key of theirs. Bounded by :meth:`remember`.
    memory: dict[object, object] = field(default_factory=dict)

    @property
    def chain(self) -> tuple[Process, ...]:
        """Outermost first, the caller last."""
        return (*self.ancestors, self.process)

    @property
    def environment(self) -> dict[str, str]:
        """The caller's own variables."""
        return self.environments[-1]

    def remember(self, key: object, make: Callable[[], object]) -> object:
        """Return what is kept under ``key``, made at first. Keeps at most 4,096 values."""
        if key not in self.memory:
            made = make()  # what is kept may be asked for meanwhile
            if len(self.memory) >= 4096:  # noqa: PLR2004 - see above
                self.memory.clear()
            self.memory[key] = made
        return self.memory[key]


def read_process(pid: int) -> Read | None:
    """Return a process, its parent's id and its chosen variables; None where it is gone."""
    stat = _read(pid, "stat")
    # The program's name stands in brackets and may itself hold brackets and spaces.
    fields = stat.rpartition(b")")[2].split()
    if len(fields) < 20:  # noqa: PLR2004 - the start time is the 22nd field, the 20th after the name
        return None
    argv = tuple(
        part[:_MAX_ARGUMENT].decode("utf-8", "backslashreplace").rstrip(" ")
        for part in _read(pid, "cmdline").split(b"\0", _MAX_ARGUMENTS)[:_MAX_ARGUMENTS]
    )
    argv = argv[:-1] if argv and not argv[-1] else argv
    process = Process(pid, argv, _link(pid, "exe"), _link(pid, "cwd"), int(fields[19]))
    return process, int(fields[1]), _variables(pid)


def _variables(pid: int) -> dict[str, str]:
    found = {}
    for item in _read(pid, "environ").split(b"\0"):
        name, _, value = item.partition(b"=")
        text = name.decode("utf-8", "replace")
        if text in _VARIABLES:
            found[text] = value[:_MAX_ARGUMENT].decode("utf-8", "backslashreplace")
    return found


def _read(pid: int, name: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:
            return file.read(_MAX_PROC_FILE) or b""
    except OSError:
        return b""


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return ""


def status_field(pid: int, name: bytes) -> str:
    """Return one field of ``/proc/PID/status``, "" where it is not there."""
    for line in _read(pid, "status").splitlines():
        if line.startswith(name + b":"):
            return line[len(name) + 1 :].decode("utf-8", "replace").strip()
    return ""


def _bits(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/exe", "rb", buffering=0) as file:
            head = file.read(5) or b""
    except OSError:
        return 0
    if head[:4] != b"\x7fELF":
        return 0
    return 32 if head[4] == _ELF_CLASS_32 else 64


class Tree:
    """The processes of one run."""

    def __init__(self, root: Callable[[], int], inherited: Mapping[str, str], capacity: int = 2048) -> None:
        """``root`` returns the id of the command's process, 0 before it is known.

        ``inherited`` is the environment that the command starts with: what it says was said outside of this run.
        """
        self._root = root
        self._inherited = {name: value for name, value in inherited.items() if name in _INHERITABLE}
        self._capacity = capacity
        self._by_tid: dict[int, Caller] = {}
        self._by_pid: dict[int, Caller] = {}
        self._us = os.getpid()

    def caller(self, tid: int) -> Caller | None:
        """Return the process of a stopped thread; None where it is gone."""
        known = self._by_tid.get(tid)
        if known is not None and not known.stale and self._is(known, tid):
            return known
        pid = tid if known is not None and known.pid == tid else int(status_field(tid, b"Tgid") or 0)
        if not pid:
            return None
        found = self._by_pid.get(pid)
        if found is None or found.stale or not self._is(found, pid):
            found = self._look(pid, found)
        if found is not None:
            self._by_tid[tid] = found
            self._bound()
        return found

    def known(self, pid: int) -> bool:
        """Whether a process of this id was seen to make calls."""
        return pid in self._by_pid

    def is_below(self, pid: int, ancestor: int) -> bool:
        """Whether ``pid`` is ``ancestor`` or one of its descendants, as the kernel sees it now."""
        for _ in range(4 * MAX_ANCESTORS):
            if pid == ancestor:
                return True
            if pid <= 1 or pid == self._us:
                return False
            pid = int(status_field(pid, b"PPid") or 0)
        return False

    def descendants(self) -> list[int]:
        """Return the ids of the processes below the command and below this process that are not ours."""
        found: list[int] = []
        waiting = [pid for pid in (self._root(),) if pid]
        while waiting and len(found) < self._capacity:
            pid = waiting.pop()
            found.append(pid)
            waiting += children_of(pid)
        return found

    def close(self) -> None:
        """Give the descriptors back."""
        for pid in list(self._by_pid):
            self._drop(pid)

    @staticmethod
    def _is(known: Caller, tid: int) -> bool:
        """Whether the record still speaks of the process of ``tid``: ids are used again."""
        if known.pidfd < 0:
            return False
        try:
            signal.pidfd_send_signal(known.pidfd, 0)
        except PermissionError:
            pass  # it lives under another user
        except OSError:
            return False
        return tid == known.pid or os.access(f"/proc/{known.pid}/task/{tid}", os.F_OK)

    def _look(self, pid: int, before: Caller | None) -> Caller | None:
        try:
            pidfd = os.pidfd_open(pid)
        except (OSError, AttributeError):  # an older kernel, or another system
            pidfd = -1
        read = read_process(pid)
        if read is None:
            if pidfd >= 0:
                os.close(pidfd)
            return None
        process, parent, environment = self._without_inherited(read)
        if before is not None and before.process.started != process.started:
            before = None
        ancestors, environments = self._above(pid, parent, before)
        self._drop(pid)
        found = Caller(pid, pidfd, process, ancestors, (*environments, environment), _bits(pid))
        self._by_pid[pid] = found
        return found

    def _above(self, pid: int, parent: int, before: Caller | None) -> Above:
        """Return the ancestors; those of an orphan are the ones it had, or else the command itself."""
        if parent == self._us and pid != self._root():
            if before is not None:
                return before.ancestors, before.environments[:-1]
            parent = self._root()
        chain: list[Process] = []
        environments: list[dict[str, str]] = []
        while parent > 1 and parent != self._us and len(chain) < MAX_ANCESTORS:
            known = self._by_pid.get(parent)
            if known is not None and not known.stale and self._is(known, parent):
                return (*known.chain, *reversed(chain)), (*known.environments, *reversed(environments))
            read = read_process(parent)
            if read is None:
                break
            read = self._without_inherited(read)
            chain.append(read[0])
            environments.append(read[2])
            parent = read[1]
        return tuple(reversed(chain)), tuple(reversed(environments))

    def _without_inherited(self, read: Read) -> Read:
        process, parent, environment = read
        own = {name: value for name, value in environment.items() if self._inherited.get(name) != value}
        return process, parent, own

    def _drop(self, pid: int) -> None:
        gone = self._by_pid.pop(pid, None)
        if gone is not None and gone.pidfd >= 0:
            with contextlib.suppress(OSError):
                os.close(gone.pidfd)
            gone.pidfd = -1

    def _bound(self) -> None:
        """Forget the oldest records, where there are too many."""
        while len(self._by_pid) > self._capacity:
            self._drop(next(iter(self._by_pid)))
        while len(self._by_tid) > 2 * self._capacity:
            del self._by_tid[next(iter(self._by_tid))]


def children_of(pid: int) -> list[int]:
    """Return the ids of a process's children, of all its threads."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - see above
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                found += map(int, file.read().split())
    return found
