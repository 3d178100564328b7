"""auditd's log: the records of one event, joined by its serial number.

``SYSCALL`` names the call and the process, ``SOCKADDR`` the address, ``EXECVE`` and ``PROCTITLE`` the arguments,
``CWD`` the folder, ``PATH`` a file. Records of one event may be interleaved with those of others. The chain of
processes is made of the parents that the log itself has shown.
"""

from __future__ import annotations

import posixpath
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime

from doorward.model.run import Process
from doorward.sources.logs._audit import Destination, Syscall, arguments, destination, syscall, text_of
from doorward.sources.logs._events import Contact, Event, Refused, Started, Touched, Who
from doorward.sources.logs._lines import TOO_LONG, numbered
from doorward.sources.logs._values import moment, process

NAME = "auditd"
REACH = "it names the processes whose calls its rules record"

_RECORD = re.compile(rb"(?:node=\S+ )?type=([A-Z_0-9\[\]]+) msg=audit\((\d+\.\d+:\d+)\):\s*(.*)", re.DOTALL)
_USED = frozenset({b"SYSCALL", b"SOCKADDR", b"EXECVE", b"PROCTITLE", b"CWD", b"PATH"})
#: Records that stand last.
_LAST = frozenset({b"PROCTITLE", b"EOE"})
#: Events whose records are still awaited, processes that are remembered, ancestors of a chain.
_PENDING = 512
_PROCESSES = 1 << 15
_LONGEST_CHAIN = 32
#: Bytes of records that are kept of one event: enough for any call, and for the first arguments of a long one.
_KEPT = 64 << 10


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the folder's contract
    """Whether this is a log of auditd."""
    return _RECORD.match(head) is not None


def parse(lines: Iterator[bytes], name: str) -> Iterator[Event | Refused]:  # noqa: ARG001 - the folder's contract
    """Yield the connections, programs and files of the events."""
    reader = _Reader()
    for number, line in numbered(lines):
        if line is None:
            yield Refused(number, TOO_LONG)
        elif (match := _RECORD.match(line)) is not None:
            yield from reader.record(number, *match.groups())
        elif not line.isspace():
            yield Refused(number, "it is no record of auditd")
    yield from reader.end()


class _Event:
    """The records of one event that have come so far."""

    __slots__ = ("_size", "line", "records")

    def __init__(self, line: int) -> None:
        self.line = line
        self.records: dict[bytes, list[bytes]] = {}
        self._size = 0

    def add(self, kind: bytes, text: bytes) -> None:
        """Keep a record, unless there are too many."""
        self._size += len(text)
        if self._size <= _KEPT or kind not in self.records:
            self.records.setdefault(kind, []).append(text[:_KEPT])

    def first(self, kind: bytes) -> bytes:
        """Return the first record of a kind, b"" where there is none."""
        return self.records.get(kind, [b""])[0]


