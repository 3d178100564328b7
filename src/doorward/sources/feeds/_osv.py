"""From an OSV record to what doorward keeps of it: the advisory, its indicators, and the digests that are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

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
_SHA256_HEX = 64
#: A moment that was never set, as programs write it.
_ZERO = "0001-01-01"


def converted(record: osv.Record, defects: tuple[str, ...], place: str) -> list[Item]:
    """Return the advisory that a record is, then its indicators, each naming the record, then its defects.

    The indicators of a record that was withdrawn are retracted: an import takes back what one before brought. This runs
    for every record of an import, a million times over, hence its plainness.
    """
    id_, entries = record.id, record.affected or ()
    if not id_ or len(id_) > _ID or id_.isspace():
        return [Refused(place, "an id that is none")]
    modified = stamp(record.modified)
    withdrawn = _withdrawn(record, modified, place) if record.withdrawn or "withdrawn/" in place else ""
    packages = tuple([_affected(entry) for entry in entries if entry.package is not None and entry.package.name])
    databases = [entry.database_specific for entry in entries if entry.database_specific is not None]
    own = record.database_specific
    if own is not None:
        databases.append(own)
    items: list[Item] = [
        Advisory(
            id_,
            kind_of(record, databases, place),
            packages,
            modified,
            stamp(record.published),
            withdrawn,
            record.aliases or (),
            record.upstream or (),
            record.summary[:_SUMMARY] if record.summary else "",
            _scores(record.severity or _of_packages(entries)),
            own.severity if own is not None and own.severity else "",
            _references(record.references) if record.references else (),
        )
    ]
    for database in databases:
        if database.origins is not None:
            items += _disowned(database.origins)
        if database.indicators is not None or database.iocs is not None:
            base = Indicator("", "", Role.CAMPAIGN, id_, modified, retracted=bool(withdrawn))
            items += [item for item in _cleaned(database, base, f"{place} {id_}") if item is not None]
    if defects or not modified or len(packages) < len(entries):
        items += [Defect(f"{place} {id_}", reason) for reason in (*defects, *_faults(record, modified, withdrawn))]
    return items


def _withdrawn(record: osv.Record, modified: str, place: str) -> str:
    """Return when a record was taken back. One that lies among the withdrawn ones is, whatever it says of itself."""
    if record.withdrawn:
        return stamp(record.withdrawn) or modified or _SOME_TIME
    if "withdrawn" in place.split("/")[:-1]:
        return modified or _SOME_TIME
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


def _of_packages(entries: tuple[osv.Affected, ...]) -> tuple[osv.Scored, ...] | None:
    """Return the severities of the first package that has some."""
    for entry in entries:
        if entry.severity:
            return entry.severity
    return None


def _scores(scored: tuple[osv.Scored, ...] | None) -> tuple[Score, ...]:
    return tuple([Score(item.type, item.score) for item in scored]) if scored else ()


def _references(references: tuple[osv.Reference, ...]) -> tuple[tuple[str, str], ...]:
    return tuple([(item.type, item.url) for item in references if item.type in _KEPT])


def _disowned(origins: tuple[osv.Origin, ...]) -> list[Disowned]:
    """Return the digests of the files in which a record's contributors reported."""
    text = "".join([origin.sha256 for origin in origins if origin.sha256 and len(origin.sha256) == _SHA256_HEX])
    try:
        return [Disowned(bytes.fromhex(text))] if text else []
    except ValueError:
        return []


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
    if not modified and not (record.modified or "").startswith(_ZERO):
        yield "modified: not a moment of RFC 3339"
    if withdrawn and record.withdrawn and not stamp(record.withdrawn):
        yield "withdrawn: not a moment of RFC 3339"
    for number, entry in enumerate(record.affected or ()):
        if entry.package is None or not entry.package.name:
            yield f"affected[{number}]: names no package"
