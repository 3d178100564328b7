"""Tables of indicators and packages with columns that are guessed, or that the user names.

A table of which no column is known is an error that names its header, never an import of nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from doorward.errors import FeedError
from doorward.model.advisories import Advisory, stamp
from doorward.model.intelligence import Indicator, Refused, Role
from doorward.sources.feeds._columns import Columns, by_form, by_header, by_hint
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import clean, shown
from doorward.sources.feeds._packages import Packages, ecosystem_of, split_name
from doorward.sources.feeds._pages import is_page
from doorward.sources.feeds._tables import delimiter_of, head_lines, rows

NAME = "table"
RANK = 1

#: Kinds of indicator by what tables call them; the rest cannot be matched and is refused.
_TYPES = {
    "domain": "domain", "hostname": "domain", "fqdn": "domain", "c2": "", "ip": "ip", "ipv4": "ip", "ipv6": "ip",
    "ip address": "ip", "ip:port": "ip", "ip-dst": "ip", "url": "url", "uri": "url", "hash": "", "file hash": "",
    "md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512", "md5 hash": "md5", "sha1 hash": "sha1",
    "sha256 hash": "sha256", "filehash-md5": "md5", "filehash-sha1": "sha1", "filehash-sha256": "sha256",
    "tlsh": "tlsh", "blake2b 256": "blake2b_256", "blake2b-256": "blake2b_256",
}  # fmt: skip
#: Columns with one kind of indicator each; "hash" tells its algorithm by its length.
_COLUMNS = {
    "domain": "domain",
    "url": "url",
    "ip": "ip",
    "hash": "",
    "sha256": "sha256",
    "sha1": "sha1",
    "sha512": "sha512",
    "md5": "md5",
    "blake2b_256": "blake2b_256",
    "tlsh": "tlsh",
}
#: MISP's index of the values of its events, which looks like a list of digests.
_INDEX = re.compile(r"[0-9a-f]{32},[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")

Item = Advisory | Indicator | Refused


def sniff(head: bytes, name: str) -> bool:
    """Whether a document is called a table, or begins with the header of one."""
    if not head.strip() or b"\0" in head or is_page(head[:1_000].decode("utf-8", "replace")):
        return False
    if name.lower().endswith((".csv", ".tsv")):
        return True
    first = head.partition(b"\n")[0].decode("utf-8-sig", "replace").strip()
    return len(by_header(re.split(r"[,;\t|]", first))) > 1


def parse(document: Document) -> Iterable[Item]:
    """Return what the rows of a table say."""
    lines = head_lines(document)
    if any(_INDEX.match(line.strip()) for line in lines[:1]):
        raise FeedError("an index of MISP events: digests of values, not of malware")
    delimiter = delimiter_of(lines)
    found = [
        row
        for row in rows(Document.of(document.name, "\n".join(lines).encode()), delimiter)
        if not isinstance(row, Refused)
    ]
    if not found:
        raise FeedError("no rows")
    header = found[0][1]
    columns: Columns = by_header(header)
    if "columns" in document.hints:
        columns, titled = by_hint(document.hints["columns"], header), not by_form([header])
    elif columns:
        titled = True
    else:
        columns, titled = by_form([row for _, row in found[1:]] or [header], header), not by_form([header])
    if not columns:
        raise FeedError(f"a table with no column that doorward knows; its header is {shown(', '.join(header))}")
    return _Reader(document, columns).read(rows(document, delimiter), titled=titled)


class _Reader:
    """Reads rows by columns."""

    def __init__(self, document: Document, columns: Columns) -> None:
        self._document = document
        self._columns = columns
        self._packages = Packages(document.name)
        self._rest: list[tuple[str, list[str]]] = []

    def read(self, found: Iterable[tuple[str, list[str]] | Refused], *, titled: bool) -> Iterator[Item]:
        """Yield indicators as they come, packages at the end."""
        for row in found:
            if isinstance(row, Refused):
                yield row
            elif titled:
                titled = False
            else:
                yield from self._row(*row)
        yield from self._unplaced()
        yield from self._packages.advisories()

    def _row(self, place: str, cells: list[str]) -> Iterator[Item]:
        wanted = max(self._columns.values())
        if len(cells) <= wanted and len(cells) <= self._columns.get("version", self._columns.get("name", wanted)):
            yield Refused(place, f"{len(cells)} cells")
        elif self._cell(cells, "purl"):
            yield from self._package(place, cells, self._cell(cells, "purl"), "")
        elif "value" in self._columns and "type" in self._columns:
            yield from self._typed(place, cells, self._cell(cells, "value"))
        elif "name" in self._columns:
            yield from self._named(place, cells)
        else:
            yield from self._values(place, cells)

    def _typed(self, place: str, cells: list[str], value: str) -> Iterator[Item]:
        """Read a row that says in one cell what stands in another."""
        kind = self._cell(cells, "type").lower().replace("_", " ")
        ecosystem = ecosystem_of(kind)
        if ecosystem:
            yield from self._package(place, cells, value, ecosystem)
        elif kind in _TYPES:
            yield from _some(clean(value, self._template(cells, _TYPES[kind]), place))
        else:
            yield Refused(place, f"of a kind that cannot be matched ({shown(kind)})")

    def _named(self, place: str, cells: list[str]) -> Iterator[Item]:
        """Read a row about a package. Its type column, where it has one, tells the ecosystem."""
        word = self._cell(cells, "ecosystem") or self._cell(cells, "type")
        ecosystem = ecosystem_of(word) if word else self._document.hints.get("ecosystem", "")
        if word and not ecosystem:
            yield Refused(place, f"of a kind that cannot be matched ({shown(word)})")
        elif ecosystem:
            yield from self._package(place, cells, self._cell(cells, "name"), ecosystem)
        else:
            self._rest.append((place, cells))

    def _unplaced(self) -> Iterator[Item]:
        """Place the packages of which no row tells the ecosystem: scopes are npm's alone, and names of files tell."""
        if not self._rest:
            return
        scoped = any(self._cell(cells, "name").startswith("@") for _, cells in self._rest)
        words = re.split(r"[^a-z]+", self._document.name.lower())
        ecosystem = "npm" if scoped else next(filter(None, map(ecosystem_of, words)), "")
        if not ecosystem:
            raise FeedError("the table does not tell of which ecosystem its packages are: name it with --ecosystem")
        for place, cells in self._rest:
            yield from self._package(place, cells, self._cell(cells, "name"), ecosystem)

    def _package(self, place: str, cells: list[str], text: str, ecosystem: str) -> Iterator[Refused]:
        versions = self._cell(cells, "version")
        split = split_name(text, ecosystem) if not versions or text.startswith("pkg:") else (ecosystem, text, versions)
        if split is None:
            yield Refused(place, f"not a package's name: {shown(text)}")
            return
        refused = self._packages.add(*split[:2], split[2] or versions, place, self._cell(cells, "note"))
        if refused:
            yield refused

    def _values(self, place: str, cells: list[str]) -> Iterator[Indicator | Refused]:
        for column, kind in _COLUMNS.items():
            if column in self._columns:
                yield from _some(clean(self._cell(cells, column), self._template(cells, kind), place))
        if "value" in self._columns:
            yield from _some(clean(self._cell(cells, "value"), self._template(cells, ""), place))

    def _template(self, cells: Sequence[str], kind: str) -> Indicator:
        confidence = self._cell(cells, "confidence")
        return Indicator(
            kind,
            "",
            Role.CAMPAIGN,
            seen=stamp(self._cell(cells, "seen")),
            confidence=int(confidence) if confidence.isdecimal() and int(confidence) <= 100 else None,  # noqa: PLR2004
            note=shown(self._cell(cells, "note")),
        )

    def _cell(self, cells: Sequence[str], column: str) -> str:
        place = self._columns.get(column, -1)
        return cells[place] if 0 <= place < len(cells) else ""


def _some(item: Indicator | Refused | None) -> Iterator[Indicator | Refused]:
    if item is not None:
        yield item
