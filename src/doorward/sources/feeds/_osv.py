"""From an OSV record to what doorward keeps of it: the advisory, its indicators, and the digests that are none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

from doorward.model.advisories import Kind, Pack, Packed, stamp
from doorward.model.intelligence import DIGESTS, Defect, Disowned, Indicator, Refused, Role
from doorward.sources.feeds import _records as osv
from doorward.sources.feeds._indicators import EMPTY, clean, with_value
from doorward.sources.feeds._kinds import kind_of

#: A record, its defects, and the document that it was read from.
Read: TypeAlias = tuple[osv.Record, tuple[str, ...], str]
Item: TypeAlias = Pack | Indicator | Disowned | Defect | Refused
#: References that are kept.
_KEPT = frozenset({"FIX", "EVIDENCE"})
#: Longest id and summary.
_ID, _SUMMARY = 300, 300
#: The fields of ``iocs`` and the kind of indicator in each.
_IOCS = (("domains", "domain"), ("urls", "url"), ("ips", "ip"), ("ip_addresses", "ip"))
#: When a record was withdrawn that does not tell.
_SOME_TIME = "1970-01-01T00:00:00Z"
_SHA256_HEX = 64
_HEX = re.compile(r"[0-9a-f]+")
#: What a record of the malicious-packages list is, by its id alone.
_LISTED = Kind.MALICIOUS.value
_VALUES = {kind: kind.value for kind in Kind}
_pack = msgspec.msgpack.Encoder().encode
#: A moment that was never set, as programs write it.
_ZERO = "0001-01-01"


def converted(read: Iterable[Read]) -> list[Item]:
    """Return the advisories that records are, what else they bring, each naming its record, and their defects.

    The indicators of a record that was withdrawn are retracted: an import takes back what one before brought. This runs
    for every record of an import, a million times over, hence its plainness.
    """
    pack = Pack()
    items: list[Item] = [pack]
    for record, defects, place in read:
        id_ = record.id
        if not id_ or len(id_) > _ID or id_.isspace():
            items.append(Refused(place, "an id that is none"))
            continue
        modified = stamp(record.modified)
        withdrawn = _withdrawn(record, modified, place) if record.withdrawn or "withdrawn/" in place else ""
        databases, whole = _entered(record, pack)
        kind = _LISTED if id_.startswith("MAL-") else _VALUES[kind_of(record, databases, place)]
        aliases = record.aliases
        if aliases:
            at = len(pack.records)
            pack.aliases += [(at, alias) for alias in aliases]
        lines = "\n".join(aliases) if aliases else ""
        pack.records.append(Packed(id_, kind, modified, withdrawn, lines, _body(record)))
        if databases:
            items += _brought(databases, (id_, modified, withdrawn), place)
        if defects or not modified or not whole:
            items += [Defect(f"{place} {id_}", reason) for reason in (*defects, *_faults(record, modified, withdrawn))]
    return items


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
        if entry.ranges:
            pack.repositories += [(at, item.repo) for item in entry.ranges if item.repo and item.type == "GIT"]
        if entry.database_specific is not None:
            databases.append(entry.database_specific)
            entry.database_specific = None
    return databases, whole


def _body(record: osv.Record) -> bytes:
    """Return what of a record only its reader needs, as :class:`Packed` describes it."""
    own, summary, references = record.database_specific, record.summary, record.references
    return _pack(
        (
            record.published,
            summary if not summary or len(summary) <= _SUMMARY else summary[:_SUMMARY],
            record.upstream,
            record.severity or _of_packages(record.affected or ()),
            None if own is None else own.severity,
            references and [item for item in references if item.type in _KEPT],
            record.affected,
        )
    )


def _brought(databases: list[osv.Database], record: tuple[str, str, str], place: str) -> list[Item]:
    """Return the indicators of a record (id, modified, withdrawn), and the digests that are none."""
    found: list[Item] = []
    for database in databases:
        if database.origins is not None:
            found += _disowned(database.origins)
        if database.indicators is not None or database.iocs is not None:
            id_, modified, withdrawn = record
            base = Indicator("", "", Role.CAMPAIGN, id_, modified, retracted=bool(withdrawn))
            found += _files(database.indicators or osv.Indicators(), base, f"{place} {id_}")
            found += _network(database.iocs or osv.Iocs(), base, f"{place} {id_}")
    return found


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


def _disowned(origins: tuple[osv.Origin, ...]) -> list[Disowned]:
    """Return the digests of the files in which a record's contributors reported."""
    text = "".join([origin.sha256 for origin in origins if origin.sha256 and len(origin.sha256) == _SHA256_HEX])
    try:
        return [Disowned(bytes.fromhex(text))] if text else []
    except ValueError:
        return []


def _files(indicators: osv.Indicators, base: Indicator, place: str) -> list[Indicator | Refused]:
    found: list[Indicator | Refused | None] = []
    for file in indicators.package_integrity or ():
        found += [_digest(*pair, file, base, place) for pair in (file.hashes or {}).items()]
    for member in indicators.evidence_files or ():
        if member.sha256:
            found.append(clean(member.sha256, _as(base, "sha256", Role.EVIDENCE, member.path), place, "sha256"))
        if member.tlsh:
            found.append(_fuzzy(member.tlsh, _as(base, "tlsh", Role.EVIDENCE, member.path), place))
    return [item for item in found if item is not None]


def _network(iocs: osv.Iocs, base: Indicator, place: str) -> list[Indicator | Refused]:
    found = [
        clean(value, _as(base, kind, Role.CAMPAIGN, None), place)
        for field, kind in _IOCS
        for value in getattr(iocs, field) or ()
    ]
    return [item for item in found if item is not None]


def _digest(
    algorithm: str, digest: str, file: osv.Integrity, base: Indicator, place: str
) -> Indicator | Refused | None:
    """Return one digest of a released file. Most are well written, and need no more than a look."""
    if _HEX.fullmatch(digest) and len(digest) == 2 * DIGESTS.get(algorithm, 0) and (algorithm, digest) not in EMPTY:
        note, retracted = file.filename or "", base.retracted
        return Indicator(algorithm, digest, Role.PACKAGE, base.record, base.seen, note=note, retracted=retracted)
    if algorithm in DIGESTS:
        return clean(digest, _as(base, algorithm, Role.PACKAGE, file.filename), place, algorithm)
    return Refused(place, f"a digest of an algorithm that doorward does not know: {algorithm[:40]}")


def _as(base: Indicator, kind: str, role: Role, note: str | None) -> Indicator:
    return Indicator(kind, "", role, base.record, base.seen, note=note or "", retracted=base.retracted)


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
