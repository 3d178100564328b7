"""go-witness's network traces (attestation ``network-trace/v0.1``): alone, in a collection, or in a DSSE envelope.

A trace names the process of each connection by its id and its short name, and, where it looked into HTTP, what was
asked for and the SHA-256 of what came.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from doorward.sources.logs._events import Contact, Event, Fetched, Owner, Refused, Who
from doorward.sources.logs._json import decoded, values
from doorward.sources.logs._lines import headed
from doorward.sources.logs._values import (
    address,
    bare_url,
    is_address,
    moment,
    name,
    npm_artifact,
    process,
    pypi_artifact,
)

NAME = "witness"
REACH = "it names a process by its id and its short name, without its parents"

_TRACE = re.compile(rb'"network_trace"\s*:|"network-trace/|attestations/network-trace')
_ENVELOPE = re.compile(rb'\s*\{\s*"(?:payload|payloadType)"\s*:')
#: The beginning of the payload in an envelope.
_PAYLOAD = re.compile(rb'"payload"\s*:\s*"')
_OK = 200


class _Process(msgspec.Struct, frozen=True):
    pid: int = 0
    comm: str = ""


class _Endpoint(msgspec.Struct, frozen=True):
    ip: str | None = None
    port: int = 0
    hostname: str = ""


class _Tls(msgspec.Struct, frozen=True):
    sni: str = ""


class _Body(msgspec.Struct, frozen=True):
    hash: str = ""
    size: int = 0


class _Request(msgspec.Struct, frozen=True):
    method: str = ""
    url: str = ""
    host: str = ""


class _Response(msgspec.Struct, frozen=True):
    status: int = msgspec.field(default=0, name="status_code")
    body: _Body = _Body()


class _Exchange(msgspec.Struct, frozen=True):
    request: _Request = _Request()
    response: _Response | None = None


class _Connection(msgspec.Struct, frozen=True):
    start: str = msgspec.field(name="start_time")
    protocol: str = "tcp"
    process: _Process = _Process()
    destination: _Endpoint = _Endpoint()
    tls: _Tls | None = None
    exchanges: list[_Exchange] | None = msgspec.field(default=None, name="http_exchanges")


_CONNECTION = msgspec.json.Decoder(_Connection)


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the folder's contract
    """Whether this is a network trace, or an envelope of in-toto that may hold one."""
    if _ENVELOPE.match(head) is not None:
        return b"in-toto" in head or _TRACE.search(b"".join(unwrapped((head,)))) is not None
    return head.lstrip()[:1] == b"{" and _TRACE.search(head) is not None


def parse(lines: Iterator[bytes], name: str) -> Iterator[Event | Refused]:  # noqa: ARG001 - the folder's contract
    """Yield the connections of every trace, and the artifacts that were fetched over them."""
    head, pieces = headed(lines)
    if _ENVELOPE.match(head) is not None:
        pieces = unwrapped(pieces)
    for found in values(pieces, lambda path: path[-2:] == ("connections", "*")):
        yield from decoded(found, _CONNECTION, _events)


def unwrapped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of an envelope's payload, which is base64. They end where it is no base64 any more."""
    rest = b""
    begun = False
    for piece in pieces:
        rest += piece
        if not begun:
            match = _PAYLOAD.search(rest)
            if match is None:
                rest = rest[-_LONGEST_KEY:]
                continue
            rest, begun = rest[match.end() :], True
        text, quote, _ = rest.replace(b"\\/", b"/").partition(b'"')
        whole = len(text) if quote else len(text) // 4 * 4
        try:
            yield base64.b64decode(text[:whole] + b"=" * (-whole % 4), validate=True)
        except binascii.Error:
            yield b"\0"
            return
        if quote:
            return
        rest = text[whole:]


#: Bytes of ``"payload": "`` that may lie on both sides of a piece's end, with room for spaces.
_LONGEST_KEY = 64


def _events(connection: _Connection) -> Iterable[Event]:
    time = moment(connection.start)
    destination, owner = connection.destination, connection.process
    asked = (connection.tls.sni if connection.tls else "") or destination.hostname
    who = Who(processes=(process(owner.pid, (owner.comm,)),), vague=True) if owner.pid or owner.comm else Who()
    contact = Contact(
        time=time,
        who=who,
        address=address(destination.ip) if destination.ip else "",
        port=destination.port,
        host="" if is_address(asked) else name(asked),
    )
    fetched = (_fetched(exchange, connection) for exchange in connection.exchanges or ())
    return (contact, *(item for item in fetched if item is not None))


def _fetched(exchange: _Exchange, connection: _Connection) -> Fetched | None:
    """Return the artifact that an exchange brought; None where it brought none."""
    request, response = exchange.request, exchange.response
    if request.method != "GET" or response is None or response.status != _OK:
        return None
    url = request.url
    if url.startswith("/"):
        url = f"{'https' if connection.tls else 'http'}://{request.host}{url}"
    url = bare_url(url)
    path = urlsplit(url).path
    owner = _owner(path)
    if owner is None:
        return None
    digests = (f"sha256:{response.body.hash.lower()}",) if response.body.hash and response.body.size else ()
    return Fetched(time=moment(connection.start), owner=owner, url=url, digests=digests)


def _owner(path: str) -> Owner | None:
    if (npm := npm_artifact(path)) is not None:
        return Owner("npm", *npm)
    found = pypi_artifact(path.rpartition("/")[2])
    return Owner("pypi", *found) if found is not None else None