class _Reader:
    """Makes events of records, and remembers processes."""

    def __init__(self) -> None:
        self._pending: OrderedDict[bytes, _Event] = OrderedDict()
        self._known: OrderedDict[int, tuple[Process, int]] = OrderedDict()

    def record(self, number: int, kind: bytes, serial: bytes, text: bytes) -> Iterator[Event | Refused]:
        """Take a record in; yield what its event tells, once that is whole or has waited for long."""
        pending = self._pending
        if kind in _USED:
            event = pending.get(serial)
            if event is None:
                event = pending[serial] = _Event(number)
            event.add(kind, text)
            if len(pending) > _PENDING:
                yield from self._tell(*pending.popitem(last=False))
        if kind in _LAST and serial in pending:
            yield from self._tell(serial, pending.pop(serial))

    def end(self) -> Iterator[Event | Refused]:
        """Yield what the events tell that still wait for records."""
        while self._pending:
            yield from self._tell(*self._pending.popitem(last=False))

    def _tell(self, serial: bytes, event: _Event) -> Iterator[Event | Refused]:
        """Yield what an event tells."""
        if b"SYSCALL" not in event.records:
            if event.records.keys() & {b"SOCKADDR", b"EXECVE"}:
                yield Refused(event.line, "the SYSCALL record of its event is missing")
            return
        try:
            call = syscall(event.first(b"SYSCALL"))
            time = moment(float(serial.partition(b":")[0]))
            yield from self._events(call, time, serial, event)
        except ValueError as error:
            yield Refused(event.line, str(error))

    def _events(self, call: Syscall, time: datetime, serial: bytes, event: _Event) -> Iterable[Event]:
        chain = self._chain(call, serial, event)
        if call.kind == "program":
            return self._started(call, time, event, chain)
        if call.kind == "socket" and b"SOCKADDR" in event.records:
            where = destination(event.first(b"SOCKADDR"))
            return (_contact(call, time, where, Who(processes=chain)),) if where is not None else ()
        if call.kind == "file":
            return _touched(call, time, event, Who(processes=chain))
        return ()

    def _started(self, call: Syscall, time: datetime, event: _Event, chain: tuple[Process, ...]) -> tuple[Started, ...]:
        """Return the start of a program, and remember what its process runs from now on."""
        before = chain[-1]
        argv = arguments(event.records.get(b"EXECVE", [])) or _title(event) or (call.comm,)
        after = process(call.pid, argv, call.exe, _folder(event) or before.cwd)
        if call.success:
            self._remember(_at(after, before.started), call.ppid)
        return (Started(time=time, path=call.exe or argv[0], argv=after.argv, who=Who(processes=chain)),)

    def _chain(self, call: Syscall, serial: bytes, event: _Event) -> tuple[Process, ...]:
        """Return the caller below its ancestors, as far as the log has shown them."""
        known = self._known.get(call.pid)
        if known is None or known[1] != call.ppid:
            self._remember(self._first_seen(call, serial, event), call.ppid)
        chain: list[Process] = []
        pid = call.pid
        while (entry := self._known.get(pid)) is not None and len(chain) < _LONGEST_CHAIN and entry[0] not in chain:
            chain.append(entry[0])
            pid = entry[1]
        return tuple(reversed(chain))

    def _first_seen(self, call: Syscall, serial: bytes, event: _Event) -> Process:
        """Return a process that the log has not shown: a fork still runs what its parent runs."""
        parent = self._known.get(call.ppid)
        own = () if call.kind == "program" else _title(event) or (call.comm,)
        argv = own or (parent[0].argv if parent else (call.comm,))
        exe = parent[0].exe if parent and not own else call.exe
        seen = process(call.pid, argv, exe, _folder(event) or (parent[0].cwd if parent else ""))
        return _at(seen, int(serial.rpartition(b":")[2][:18]))

    def _remember(self, seen: Process, ppid: int) -> None:
        self._known[seen.pid] = (seen, ppid)
        self._known.move_to_end(seen.pid)
        if len(self._known) > _PROCESSES:
            self._known.popitem(last=False)


def _at(seen: Process, started: int) -> Process:
    """Return a process with the serial of its first event in place of a start time, so that ids may come again."""
    return Process(seen.pid, seen.argv, seen.exe, seen.cwd, started)


def _title(event: _Event) -> tuple[str, ...]:
    text = text_of(event.first(b"PROCTITLE"), b"proctitle")
    return tuple(text.split("\0")) if text else ()


def _folder(event: _Event) -> str:
    return text_of(event.first(b"CWD"), b"cwd")


def _contact(call: Syscall, time: datetime, where: Destination, who: Who) -> Contact:
    return Contact(
        time=time,
        who=who,
        address=where.address,
        port=where.port,
        protocol="unix" if where.socket else "unknown" if call.name == "connect" else "udp",
        call=call.name,
        refused=call.refused,
        socket=where.socket,
    )


def _touched(call: Syscall, time: datetime, event: _Event, who: Who) -> tuple[Touched, ...]:
    """Return the file of a call: that of its last PATH record, relative to the folder of the process."""
    for record in reversed(event.records.get(b"PATH", [])):
        path = text_of(record, b"name")
        if path and b"nametype=PARENT" not in record:
            full = posixpath.normpath(posixpath.join(_folder(event), path))
            return (Touched(time=time, path=full, operation=call.operation, who=who),)
    return ()
