"""From an OSV record to what doorward keeps of it: the advisory, its indicators, and the digests that are none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

from doorward.model.advisories import Kind, Pack, Packed, stamp
from doorward.model.intelligence import DIGESTS, Defect, Disowned, Indicator, Refused, Role
from doorward.records import replace
from doorward.sources.feeds import _records as osv
from doorward.sources.feeds._indicators import EMPTY, clean, with_value
from doorward.sources.feeds._kinds import kind_of

#: A record, its defects, and the document that it was read from.
Read: TypeAlias = tuple[osv.Record, tuple[str, ...], str]
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
#: What a record of the malicious-packages list is, by its id alone.
_LISTED = Kind.MALICIOUS.value
_VALUES = {kind: kind.value for kind in Kind}
_HEX_DIGITS = {algorithm: 2 * width for algorithm, width in DIGESTS.items()}
_pack_into = msgspec.msgpack.Encoder().encode_into
_new = tuple.__new__
#: A moment that was never set, as programs write it.
_ZERO = "0001-01-01"


class Converter:
    """Takes records, and gives what they say.

    This runs for every record of an import, a million times over, hence its plainness.
    """

    __slots__ = ("_items", "_pack", "_reports")

    def __init__(self) -> None:
        self._pack = Pack()
        self._items: list[Item] = [self._pack]
        #: Digests of the files in which contributors reported, hex.
        self._reports: list[str] = []

    def take(self, record: osv.Record, defects: tuple[str, ...], place: str) -> None:
        """Take a record that was read from the document ``place``, with its defects."""
        id_, pack = record.id, self._pack
        if not id_ or len(id_) > _ID or id_.isspace():
            self._items.append(Refused(place, "an id that is none"))
            return
        modified = stamp(record.modified)
        withdrawn = _withdrawn(record, modified, place) if record.withdrawn or "withdrawn/" in place else ""
        databases, whole = _entered(record, pack)
        kind = _LISTED if id_.startswith("MAL-") else _VALUES[kind_of(record, databases, place)]
        aliases, lines = record.aliases, ""
        if aliases:
            at = len(pack.records)
            pack.aliases += [(at, alias) for alias in aliases]
            lines = "\n".join(aliases)
        pack.records.append(_new(Packed, (id_, kind, modified, withdrawn, lines, _body(record))))
        if databases:
            self._bring(databases, (id_, modified, withdrawn), place)
        if defects or not whole or not modified:
            reasons = (*defects, *_faults(record, modified, withdrawn))
            self._items += [Defect(f"{place} {id_}", reason) for reason in reasons]

    def items(self) -> list[Item]:
        """Return all of it: the pack of the records first, since what else they bring names them.

        The indicators of a record that was withdrawn are retracted: an import takes back what one before brought.
        """
        rows = _raw(self._reports)
        return [*self._items, Disowned(rows)] if rows else self._items

    def _bring(self, databases: list[osv.Database], record: _Origin, place: str) -> None:
        """Take the indicators of a record, and the digests that are none."""
        for database in databases:
            for origin in database.origins or ():
                if origin.sha256:
                    self._reports.append(origin.sha256)
            if database.indicators is not None:
                self._files(database.indicators, record, place)
            if database.iocs is not None:
                self._items += _network(database.iocs, _indicator(record), f"{place} {record[0]}")

    def _files(self, indicators: osv.Indicators, record: _Origin, place: str) -> None:
        """Take digests of released files. Most are well written, and need no more than a look."""
        at = len(self._pack.records) - 1
        for file in indicators.package_integrity or ():
            for algorithm, digest in (file.hashes or {}).items():
                sound = len(digest) == _HEX_DIGITS.get(algorithm) and _is_hex(digest)
                if sound and digest not in _EMPTY:
                    self._pack.digests.append((at, algorithm, digest, file.filename or ""))
                else:
                    template = _indicator(record, algorithm, Role.PACKAGE, file.filename)
                    self._items += _digest(algorithm, digest, template, f"{place} {record[0]}")
        for member in indicators.evidence_files or ():
            self._items += _evidence(member, record, f"{place} {record[0]}")


def converted(read: Iterable[Read]) -> list[Item]:
    """Return the advisories that records are, what else they bring, each naming its record, and their defects."""
    converter = Converter()
    for record, defects, place in read:
        converter.take(record, defects, place)
    return converter.items()


def _entered(record: osv.Record, pack: Pack) -> tuple[list[osv.Database], bool]:
    """Enter the packages of a record; return its databases' own fields, and whether every entry names a package.

    What is wanted of these fields becomes indicators, so they are taken out of what is packed.
    """
    own = record.database_specific
    databases = [] if own is None else [own]
    at, whole = len(pack.records), True
    for entry in record.affected or ():
        package = entry.package
        if package is not None and package.name:
            pack.packages.append((at, package.ecosystem, package.name))
        else:
            whole = False
        for item in entry.ranges or ():
            if item.repo and item.type == "GIT":
                pack.repositories.append((at, item.repo))
        if entry.database_specific is not None:
            databases.append(entry.database_specific)
            entry.database_specific = None
    return databases, whole


def _body(record: osv.Record) -> bytearray:
    """Return what of a record only its reader needs, as :class:`Packed` describes it."""
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
    return body


def _withdrawn(record: osv.Record, modified: str, place: str) -> str:
    """Return when a record was taken back. One that lies among the withdrawn ones is, whatever it says of itself."""
    if record.withdrawn:
        return stamp(record.withdrawn) or modified or _SOME_TIME
    if "withdrawn" in place.split("/")[:-1]:
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
        found.append(_fuzzy(member.tlsh, _indicator(record, "tlsh", Role.EVIDENCE, member.path), place))
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


def _fuzzy(text: str, template: Indicator, place: str) -> Indicator | Refused:
    """Return a TLSH digest: 70 hex digits, behind "T1" since its fourth version."""
    value = text.strip().upper().removeprefix("T1")
    if len(value) != 70 or any(char not in "0123456789ABCDEF" for char in value):  # noqa: PLR2004 - 35 bytes
        return Refused(place, "not a TLSH digest")
    return with_value(template, "tlsh", value)


def _faults(record: osv.Record, modified: str, withdrawn: str) -> Iterator[str]:
    """Yield what is odd about a record that can be kept."""
    if not modified and not (record.modified or "").startswith(_ZERO):
        yield "modified: not a moment of RFC 3339"
    if withdrawn and record.withdrawn and not stamp(record.withdrawn):
        yield "withdrawn: not a moment of RFC 3339"
    for number, entry in enumerate(record.affected or ()):
        if entry.package is None or not entry.package.name:
            yield f"affected[{number}]: names no package"
