"""OpenIOC 1.0 and 1.1: items that stand for themselves, which are those below nothing but OR.

The XML is read by expat with declarations of types and entities refused: nine lines of them can stand for a billion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.parsers import expat

from doorward.errors import FeedError
from doorward.model.advisories import stamp
from doorward.model.intelligence import Indicator, Refused, Role
from doorward.records import dataclass, field
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import clean, shown

NAME = "OpenIOC"

#: What is searched, in lower case, and the kind of indicator that it is.
_KINDS = {
    "network/dns": "domain", "dnsentryitem/host": "domain", "dnsentryitem/recordname": "domain",
    "urlhistoryitem/hostname": "domain", "network/uri": "url", "urlhistoryitem/url": "url", "portitem/remoteip": "ip",
    "routeentryitem/destination": "ip",
}  # fmt: skip
#: What holds digests of files, and those that it can hold: "FileItem/Md5sum", "ServiceItem/serviceDLLsha256sum".
_FILES = ("fileitem/", "driveritem/", "taskitem/", "serviceitem/path", "serviceitem/servicedll")
_KINDS |= {f"{file}{name}sum": name for file in _FILES for name in ("md5", "sha1", "sha256")}
#: How the outermost element begins, whose names may have a prefix.
_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:ioc|OpenIOC)[\s>]")
#: What a document in UTF-16 says of itself, which is in UTF-8 by the time that it is read.
_WIDE = re.compile(rb"""(<\?xml[^>]{0,100}?)\sencoding\s*=\s*["']utf-16["']""", re.IGNORECASE)
_MAX_DEPTH = 200
#: Items of one document.
_MAX_ITEMS = 1_000_000


def sniff(head: bytes, _name: str) -> bool:
    """Whether a document begins like one."""
    start = head.lstrip()
    return start.startswith(b"<") and b"Indicator" in head and _ROOT.search(head) is not None


def parse(document: Document) -> Iterator[Indicator | Refused]:
    """Yield the items that stand for themselves."""
    reader = _Reader()
    reader.read(_WIDE.sub(rb"\1", document.read(), count=1))
    base = Indicator("", "", Role.CAMPAIGN, reader.id, stamp(reader.modified), note=shown(reader.title))
    for number, item in enumerate(reader.items):
        place = f"{document.name}[{number}]"
        kind = _KINDS.get(item.search.lower())
        if item.lacks:
            yield Refused(place, f"nothing that says something by itself: {item.lacks}")
        elif kind is None:
            yield Refused(place, f"of a kind that cannot be matched ({shown(item.search)})")
        else:
            template = Indicator(kind, "", base.role, base.record, base.seen, note=base.note)
            found = clean(item.content, template, place)
            if found is not None:
                yield found


@dataclass(slots=True)
class _Item:
    """One IndicatorItem."""

    #: Why it does not stand for itself, "" where every operator above it is OR and its condition ``is``, not negated.
    lacks: str
    search: str = ""
    content: str = ""


@dataclass(slots=True)
class _Reader:
    """Follows the elements of a document."""

    id: str = ""
    modified: str = ""
    title: str = ""
    items: list[_Item] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _operators: list[str] = field(default_factory=list)

    def read(self, data: bytes) -> None:
        """Read a whole document; raise :class:`FeedError` where it is no XML, or declares entities."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        try:
            parser.Parse(data, True)  # noqa: FBT003 - expat takes it by position only
        except (expat.ExpatError, LookupError) as error:
            # A declaration may name an encoding that Python does not know.
            raise FeedError(f"not XML: {error}") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        self._path.append(local)
        if len(self._path) > _MAX_DEPTH:
            raise FeedError("nested too deep")
        if local in {"ioc", "OpenIOC"}:
            self.id = attributes.get("id", "")
            self.modified = attributes.get("last-modified", "")
        elif local == "Indicator":
            self._operators.append(attributes.get("operator", "").upper())
        elif local == "IndicatorItem":
            self.items.append(_Item(self._lacks(attributes)))
            if len(self.items) > _MAX_ITEMS:
                raise FeedError(f"more than {_MAX_ITEMS:,} items")
        elif local == "Context" and self.items:
            self.items[-1].search = attributes.get("search", "")

    def _lacks(self, attributes: dict[str, str]) -> str:
        if not set(self._operators) <= {"OR"}:
            return "it counts only together with others"
        if attributes.get("negate", "false").lower() == "true":
            return "it is negated"
        condition = attributes.get("condition", "")
        return "" if condition == "is" else f"its condition is {shown(condition) or 'missing'}"

    def _end(self, name: str) -> None:
        self._path.pop()
        if name.rpartition(":")[2] == "Indicator" and self._operators:
            self._operators.pop()

    def _text(self, text: str) -> None:
        if self._path[-1] == "Content" and self.items:
            self.items[-1].content += text
        elif self._path[-1] == "short_description":
            self.title += text


def _refuse(*_: object) -> None:
    raise FeedError("XML that declares types or entities is not read")
