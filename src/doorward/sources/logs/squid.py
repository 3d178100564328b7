"""Squid's access log, in its native format and in a variant of one JSON object a line.

The variant has ``ts, client, host, dest, method, status, decision, url``, where ``decision`` is Squid's own code of the
request ("TCP_TUNNEL", "TCP_DENIED"). A proxy knows machines, not processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from doorward.sources.logs._events import Contact, Event, Refused, Who
from doorward.sources.logs._lines import each
from doorward.sources.logs._values import (
    address,
    is_address,
    machine,
    moment,
    place,
    port,
    split_endpoint,
    web_endpoint,
)

NAME = "squid"
REACH = "it knows machines, not processes"

#: time elapsed client code/status bytes method url user hierarchy/peer type
_NATIVE = re.compile(rb"\s*\d{9,10}\.\d{3}\s+\d+\s+\S+\s+[A-Z_]+/\d{3}\s+\d+\s+[A-Z_]+\s")
_JSON = re.compile(rb'\s*\{(?=[^\n]*"client"\s*:)(?=[^\n]*"decision"\s*:)(?=[^\n]*"dest"\s*:)')
_FIELDS = 10
#: Codes of a request that Squid stopped: its rules, or an ending before it was forwarded.
_DENIED = "DENIED"
#: Schemes that Squid forwards, beside tunnels.
_FTP = re.compile(r"ftp://([^/@:]+)(?::(\d{1,5}))?(?:/|\Z)")


class _Row(msgspec.Struct, frozen=True, gc=False):
    ts: float | str
    client: str
    host: str = ""
    dest: str = ""
    method: str = ""
    decision: str = ""
    url: str = ""


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the folder's contract
    """Whether this is an access log of Squid."""
    return _NATIVE.match(head) is not None or _JSON.match(head) is not None


def parse(lines: Iterator[bytes], name: str) -> Iterator[Event | Refused]:  # noqa: ARG001 - the folder's contract
    """Yield one connection a request."""
    decode = msgspec.json.Decoder(_Row).decode

    def line(line: bytes) -> Iterable[Event]:
        return _event(decode(line) if line.lstrip()[:1] == b"{" else _native(line))

    yield from each(lines, line)


def _native(line: bytes) -> _Row:
    cells = line.decode("utf-8", "replace").split()
    if len(cells) < _FIELDS:
        raise ValueError(f"it has {len(cells)} fields where the native format has {_FIELDS}")
    time, _, client, code, _, method, url, _, peer, *_ = cells
    try:
        seconds = float(time)
    except ValueError:
        raise ValueError("its first field is no time") from None
    return _Row(seconds, client, "", peer.partition("/")[2], method, code.partition("/")[0], url)


@lru_cache(maxsize=4096)
def _client(text: str) -> Who:
    return Who(client=machine(text))


def _event(row: _Row) -> Iterable[Event]:
    """Return the connection that a request stands for; none for what Squid answers for itself."""
    if row.url.startswith(("error:", "cache_object:", "internal:")) or row.method in {"-", "NONE"}:
        return ()
    host, number = _target(row)
    peer = row.dest if is_address(row.dest) else row.dest.rpartition(":")[0]
    where, asked = place(host)
    contact = Contact(
        time=moment(row.ts),
        who=_client(row.client),
        address=address(peer) if is_address(peer) else where,
        port=number,
        host=asked,
        refused=_DENIED in row.decision,
    )
    return (contact,)


def _target(row: _Row) -> tuple[str, int]:
    """Return the host and port that a request asks for."""
    if row.method == "CONNECT":
        return split_endpoint(row.url if row.url not in {"", "-"} else row.host)
    if (ftp := _FTP.match(row.url)) is not None:
        return ftp[1], port(ftp[2] or 21)
    found = web_endpoint(row.url)
    if found is None:
        raise ValueError("its address is none of the web")
    return found
