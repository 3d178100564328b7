"""Zeek's ``conn``, ``dns`` and ``ssl`` logs, as JSON or as tab-separated values with their header.

A monitor of the network knows machines, not processes. Rows of other logs in the same stream are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

import msgspec

from doorward.sources.logs._events import Contact, Event, Lookup, Refused, Who
from doorward.sources.logs._lines import each
from doorward.sources.logs._values import address, is_address, moment, name, port, stays_here

NAME = "zeek"
REACH = "it knows machines, not processes"

_TRANSPORTS = frozenset({"tcp", "udp"})
_DNS = 53
#: Characters of the longest type of a question that is kept ("NSEC3PARAM", "TYPE65535").
_LONGEST_TYPE = 16


class _Row(msgspec.Struct, frozen=True, gc=False):
    """The fields of all three logs that are used."""

    ts: float | str
    orig: str = msgspec.field(default="", name="id.orig_h")
    resp: str = msgspec.field(default="", name="id.resp_h")
    resp_p: int = msgspec.field(default=0, name="id.resp_p")
    proto: str = "tcp"
    path: str = msgspec.field(default="", name="_path")
    #: conn
    service: str = ""
    conn_state: str = ""
    local_orig: bool = True
    #: dns
    query: str | None = None
    qtype_name: str = "A"
    answers: tuple[str, ...] = ()
    #: ssl
    server_name: str = ""
    established: bool | None = None

    @property
    def log(self) -> str:
        """The log that it is of, told by its fields where it does not say so itself."""
        if self.path:
            return self.path
        if self.query is not None:
            return "dns"
        if self.conn_state:
            return "conn"
        return "ssl" if self.established is not None or self.server_name else ""


#: The columns of a table that are used, in the order of the arguments of what reads them.
_COLUMNS = {
    "conn": ("ts", "id.orig_h", "id.resp_h", "id.resp_p", "proto", "service", "local_orig"),
    "dns": ("ts", "id.orig_h", "query", "qtype_name", "answers"),
    "ssl": ("ts", "id.orig_h", "id.resp_h", "id.resp_p", "server_name"),
}


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the folder's contract
    """Whether this is one of Zeek's logs."""
    first = head.lstrip().partition(b"\n")[0]
    return first.startswith(b"#separator ") or (first[:1] == b"{" and b'"ts":' in first and b'"id.resp_h":' in first)


def parse(lines: Iterator[bytes], name: str) -> Iterator[Event | Refused]:  # noqa: ARG001 - the folder's contract
    """Yield what the rows tell."""
    yield from each(lines, _Reader().line)


class _Reader:
    """Reads rows. What one means may depend on a header above it."""

    def __init__(self) -> None:
        self._json = msgspec.json.Decoder(_Row).decode
        self._row: Callable[[bytes], Iterable[Event]] | None = None
        self._separator = "\t"
        self._path = ""

    def line(self, line: bytes) -> Iterable[Event]:
        """Return what one line tells."""
        if line[:1] == b"#":
            self._header(line.decode("utf-8", "replace").rstrip("\r\n"))
            return ()
        return _of_object(self._json(line)) if self._row is None else self._row(line)

    def _header(self, text: str) -> None:
        if text.startswith("#separator "):
            written = text.removeprefix("#separator ")
            self._separator = chr(int(written[2:4], 16)) if written[:2] == "\\x" else written[:1] or "\t"
        key, _, rest = text.partition(self._separator)
        if key == "#path":
            self._path = rest
        elif key == "#fields":
            self._row = _table(rest.split(self._separator), self._separator, self._path)


def _table(fields: list[str], separator: str, path: str) -> Callable[[bytes], Iterable[Event]]:
    """Return what reads a row below a header. A column that is not there is read as one behind the last, unset."""
    if path not in _COLUMNS:
        return lambda _: ()
    pick = itemgetter(*(fields.index(name) if name in fields else -1 for name in _COLUMNS[path]))
    tell = {"conn": _connection_of_cells, "dns": _lookup_of_cells, "ssl": _handshake_of_cells}[path]

    def row(line: bytes) -> Iterable[Event]:
        cells = line.decode("utf-8", "replace").rstrip("\r\n").split(separator)
        if len(cells) != len(fields):
            raise ValueError(f"it has {len(cells)} fields where the header has {len(fields)}")
        cells.append("-")
        return tell(*pick(cells))

    return row


def _connection_of_cells(*cells: str) -> Iterable[Event]:
    ts, orig, resp, number, proto, service, local = cells
    return _connection(_time(ts), _set(orig), resp, (port(_set(number) or 0), proto, service), local=local != "F")


def _lookup_of_cells(*cells: str) -> Iterable[Event]:
    ts, orig, query, kind, answers = cells
    return _lookup(_time(ts), _set(orig), _set(query), _set(kind) or "A", _set(answers).split(","))


def _handshake_of_cells(*cells: str) -> Iterable[Event]:
    ts, orig, resp, number, asked = cells
    return _handshake(_time(ts), _set(orig), resp, port(_set(number) or 0), _set(asked))


def _set(cell: str) -> str:
    return "" if cell in {"-", "(empty)"} else cell


def _time(cell: str) -> datetime:
    try:
        return moment(float(cell))
    except ValueError:
        return moment(cell)


def _of_object(row: _Row) -> Iterable[Event]:
    log, time = row.log, moment(row.ts)
    if log == "conn":
        return _connection(time, row.orig, row.resp, (port(row.resp_p), row.proto, row.service), local=row.local_orig)
    if log == "dns":
        return _lookup(time, row.orig, row.query or "", row.qtype_name, row.answers)
    return _handshake(time, row.orig, row.resp, port(row.resp_p), row.server_name) if log == "ssl" else ()


@lru_cache(maxsize=4096)
def _client(orig: str) -> Who:
    return Who(client=address(orig) if orig else "")


def _lookup(time: datetime, orig: str, query: str, kind: str, answers: Iterable[str]) -> Iterable[Event]:
    addresses = tuple(address(text) for text in answers if is_address(text))
    asked = name(query)
    return (
        (Lookup(time=time, who=_client(orig), name=asked, type=kind[:_LONGEST_TYPE], answers=addresses),)
        if asked
        else ()
    )


def _connection(time: datetime, orig: str, resp: str, service: tuple[int, str, str], *, local: bool) -> Iterable[Event]:
    """Return a connection that a machine of this network opened. Look-ups are told by the dns log."""
    number, proto, spoken = service
    where = address(resp)
    if not local or stays_here(where) or (spoken == "dns" and number == _DNS):
        return ()
    if proto not in _TRANSPORTS:
        number, proto = 0, "unknown"
    return (Contact(time=time, who=_client(orig), address=where, port=number, protocol=proto),)


def _handshake(time: datetime, orig: str, resp: str, number: int, asked: str) -> Iterable[Event]:
    """Return a connection with the name that its client asked for; the conn log counts it."""
    who = _client(orig)
    return (Contact(time=time, who=who, address=address(resp), port=number, host=name(asked), repeats=True),)
