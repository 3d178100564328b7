"""harden-runner's telemetry (JSON objects) and the log of its agent (text).

Connections are its ``NetworkConnection``, look-ups its ``DNSRecord``; both may stand one a line, in an array, or in
arrays of one object. The agent leaves out private addresses, IPv6 and the metadata service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from doorward.model.run import Process
from doorward.sources.logs._events import NOBODY, Contact, Event, Lookup, Refused, Who
from doorward.sources.logs._json import decoded, is_whole, values
from doorward.sources.logs._lines import each, headed, plain, unstamped
from doorward.sources.logs._values import address, is_address, mail_moment, moment, name, port, process, split_endpoint

NAME = "harden-runner"
REACH = "it names programs without their arguments, and leaves out private addresses and IPv6"

#: What its name server answers with where a name is not allowed (a constant of its open-source agent).
_SINKHOLE = "54.185.253.63"
_STOPPED = frozenset({"dropped", "blocked", "denied"})
#: Programs of a chain that are taken over.
_LONGEST_CHAIN = 32

_TEXT = re.compile(rb"endpoint called ip address:port |domain resolved: [^\n]{1,300}, ip address: ")
_OBJECT = re.compile(rb'\s*[\[{](?=[^\0]{0,4000}"timestamp"\s*:)(?=[^\0]{0,4000}"(?:ipAddress|domainName)"\s*:)')
#: An array, or an object that only holds arrays.
_WRAPPER = re.compile(rb'\s*\[|\s*\{\s*"[^"]{1,100}"\s*:\s*\[')
_STAMP = re.compile(r"((?:[A-Z][a-z]{2}, )?\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [A-Z]{3}):")
_CALLED = re.compile(
    r"endpoint called ip address:port (?P<at>\S+), domain: (?P<domain>\S*), "
    r"pid: (?P<pid>\d{0,10}), process: (?P<name>.*)"
)
_RESOLVED = re.compile(r"domain resolved: (?P<domain>\S+), ip address: (?P<address>[^,\s]+)")
_STOPPED_NAME = re.compile(r"(?:domain not allowed|domain resolution blocked): (?P<domain>[^,\s]+)")
_STOPPED_ADDRESS = re.compile(r"ip address dropped: (?P<address>[^,\s]+)")


class _Tool(msgspec.Struct, frozen=True):
    name: str = ""
    parent: _Tool | None = None


class _Record(msgspec.Struct, frozen=True):
    """Either of the two."""

    timestamp: str
    ip: str = msgspec.field(default="", name="ipAddress")
    port: str | int = ""
    domain: str = msgspec.field(default="", name="domainName")
    tool: _Tool | None = None
    status: str = ""


_RECORD = msgspec.json.Decoder(_Record)


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the folder's contract
    """Whether this is telemetry of harden-runner, or the log of its agent."""
    return _OBJECT.match(head) is not None or _TEXT.search(head) is not None


def parse(lines: Iterator[bytes], name: str) -> Iterator[Event | Refused]:  # noqa: ARG001 - the folder's contract
    """Yield connections and look-ups."""
    head, pieces = headed(lines)
    wrapped = _WRAPPER.match(head) is not None
    if head.lstrip()[:1] not in (b"{", b"["):
        yield from each(pieces, _line)
        return
    if is_whole(head.partition(b"\n")[0]) and not wrapped:
        yield from each(pieces, lambda line: _record(_RECORD.decode(line)))
        return
    for found in values(pieces, lambda path: path[-1:] == ("*",) or not (path or wrapped)):
        yield from decoded(found, _RECORD, _record)


def _record(record: _Record) -> Iterable[Event]:
    time = moment(record.timestamp)
    if record.port == "" and record.tool is None and not record.status:
        return (_lookup(time, record.domain, record.ip),)
    contact = Contact(
        time=time,
        who=Who(processes=_chain(record.tool), vague=True),
        address=address(record.ip) if record.ip else "",
        port=port(record.port or 0),
        host=name(record.domain),
        refused=record.status.lower() in _STOPPED,
    )
    return (contact,)


def _chain(tool: _Tool | None) -> tuple[Process, ...]:
    """Return the programs, outermost first: the telemetry nests each in what it started."""
    found: list[Process] = []
    while tool is not None and len(found) < _LONGEST_CHAIN:
        if tool.name:
            found.append(process(0, (tool.name,)))
        tool = tool.parent
    return tuple(reversed(found))


def _lookup(time: datetime | None, domain: str, ip: str) -> Lookup:
    refused = ip == _SINKHOLE
    answers = (address(ip),) if is_address(ip) and not refused else ()
    return Lookup(time=time, name=name(domain), answers=answers, refused=refused)


def _line(line: bytes) -> Iterable[Event]:
    stamp, text = unstamped(plain(line))
    time = moment(stamp) if stamp else None
    if (own := _STAMP.match(text)) is not None:
        time, text = mail_moment(own[1]), text[own.end() :]
    text = text.lstrip()
    if text.startswith("endpoint called "):
        return (_called(time, text),)
    if (match := _RESOLVED.match(text)) is not None:
        return (_lookup(time, match["domain"], match["address"]),)
    if (match := _STOPPED_NAME.match(text)) is not None:
        return (Lookup(time=time, name=name(match["domain"]), refused=True),)
    if (match := _STOPPED_ADDRESS.match(text)) is not None and match["address"] != _SINKHOLE:
        return (Contact(time=time, address=address(match["address"]), protocol="unknown", refused=True),)
    return ()


def _called(time: datetime | None, text: str) -> Contact:
    match = _CALLED.match(text)
    if match is None:
        raise ValueError("an endpoint is called, and not named as usual")
    host, number = split_endpoint(match["at"])
    program = match["name"].rstrip(". ")
    pid = int(match["pid"] or 0)
    who = Who(processes=(process(pid, (program,)),), vague=True) if program or pid else NOBODY
    return Contact(time=time, who=who, address=address(host), port=number, host=name(match["domain"]))
