"""Calls that would go past the watch: x32, io_uring, sockets of other families, nested listeners, neighbours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from doorward.guard import kernel
from doorward.guard.calls import PROCEED, Answer, Call, Gone, failure
from doorward.guard.ledger import now
from doorward.guard.tree import Tree, read_process
from doorward.guard.watch import Watch
from doorward.model.run import NeighbourAccess, Process
from doorward.records import dataclass

_EPERM, _ENOSYS, _EPROTONOSUPPORT, _EAFNOSUPPORT = 1, 38, 93, 97
_AF_PACKET, _AF_VSOCK = 17, 40
_SOCK_RAW, _SOCK_PACKET = 3, 10
_PROTOCOL_KINDS = {132: "sctp", 262: "mptcp", 1: "ping-socket", 58: "ping-socket"}
_PTRACE_TRACEME = 0


@dataclass(slots=True)
class Refusals:
    """The handlers, with what they need besides the watch."""

    watch: Watch
    listener: int
    tree: Tree

    def x32(self, call: Call) -> Answer:
        """Refuse a call of the x32 table: its numbers are in no table of the filter."""
        self.watch.evasion(call, "x32", f"call {call.note.number & 0x3FFFFFFF}")
        return failure(_ENOSYS)

    def io_uring(self, call: Call) -> Answer:
        """Refuse io_uring: it connects without system calls. Programs fall back."""
        self.watch.evasion(call, "io-uring", call.name)
        return failure(_ENOSYS)

    def socket(self, call: Call) -> Answer:
        """Refuse a socket that the filter did not pass: ``socket(family, type, protocol)``."""
        family, kind, protocol = (word & 0xFFFFFFFF for word in call.arguments[:3])
        name = _socket_kind(family, kind & 0xF, protocol)
        self.watch.evasion(call, name, f"family {family}, type {kind & 0xF}, protocol {protocol}")
        return failure(_EPROTONOSUPPORT if name in {"sctp", "mptcp", "ping-socket"} else _EAFNOSUPPORT)

    def seccomp(self, call: Call) -> Answer:
        """Tell of a second listener in the same chain; the kernel refuses it with EBUSY."""
        self.watch.evasion(call, "nested-listener", call.caller.process.exe)
        return PROCEED

    # neighbours

    def ptrace(self, call: Call) -> Answer:
        """Handle ``ptrace(request, pid, ...)``."""
        if call.arguments[0] == _PTRACE_TRACEME:
            return PROCEED
        return self._neighbour(call, "ptrace", lambda: call.arguments[1])

    def process_memory(self, call: Call) -> Answer:
        """Handle ``process_vm_readv`` and ``process_vm_writev``, whose first argument is a process."""
        return self._neighbour(call, call.name, lambda: call.arguments[0])

    def pidfd_getfd(self, call: Call) -> Answer:
        """Handle ``pidfd_getfd(pidfd, fd, flags)``."""

        def target() -> int:
            text = Path(f"/proc/{call.pid}/fdinfo/{call.descriptor}").read_text(encoding="utf-8", errors="replace")
            lines = (line.split() for line in text.splitlines() if line.startswith("Pid:"))
            return int(next(lines, ["", "0"])[1])

        return self._neighbour(call, "pidfd_getfd", target)

    def _neighbour(self, call: Call, what: str, find: Callable[[], int]) -> Answer:
        """Refuse to reach into a process that is not below the caller."""
        try:
            pid = find() & 0xFFFFFFFF
        except (OSError, ValueError):
            return PROCEED  # the kernel answers EBADF or ESRCH
        if self.tree.is_below(pid, call.pid):
            return PROCEED
        read = read_process(pid)
        if not kernel.still_waits(self.listener, call.note.id):
            raise Gone
        if read is None:
            return PROCEED
        self.tell(call, what, read[0])
        return failure(_EPERM)

    def tell(self, call: Call, what: str, target: Process) -> None:
        """Record an attempt that is refused."""
        watch = self.watch
        with watch.lock:
            actor = watch.attributor.actor(call, None)
            watch.ledger.neighbours.add((id(actor), what, target.pid), NeighbourAccess(now(), actor, what, target))
            if watch.blocking:
                watch.ledger.refused += 1

    def memory_file(self, call: Call, path: str) -> Answer | None:
        """Refuse ``/proc/PID/mem`` of a process that is not below the caller; None where the path is another."""
        parts = path.split("/")
        if len(parts) < 4 or parts[1] != "proc" or parts[-1] != "mem":  # noqa: PLR2004 - "", proc, PID, mem
            return None
        pid = str(call.pid) if parts[2] in {"self", "thread-self"} else parts[2]
        return self._neighbour(call, "/proc/PID/mem", lambda: int(pid))


def _socket_kind(family: int, kind: int, protocol: int) -> str:
    if family == _AF_VSOCK:
        return "vsock"
    if family == _AF_PACKET or kind == _SOCK_PACKET:
        return "packet-socket"
    if kind == _SOCK_RAW:
        return "raw-socket"
    return _PROTOCOL_KINDS.get(protocol, "socket-family")
