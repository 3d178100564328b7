"""From an OSV record to what doorward keeps of it: the advisory, its indicators, and the digests that are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from doorward.model.addresses import digest_of
from doorward.model.advisories import Advisory, Affected, Range, Score, Symbols, stamp
from doorward.model.intelligence import DIGESTS, Defect, Disowned, Indicator, Refused, Role
from doorward.sources.feeds import _records as osv
from doorward.sources.feeds._indicators import clean, with_value
from doorward.sources.feeds._kinds import kind_of

Item: TypeAlias = Advisory | Indicator | Disowned | Defect | Refused
#: References that are kept.
_KEPT = frozenset({"FIX", "EVIDENCE"})
#: Longest id and summary.
_ID, _SUMMARY = 300, 300
#: The fields of ``iocs`` and the kind of indicator in each.
_IOCS = (("domains", "domain"), ("urls", "url"), ("ips", "ip"), ("ip_addresses", "ip"))
#: When a record was withdrawn that does not tell.
_SOME_TIME = "1970-01-01T00:00:00Z"
_RANGE_TYPES = frozenset({"SEMVER", "ECOSYSTEM", "GIT"})


def converted(record: osv.Record, defects: tuple[str, ...], place: str) -> list[Item]:
    """Return the advisory that a record is, then its indicators, each naming the record, then its defects.

    The indicators of a record that was withdrawn are retracted: an import takes back what one before brought.
    """
    if not record.id.strip() or len(record.id) > _ID:
        return [Refused(place, "an id that is none")]
    database = record.database_specific
    modified, withdrawn = stamp(record.modified), _withdrawn(record, place)
    affected = record.affected or ()
    items: list[Item] = [
        Advisory(
            record.id,
            kind_of(record, place),
            tuple([_affected(entry) for entry in affected if entry.package is not None and entry.package.name]),
            modified,
            stamp(record.published),
            withdrawn,
            record.aliases or (),
            record.upstream or (),
            record.summary[:_SUMMARY] if record.summary else "",
            _scores(record),
            database.severity or "" if database is not None else "",
            tuple([(item.type, item.url) for item in record.references or () if item.type in _KEPT]),
        )
    ]
    if database is not None:
        items += _from_database(record.id, database, modified, withdrawn, place)
    for entry in affected:
        if entry.database_specific is not None:
            items += _from_database(record.id, entry.database_specific, modified, withdrawn, place)
    for reason in (*defects, *_faults(record, modified, withdrawn)):
        items.append(Defect(f"{place} {record.id}".strip(), reason))
    return items


def _from_database(
    record: str, database: osv.Database, modified: str, withdrawn: str, place: str
) -> Iterator[Indicator | Disowned | Refused]:
    """Yield what the database adds in its own way: indicators, and digests that are none."""
    if database.origins:
        yield from _disowned(record, database.origins)
    if database.indicators is not None or database.iocs is not None:
        base = Indicator("", "", Role.CAMPAIGN, record, modified, retracted=bool(withdrawn))
        for item in _cleaned(database, base, f"{place} {record}".strip()):
            if item is not None:
                yield item


def _withdrawn(record: osv.Record, place: str) -> str:
    """Return when a record was taken back. One that lies among the withdrawn ones is, whatever it says of itself."""
    if record.withdrawn:
        return stamp(record.withdrawn) or stamp(record.modified) or _SOME_TIME
    if "withdrawn" in place.split("/")[:-1]:
        return stamp(record.modified) or _SOME_TIME
    return ""


def _affected(entry: osv.Affected) -> Affected:
    package, specific = entry.package, entry.ecosystem_specific
    return Affected(
        package.ecosystem if package is not None else "",
        package.name if package is not None else "",
        tuple([_range(item) for item in entry.ranges]) if entry.ranges else (),
        entry.versions or (),
        tuple([Symbols(item.path, item.symbols or ()) for item in specific.imports])
        if specific is not None and specific.imports
        else (),
    )


def _range(item: osv.Range) -> Range:
    return Range(item.type, tuple([pair for event in item.events for pair in event.items()]), item.repo or "")


def _scores(record: osv.Record) -> tuple[Score, ...]:
    """Return the severities of the record, else those of the first package that has some."""
    scored = record.severity
    if not scored:
        for entry in record.affected or ():
            if entry.severity:
                scored = entry.severity
                break
    return tuple([Score(item.type, item.score) for item in scored]) if scored else ()


def _disowned(record: str, origins: tuple[osv.Origin, ...]) -> Iterator[Disowned]:
    found = [digest_of(origin.sha256, "sha256") for origin in origins if origin.sha256]
    digests = tuple(digest[1] for digest in found if digest is not None)
    if digests:
        yield Disowned(record, digests)


def _cleaned(database: osv.Database, base: Indicator, place: str) -> Iterator[Indicator | Refused | None]:
    yield from _files(database.indicators or osv.Indicators(), base, place)
    for field, kind in _IOCS:
        for value in getattr(database.iocs, field, None) or ():
            yield clean(value, _as(base, kind, Role.CAMPAIGN, None), place)


def _files(indicators: osv.Indicators, base: Indicator, place: str) -> Iterator[Indicator | Refused | None]:
    for file in indicators.package_integrity or ():
        for algorithm, digest in (file.hashes or {}).items():
            if algorithm in DIGESTS:
                yield clean(digest, _as(base, algorithm, Role.PACKAGE, file.filename), place, algorithm)
            else:
                yield Refused(place, f"a digest of an algorithm that doorward does not know: {algorithm[:40]}")
    for member in indicators.evidence_files or ():
        if member.sha256:
            yield clean(member.sha256, _as(base, "sha256", Role.EVIDENCE, member.path), place, "sha256")
        if member.tlsh:
            yield _fuzzy(member.tlsh, _as(base, "tlsh", Role.EVIDENCE, member.path), place)


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
    if not modified and not (record.modified or "").startswith("0001-"):
        yield "modified: not a moment of RFC 3339"
    if withdrawn and record.withdrawn and not stamp(record.withdrawn):
        yield "withdrawn: not a moment of RFC 3339"
    for number, entry in enumerate(record.affected or ()):
        if entry.package is None or not entry.package.name:
            yield f"affected[{number}]: names no package"
        for item in entry.ranges or ():
            if item.type not in _RANGE_TYPES:
                yield f"affected[{number}]: a range of an unknown type"
