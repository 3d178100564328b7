"""Results of OpenSSF package-analysis: one document a release, with what its sandbox saw in each phase.

The whole result is about one release, so everything in it is attributed to that release. The sandbox does not tell its
package manager's own connections from those of the package, though.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain

import msgspec

from doorward.model.purl import PURL_TYPE
from doorward.model.run import Phase
from doorward.sources.logs._events import Contact, Event, Lookup, Owner, Refused, Started, Touched, Used, Who
from doorward.sources.logs._json import END, Found, Path, decoded, is_whole, values
from doorward.sources.logs._values import LONGEST_NAME, LONGEST_TEXT, address, arguments, is_address, moment, name, port

NAME = "package-analysis"
REACH = "it names the release, and not whether its package manager made a connection"

_HEAD = re.compile(rb'\s*\{(?=[^\0]*"Package"\s*:)(?=[^\0]*"(?:Analysis|CreatedTimestamp)"\s*:)')
_TYPES = {ecosystem.lower(): type_ for ecosystem, type_ in PURL_TYPE.items()}
_PHASES = {"install": Phase.INSTALL, "import": Phase.TEST, "execute": Phase.RUN}
_LISTS = frozenset({"Sockets", "DNS", "Commands", "Files"})
_TYPE = re.compile(r"[a-z][a-z0-9.+-]{0,30}")
_CREATED = re.compile(rb'(?<!\\)"CreatedTimestamp"\s*:\s*"?([0-9][0-9:. TZUC+-]{0,40})')
#: Elements that may stand before the name of their package.
_PATIENCE = 20_000


class _Package(msgspec.Struct, frozen=True):
    ecosystem: str = msgspec.field(name="Ecosystem")
    name: str = msgspec.field(name="Name")
    version: str = msgspec.field(default="", name="Version")


class _Socket(msgspec.Struct, frozen=True):
    address: str = msgspec.field(name="Address")
    port: int = msgspec.field(default=0, name="Port")
    hostnames: list[str] | None = msgspec.field(default=None, name="Hostnames")


class _Question(msgspec.Struct, frozen=True):
    hostname: str = msgspec.field(name="Hostname")
    types: list[str] | None = msgspec.field(default=None, name="Types")


class _Dns(msgspec.Struct, frozen=True):
    queries: list[_Question] | None = msgspec.field(default=None, name="Queries")


class _Command(msgspec.Struct, frozen=True):
    command: list[str] | None = msgspec.field(default=None, name="Command")


class _File(msgspec.Struct, frozen=True):
    path: str = msgspec.field(name="Path")
    read: bool = msgspec.field(default=False, name="Read")
    write: bool = msgspec.field(default=False, name="Write")
    delete: bool = msgspec.field(default=False, name="Delete")


_PACKAGE = msgspec.json.Decoder(_Package)
_DECODERS: Mapping[str, msgspec.json.Decoder[object]] = {
    "Sockets": msgspec.json.Decoder(_Socket),
    "DNS": msgspec.json.Decoder(_Dns),
    "Commands": msgspec.json.Decoder(_Command),
    "Files": msgspec.json.Decoder(_File),
}


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the folder's contract
    """Whether this is a result of package-analysis."""
    return _HEAD.match(head) is not None


def parse(lines: Iterator[bytes], name: str) -> Iterator[Event | Refused]:  # noqa: ARG001 - the folder's contract
    """Yield what each phase did, attributed to the release of its document."""
    yield from _Reader().read(lines)


def _wanted(path: Path) -> bool:
    return path == ("Package",) or (len(path) == 4 and path[0] == "Analysis" and path[2] in _LISTS and path[3] == "*")  # noqa: PLR2004 - Analysis, phase, list, element


class _Reader:
    """What is known of the document that is read."""

    def __init__(self) -> None:
        self._owner: Owner | None = None
        self._time: datetime | None = None
        #: What stands before the package in its document.
        self._waiting: list[Found] = []

    def read(self, lines: Iterable[bytes]) -> Iterator[Event | Refused]:
        """Yield the events of all documents."""
        pieces = iter(lines)
        first = next(pieces, b"")
        for found in values(self._timed(chain((first,), pieces)), _wanted, lines=is_whole(first)):
            if isinstance(found, Refused):
                yield found
            elif found[1] == END:
                yield from (Refused(line, "its document names no package") for line, _, _ in self._waiting)
                self._owner, self._waiting = None, []
            elif found[1] == ("Package",):
                yield from decoded(found, _PACKAGE, self._begin)
                waiting, self._waiting = self._waiting, []
                for item in waiting:
                    yield from self._element(item)
            elif self._owner is not None:
                yield from self._element(found)
            elif len(self._waiting) < _PATIENCE:
                self._waiting.append(found)
            else:
                yield Refused(found[0], "it is too far before the name of its package")

    def _timed(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Pass the lines on, keeping the time that a document gives."""
        for line in lines:
            if (match := _CREATED.search(line)) is not None:
                self._time = _created(match[1].decode())
            yield line

    def _begin(self, package: _Package) -> Iterable[Event]:
        type_ = _TYPES.get(package.ecosystem.lower(), package.ecosystem.lower())
        sound = 0 < len(package.name) <= LONGEST_NAME and len(package.version) <= LONGEST_NAME
        if not sound or not _TYPE.fullmatch(type_):
            raise ValueError("its package has no name or no ecosystem")
        self._owner = Owner(type_, package.name, package.version)
        return (Used(self._owner, Phase.INSTALL),)

    def _element(self, found: Found) -> Iterator[Event | Refused]:
        _, phase, kind, _ = found[1]
        who = Who(owner=self._owner, phase=_PHASES.get(phase, Phase.RUN), by=NAME, shared=phase == "install")
        yield from decoded(found, _DECODERS[kind], lambda value: _events(value, self._time, who))


def _created(text: str) -> datetime | None:
    try:
        return moment(float(text)) if text.isdigit() else moment(text.removesuffix(" UTC"))
    except ValueError:
        return None


def _events(value: object, time: datetime | None, who: Who) -> Iterable[Event]:
    match value:
        case _Socket():
            return (_contact(value, time, who),)
        case _Dns():
            asked = [(item.hostname, kind) for item in value.queries or () for kind in item.types or ("A",)]
            return tuple(Lookup(time=time, name=name(host), type=kind[:16], who=who) for host, kind in asked)
        case _Command():
            argv = arguments(value.command or ())
            return (Started(time=time, path=argv[0], argv=argv, who=who),) if argv else ()
        case _File():
            return _touched(value, time, who)
    return ()


def _contact(socket: _Socket, time: datetime | None, who: Who) -> Contact:
    host = next((name(text) for text in socket.hostnames or () if text and not is_address(text)), "")
    return Contact(time=time, who=who, address=address(socket.address), port=port(socket.port), host=host)


def _touched(file: _File, time: datetime | None, who: Who) -> Iterable[Event]:
    operations = {"read": file.read, "write": file.write, "unlink": file.delete}
    return tuple(
        Touched(time=time, path=file.path[:LONGEST_TEXT], operation=operation, who=who, seen_by="strace")
        for operation, holds in operations.items()
        if holds
    )
