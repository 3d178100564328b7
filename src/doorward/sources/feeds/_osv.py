"""From an OSV record to what doorward keeps of it: the advisory, its indicators, and the digests that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from doorward.model.advisories import Pack, stamp, stamps
from doorward.model.intelligence import DIGESTS, Defect, Disowned, Indicator, Refused, Role
from doorward.records import replace
from doorward.sources.feeds import _records as osv
from doorward.sources.feeds._indicators import EMPTY, clean
from doorward.sources.feeds._kinds import MALICIOUS as _LISTED
from doorward.sources.feeds._kinds import kind_of

#: Of what an indicator comes: a record's id, when it changed, and when it was withdrawn.
_Origin: TypeAlias = tuple[str, str, str]
Item: TypeAlias = Pack | Indicator | Disowned | Defect | Refused
#: Longest id and summary.
_ID, _SUMMARY = 300, 300
#: The fields of ``iocs`` and the kind of indicator in each.
_IOCS = (("domains", "domain"), ("urls", "url"), ("ips", "ip"), ("ip_addresses", "ip"))
#: When a record was withdrawn that does not tell.
_SOME_TIME = "1970-01-01T00:00:00Z"
_SHA256_HEX = 64
_is_hex = re.compile(r"[0-9a-f]+").fullmatch
_EMPTY = frozenset({digest for _, digest in EMPTY})
_HEX_DIGITS = {algorithm: 2 * width for algorithm, width in DIGESTS.items()}
_pack_into = msgspec.msgpack.Encoder().encode_into
#: A moment that was never set, as programs write it.
_ZERO = "0001-01-01"


class Converter:
    """Takes records, and gives what they say.

    This runs for every record of an import, a million times over, hence its plainness: records come many at a time, and
    one thing is asked of all of them before the next.
    """

    __slots__ = ("_items", "_pack", "_reports")

    def __init__(self) -> None:
        self._pack = Pack()
        self._items: list[Item] = [self._pack]
        #: Digests of the files in which contributors reported, hex.
        self._reports: list[str] = []

    def take(
        self,
        records: Sequence[osv.Record],
        documents: Sequence[str],
        lines: Sequence[int] = (),
        defects: tuple[str, ...] = (),
    ) -> None:
        """Take records, each with its document, and its line where one holds many; ``defects`` are of the only one."""
        ids = [record.id for record in records]
        if not all(map(str.strip, ids)) or max(map(len, ids), default=0) > _ID:
            self._take_named(records, documents, lines)
            return
        pack, first = self._pack, len(self._pack.ids)
        modified = stamps([record.modified for record in records])
        withdrawn = [
            _withdrawn(record, when, document) if record.withdrawn or "withdrawn/" in document else ""
            for record, when, document in zip(records, modified, documents, strict=True)
        ]
        pack.ids += ids
        pack.modified += modified
        pack.withdrawn += withdrawn
        databases, whole = _entered(records, pack, first)
        pack.kinds += [
            _LISTED if record.id.startswith("MAL-") else kind_of(record, its, document)
            for record, its, document in zip(records, databases, documents, strict=True)
        ]
        pack.bodies += _bodies(records)
        self._name(records, first)
        self._bring(databases, first, documents, lines)
        if defects or not whole or not all(modified):
            for at, record in enumerate(records):
                place = f"{_place(documents, lines, at)} {record.id}"
                reasons = (*defects, *_faults(record, modified[at], withdrawn[at]))
                self._items += [Defect(place, reason) for reason in reasons]

    def items(self) -> list[Item]:
        """Return all of it: the pack of the records first, since what else they bring names them.

        The indicators of a record that was withdrawn are retracted: an import takes back what one before brought.
        """
        rows = _raw(self._reports)
        return [*self._items, Disowned(rows)] if rows else self._items

    def _take_named(self, records: Sequence[osv.Record], documents: Sequence[str], lines: Sequence[int]) -> None:
        """Take records some of which have an id that is none."""
        for at, record in enumerate(records):
            if record.id.strip() and len(record.id) <= _ID:
                self.take([record], documents[at : at + 1], lines[at : at + 1])
            else:
                self._items.append(Refused(_place(documents, lines, at), "an id that is none"))

    def _name(self, records: Sequence[osv.Record], first: int) -> None:
        """Enter the aliases of records."""
        pack = self._pack
        holders, names = pack.names
        pack.aliases += ["\n".join(record.aliases) if record.aliases else "" for record in records]
        for at, record in enumerate(records, first):
            if record.aliases:
                names += record.aliases
                holders += [at] * len(record.aliases)

    def _bring(
        self, several: list[list[osv.Database]], first: int, documents: Sequence[str], lines: Sequence[int]
    ) -> None:
        """Take the indicators of records, and the digests that are none."""
        reports = self._reports
        for at, databases in enumerate(several):
            for database in databases:
                for origin in database.origins or ():
                    if origin.sha256:
                        reports.append(origin.sha256)
                if database.indicators is not None:
                    self._files(database.indicators, first + at, _place(documents, lines, at))
                if database.iocs is not None:
                    record, place = self._origin(first + at), _place(documents, lines, at)
                    self._items += _network(database.iocs, _indicator(record), f"{place} {record[0]}")

    def _files(self, indicators: osv.Indicators, at: int, place: str) -> None:
        """Take digests of released files. Most are well written, and need no more than a look."""
        holders, algorithms, digests, names = self._pack.digests
        for file in indicators.package_integrity or ():
            for algorithm, digest in (file.hashes or {}).items():
                sound = len(digest) == _HEX_DIGITS.get(algorithm) and _is_hex(digest)
                if sound and digest not in _EMPTY:
                    holders.append(at)
                    algorithms.append(algorithm)
                    digests.append(digest)
                    names.append(file.filename or "")
                else:
                    record = self._origin(at)
                    template = _indicator(record, algorithm, Role.PACKAGE, file.filename)
                    self._items += _digest(algorithm, digest, template, f"{place} {record[0]}")
        for member in indicators.evidence_files or ():
            record = self._origin(at)
            self._items += _evidence(member, record, f"{place} {record[0]}")

    def _origin(self, at: int) -> _Origin:
        pack = self._pack
        return pack.ids[at], pack.modified[at], pack.withdrawn[at]


def converted(record: osv.Record, defects: tuple[str, ...], place: str) -> list[Item]:
    """Return the advisory that a record is, what else it brings, naming it, and its defects."""
    converter = Converter()
    converter.take([record], [place], (), defects)
    return converter.items()


def _place(documents: Sequence[str], lines: Sequence[int], at: int) -> str:
    """Return where a record stands."""
    return f"{documents[at]}:{lines[at]}" if lines else documents[at]


def _entered(records: Sequence[osv.Record], pack: Pack, first: int) -> tuple[list[list[osv.Database]], bool]:
    """Enter the packages of records; return each one's databases' own fields, and whether every entry names a package.

    What is wanted of these fields becomes indicators, so they are taken out of what is packed.
    """
    holders, ecosystems, names = pack.packages
    several: list[list[osv.Database]] = []
    whole = True
    for at, record in enumerate(records, first):
        own = record.database_specific
        databases = [] if own is None else [own]
        for entry in record.affected or ():
            package = entry.package
            if package is not None and package.name:
                holders.append(at)
                ecosystems.append(package.ecosystem)
                names.append(package.name)
            else:
                whole = False
            if entry.ranges:
                _enter_repositories(entry.ranges, pack, at)
            inner = entry.database_specific
            if inner is not None:
                databases.append(inner)
                entry.database_specific = None
        several.append(databases)
    return several, whole


def _enter_repositories(ranges: tuple[osv.Range, ...], pack: Pack, at: int) -> None:
    for item in ranges:
        if item.repo and item.type == "GIT":
            pack.repositories[0].append(at)
            pack.repositories[1].append(item.repo)


def _bodies(records: Sequence[osv.Record]) -> Iterator[bytearray]:
    """Yield what of records only their reader needs, as :class:`Pack` describes it."""
    for record in records:
        own, summary = record.database_specific, record.summary
        references = None
        for item in record.references or ():
            if item.type == "FIX" or item.type == "EVIDENCE":  # noqa: PLR1714 - half the time of a set
                references = [*references, item] if references else [item]
        body = bytearray()
        _pack_into(
            (
                record.published,
                summary if not summary or len(summary) <= _SUMMARY else summary[:_SUMMARY],
                record.upstream,
                record.severity or _of_packages(record.affected or ()),
                None if own is None else own.severity,
                references,
                record.affected,
            ),
            body,
        )
        yield body


def _withdrawn(record: osv.Record, modified: str, document: str) -> str:
    """Return when a record was taken back. One that lies among the withdrawn ones is, whatever it says of itself."""
    if record.withdrawn:
        return stamp(record.withdrawn) or modified or _SOME_TIME
    if "withdrawn" in document.split("/")[:-1]:
        return modified or _SOME_TIME
    return ""


def _of_packages(entries: tuple[osv.Affected, ...]) -> tuple[osv.Scored, ...] | None:
    """Return the severities of the first package that has some."""
    for entry in entries:
        if entry.severity:
            return entry.severity
    return None


def _raw(digests: list[str]) -> bytes:
    """Return SHA-256 digests raw, one after another, without what is none."""
    try:
        rows = bytes.fromhex("".join(digests))
    except ValueError:
        rows = b""
    if len(rows) * 2 == len(digests) * _SHA256_HEX == sum(map(len, digests)):
        return rows
    sound = [digest for digest in digests if len(digest) == _SHA256_HEX and _is_hex(digest.lower())]
    return bytes.fromhex("".join(sound))


def _evidence(member: osv.Evidence, record: _Origin, place: str) -> list[Indicator | Refused]:
    found: list[Indicator | Refused | None] = []
    if member.sha256:
        template = _indicator(record, "sha256", Role.EVIDENCE, member.path)
        found.append(clean(member.sha256, template, place, "sha256"))
    if member.tlsh:
        found.append(clean(member.tlsh, _indicator(record, "tlsh", Role.EVIDENCE, member.path), place))
    return [item for item in found if item is not None]


def _network(iocs: osv.Iocs, base: Indicator, place: str) -> list[Indicator | Refused]:
    found = [
        clean(value, replace(base, kind=kind), place) for field, kind in _IOCS for value in getattr(iocs, field) or ()
    ]
    return [item for item in found if item is not None]


def _digest(algorithm: str, digest: str, template: Indicator, place: str) -> list[Indicator | Refused]:
    """Return one digest of a released file that is not written as most are."""
    if algorithm in DIGESTS:
        cleaned = clean(digest, template, place, algorithm)
        return [] if cleaned is None else [cleaned]
    return [Refused(place, f"a digest of an algorithm that doorward does not know: {algorithm[:40]}")]


def _indicator(record: _Origin, kind: str = "", role: Role = Role.CAMPAIGN, note: str | None = None) -> Indicator:
    """Return an indicator of a record that has no value yet."""
    id_, modified, withdrawn = record
    return Indicator(kind, "", role, id_, modified, note=note or "", retracted=bool(withdrawn))


def _has_commits(entry: osv.Affected) -> bool:
    """Whether an entry speaks of commits of a repository, which need no package."""
    return any(item.repo and item.type == "GIT" for item in entry.ranges or ())


def _faults(record: osv.Record, modified: str, withdrawn: str) -> Iterator[str]:
    """Yield what is odd about a record that can be kept."""
    if not modified and not (record.modified or "").startswith(_ZERO):
        yield "modified: not a moment of RFC 3339"
    if withdrawn and record.withdrawn and not stamp(record.withdrawn):
        yield "withdrawn: not a moment of RFC 3339"
    for number, entry in enumerate(record.affected or ()):
        if (entry.package is None or not entry.package.name) and not _has_commits(entry):
            yield f"affected[{number}]: names no package"
