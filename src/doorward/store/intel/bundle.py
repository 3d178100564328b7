"""Ask a bundle: advisories by package, indicators by value. Nothing is written, and nothing is decided here."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

import msgspec

from doorward.errors import StoreError
from doorward.model.advisories import (
    GIT,
    Advisory,
    Affected,
    Exploited,
    Kind,
    Likelihood,
    base_ecosystem,
    lookup_name,
    repository_name,
    stamp,
)
from doorward.model.intelligence import FeedState, Indicator, Provenance, Role
from doorward.records import dataclass
from doorward.store.intel.files import HashFiles
from doorward.store.intel.packing import damaged, unpacked
from doorward.store.intel.schema import (
    FILENAME,
    HASHES,
    JOINT,
    open_read_only,
    states,
    unpack_indicator,
)
from doorward.store.values import key

_IS_NAMED = """
    (id IN (SELECT value FROM json_each(?1))
     OR n IN (SELECT n FROM alias WHERE a IN (SELECT value FROM json_each(?1))))"""
_BY_NAME = """
    SELECT name, n, source, id, kind, modified, withdrawn, aliases, body FROM record JOIN (
        SELECT DISTINCT name, n FROM package WHERE name IN (SELECT value FROM json_each(?))
    ) USING (n) WHERE withdrawn = ''"""
_RECORDS = f"""
    SELECT n, source, id, kind, modified, withdrawn, aliases, body FROM record WHERE {_IS_NAMED} ORDER BY n"""  # noqa: S608
_ALIASES = f"SELECT id, aliases FROM record WHERE withdrawn = '' AND {_IS_NAMED} ORDER BY n"  # noqa: S608 - text of ours
#: Of a digest that came with its record, id and time are the record's.
_TOLD = """
    SELECT i.kind, value, i.source, role, valid_until, detail, r.id, r.modified
    FROM indicator AS i LEFT JOIN record AS r USING (n) WHERE i.kind = ? AND retracted = 0"""
_INDICATORS = f"{_TOLD} AND value IN (SELECT value FROM json_each(?))"  # noqa: S608 - text of ours
_EVERY = f"{_TOLD} LIMIT ?"
_SINCE = """
    SELECT n, source, id, kind, modified, withdrawn, aliases, body FROM record
    WHERE n > ? AND withdrawn = '' AND kind IN (SELECT value FROM json_each(?)) ORDER BY n"""
#: Counts no further than it takes to choose a way.
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM indicator WHERE kind = ? AND retracted = 0 LIMIT ?)"
_VALUES = "SELECT DISTINCT value FROM indicator WHERE kind = ? AND retracted = 0"
_EXPLOITED = "SELECT cve, added, due, ransomware FROM exploited WHERE cve IN (SELECT value FROM json_each(?))"
_LIKELIHOODS = "SELECT cve, probability, percentile FROM likelihood WHERE cve IN (SELECT value FROM json_each(?))"
#: Roles of digests that are never matched.
_INNOCENT = frozenset({Role.BENIGN.value, Role.DISOWNED.value})
#: Tries to open a bundle that is replaced at the same moment.
_TRIES = 3


#: Algorithm and raw digest.
Digest = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Record:
    """A record with its packages."""

    advisory: Advisory
    affected: tuple[Affected, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Candidate:
    """An advisory that names a package. Whether it names the version is not yet said."""

    #: Number of the record, the same for all its packages.
    n: int
    advisory: Advisory
    affected: Affected
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Found:
    """An indicator with where it comes from."""

    indicator: Indicator
    provenance: Provenance


class Bundle:
    """An open bundle. Look-ups are safe from any number of threads."""

    def __init__(self, folder: Path) -> None:
        """Open the bundle in ``folder``; raise :class:`StoreError` where it cannot be read."""
        self._stack = ExitStack()
        self._lock = Lock()
        try:
            self._connection = open_read_only(folder / FILENAME)
            self._stack.callback(self._connection.close)
            self._sources = states(self._connection)
            self._meta = dict(self._rows("SELECT key, value FROM meta"))
            rows = self._rows("SELECT source, algorithm, role, name FROM hashfile")
            self._hashes = HashFiles(folder / HASHES, rows, self._stack)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        self._stack.close()

    @property
    def id(self) -> str:
        """SHA-256 over the digests of all that was imported, hex."""
        return str(self._meta.get("bundle_id", ""))

    @property
    def built_at(self) -> datetime:
        """When it was written."""
        return datetime.fromisoformat(self._meta["built_at"])

    @property
    def feeds(self) -> tuple[FeedState, ...]:
        """What is known of each feed, by name."""
        return tuple(self._sources.values())

    def candidates(self, packages: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Candidate]]:
        """Return the advisories that stand and name a package, by (ecosystem without release, look-up name)."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for ecosystem, name in packages:
            wanted[ecosystem].add(name)
        found: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
        for ecosystem, names in wanted.items():
            for joined, *row in self._rows(_BY_NAME, _keys([f"{ecosystem}{JOINT}{name}" for name in names])):
                name = joined[len(ecosystem) + 1 :]
                record = self._record(row)
                found[ecosystem, name] += [
                    Candidate(row[0], record.advisory, affected, record.provenance)
                    for affected in record.affected
                    if _speaks_of(affected, ecosystem, name)
                ]
        return dict(found)

    @property
    def born(self) -> str:
        """What tells this index from one that was made anew, whose records are numbered from the beginning."""
        return str(self._meta.get("born", ""))

    def newest(self) -> int:
        """Return the number of the record that was imported last, though it may be gone."""
        last = self._rows("SELECT coalesce(max(n), 0) FROM record")[0][0]
        return max(int(last), int(self._meta.get("last_record", 0)))

    def since(self, number: int, kinds: Iterable[Kind]) -> Iterator[Candidate]:
        """Yield the packages of the records of some kinds that stand and were imported after a record's number."""
        for row in self._rows(_SINCE, number, _keys(kind.value for kind in kinds)):
            record = self._record(row)
            for affected in record.affected:
                yield Candidate(row[0], record.advisory, affected, record.provenance)

    def records(self, names: Iterable[str]) -> list[Record]:
        """Return the records with these ids or aliases, withdrawn ones included."""
        return [self._record(row) for row in self._rows(_RECORDS, _keys(names))]

    def aliases(self, names: Iterable[str]) -> list[tuple[str, ...]]:
        """Return id and aliases of each record that stands and has one of these names."""
        return [
            (id_, *aliases.split("\n")) if aliases else (id_,) for id_, aliases in self._rows(_ALIASES, _keys(names))
        ]

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms of which the bundle has digests."""
        return self._hashes.algorithms

    def digests(self, wanted: Mapping[str, Collection[bytes]], now: datetime) -> dict[Digest, list[Found]]:
        """Return the indicators that name raw digests, of many by algorithm, without those that ended before ``now``.

        Digests that are known to be innocent, or to be of report files, are not found whoever names them.
        """
        hits = self._hashes.find(wanted)
        innocent = {(hit.algorithm, hit.value) for hit in hits if hit.role in _INNOCENT}
        found: dict[Digest, list[Found]] = defaultdict(list)
        by_kind: dict[str, set[str]] = defaultdict(set)
        for hit in hits:
            if hit.source and hit.role not in _INNOCENT:
                indicator = Indicator(hit.algorithm, hit.value.hex(), Role(hit.role))
                found[hit.algorithm, hit.value].append(Found(indicator, self._provenance(hit.source, "", "")))
            elif not hit.source:
                by_kind[hit.algorithm].add(hit.value.hex())
        for algorithm, values in by_kind.items():
            for value, several in self.indicators(algorithm, values, now).items():
                found[algorithm, bytes.fromhex(value)] += several
        return {digest: several for digest, several in found.items() if digest not in innocent}

    def present(self, kind: str, wanted: Collection[str]) -> set[str]:
        """Return those of many values that some indicator of a kind names, whether or not it has ended.

        Where the bundle has fewer of the kind than are asked for, all of its own are read.
        """
        (count,) = self._rows(_COUNT, kind, len(wanted))[0]
        if count < len(wanted):
            return {value for (value,) in self._rows(_VALUES, kind)}.intersection(wanted)
        return set(self.indicators(kind, wanted, datetime.min.replace(tzinfo=UTC)))

    def indicators(self, kind: str, values: Iterable[str], now: datetime) -> dict[str, list[Found]]:
        """Return the indicators of a kind ("domain", "url", "ip", "tlsh") that name a value, of many."""
        found: dict[str, list[Found]] = defaultdict(list)
        for row in self._rows(_INDICATORS, kind, _keys(values)):
            one = self._found(row, now)
            if one is not None:
                found[one.indicator.value].append(one)
        return dict(found)

    def every(self, kind: str, now: datetime, most: int) -> list[Found]:
        """Return the indicators of a kind that stand, at most so many."""
        return [one for row in self._rows(_EVERY, kind, most) if (one := self._found(row, now)) is not None]

    def innocent(self, algorithm: str, wanted: Collection[bytes]) -> set[bytes]:
        """Return those of many raw digests that are known to be innocent."""
        return {hit.value for hit in self._hashes.find({algorithm: wanted}) if hit.role in _INNOCENT}

    def exploited(self, cves: Iterable[str]) -> dict[str, Exploited]:
        """Return what the catalog of exploited vulnerabilities says of some."""
        rows = self._rows(_EXPLOITED, _keys(cves))
        return {cve: Exploited(cve, added, due, bool(ransomware)) for cve, added, due, ransomware in rows}

    def likelihoods(self, cves: Iterable[str]) -> dict[str, Likelihood]:
        """Return how likely some vulnerabilities are to be exploited."""
        return {row[0]: Likelihood(*row) for row in self._rows(_LIKELIHOODS, _keys(cves))}

    def _found(self, row: tuple[Any, ...], now: datetime) -> Found | None:
        """Return the indicator of a row, None where it has ended."""
        kind, value, source, role, valid_until, detail, *of_record = row
        if valid_until and valid_until < stamp(now.isoformat()):
            return None
        try:
            told = unpack_indicator(detail) if isinstance(detail, bytes) else (*of_record, None, "", detail, None)
            record, seen, confidence, tlp, note, port = told
            indicator = Indicator(kind, value, Role(role), record, seen, confidence, valid_until, tlp, note, port=port)
        except (msgspec.DecodeError, ValueError) as error:
            raise damaged() from error
        return Found(indicator, self._provenance(source, record, seen))

    def _record(self, row: Sequence[Any]) -> Record:
        _, source, *record = row
        advisory, affected = unpacked(*record)
        return Record(advisory, affected, self._provenance(source, advisory.id, advisory.modified))

    def _provenance(self, source: int, record: str, modified: str) -> Provenance:
        state = self._sources.get(source)
        if state is None:
            raise damaged()
        return Provenance(state.name, record, modified, state.licence)

    def _rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(query, parameters).fetchall()
            except (sqlite3.Error, UnicodeDecodeError) as error:
                raise StoreError(f"the intelligence bundle cannot be read: {error}") from error


def open_bundle(folder: Path) -> Bundle | None:
    """Open the bundle in ``folder``; None where nothing was ever imported. StoreError where it is damaged."""
    for _ in range(_TRIES - 1):
        if not (folder / FILENAME).exists():
            return None
        # Another process may replace it, and remove the hash files of the old one, while this one opens them.
        with suppress(StoreError):
            return Bundle(folder)
    return Bundle(folder)


def _speaks_of(affected: Affected, ecosystem: str, name: str) -> bool:
    """Whether a package of a record is the one by whose name the record was found."""
    if ecosystem == GIT:
        return any(item.type == "GIT" and repository_name(item.repo) == name for item in affected.ranges)
    return base_ecosystem(affected.ecosystem) == ecosystem and lookup_name(ecosystem, affected.name) == name


def _keys(texts: Iterable[str]) -> str:
    """Return many texts as one parameter for ``json_each``."""
    return dumps([key(text) for text in sorted(set(texts))])
