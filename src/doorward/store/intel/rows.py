"""Rows of one feed, from the items that its reader yields."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from doorward.model.advisories import (
    GIT,
    Advisory,
    Exploited,
    Likelihood,
    Pack,
    base_ecosystem,
    lookup_name,
    moment_of,
    repository_name,
)
from doorward.model.intelligence import (
    DIGESTS,
    EXPLOITED,
    HASHES,
    HOSTS,
    SIMILAR,
    About,
    Defect,
    Disowned,
    FeedState,
    HashBlock,
    Indicator,
    Refused,
    Role,
)
from doorward.records import replace
from doorward.store.intel.hashbuild import HashBuilder
from doorward.store.intel.packing import packed

#: Rows of one table that are gathered before they are written.
BATCH = 2_000
#: Refused records and defects of one feed whose places are kept for the reader.
SHOWN = 20

_pack = msgspec.msgpack.Encoder().encode
_TOPICS = dict.fromkeys(DIGESTS, HASHES) | {"tlsh": SIMILAR}
_ROLES = {role: role.value for role in Role}
_INSERT = {
    "record": "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "package": "INSERT INTO package VALUES (?, ?, ?)",
    "alias": "INSERT INTO alias VALUES (?, ?)",
    "indicator": "INSERT INTO indicator VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "exploited": "INSERT INTO exploited VALUES (?, ?, ?, ?, ?)",
    "likelihood": "INSERT INTO likelihood VALUES (?, ?, ?, ?)",
}


class FeedRows:
    """Takes the items of one feed and writes its rows."""

    def __init__(self, connection: sqlite3.Connection, folder: Path, source: int, first: int, role: Role) -> None:
        """Write for the source with number ``source``; its records are numbered after ``first``.

        ``role`` is what bare lists of digests are taken for.
        """
        self._connection = connection
        self._folder = folder
        self._source = source
        self._role = role
        self.last = first
        #: Numbers of the latest records, by id.
        self._numbers: dict[str, int] = {}
        self._pending: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _INSERT}
        self._builders: dict[tuple[str, Role], HashBuilder] = {}
        self.refused: list[Refused] = []
        self.defects: list[Defect] = []
        self._covers: Counter[tuple[str, str]] = Counter()
        self._counts: Counter[str] = Counter()
        self._abouts: list[About] = []
        self._take: dict[type, Callable[[Any], None]] = {
            Advisory: self._advisory,
            Pack: self._pack,
            Indicator: self._indicator,
            HashBlock: self._hashes,
            Disowned: self._disowned,
            Exploited: self._exploited,
            Likelihood: self._likelihood,
            About: self._abouts.append,
            Refused: self._refused,
            Defect: self._defect,
        }

    def add(self, item: object) -> None:
        """Take one item. Indicators that name a record follow it."""
        self._take[type(item)](item)

    def close(self) -> None:
        """Give up what was spilled to disk."""
        for builder in self._builders.values():
            builder.__exit__(None, None, None)

    def finish(self, state: FeedState) -> FeedState:
        """Write what is left, and return ``state`` with what was counted. Bare digests become files."""
        for table in self._pending:
            self._flush(table)
        for (algorithm, role), builder in self._builders.items():
            name = f"{token_hex(8)}.{algorithm}"
            _, rows = builder.finish(name)
            if role is not Role.DISOWNED:
                self._covers[HASHES, algorithm] += rows
                self._counts["indicators"] += rows
            values = (self._source, algorithm, role.value, name)
            self._connection.execute("INSERT INTO hashfile VALUES (?, ?, ?, ?)", values)
        formats = sorted({about.format for about in self._abouts if about.format})
        return replace(
            state,
            format=state.format or ", ".join(formats),
            licence=state.licence or next((about.licence for about in self._abouts if about.licence), ""),
            # A date that one of several kinds of document states is not that of the others.
            made=state.made or moment_of(max(about.made for about in self._abouts) if len(formats) == 1 else ""),
            covers=tuple((*key, count) for key, count in sorted(self._covers.items())),
            records=self._counts["records"],
            indicators=self._counts["indicators"],
            withdrawn=self._counts["withdrawn"],
            refused=self._counts["refused"],
            defects=self._counts["defects"],
        )

    def _advisory(self, advisory: Advisory) -> None:
        self._pack(packed(advisory))

    def _pack(self, pack: Pack) -> None:
        """Take many records; an import brings a million."""
        first, records, pending = self.last + 1, pack.records, self._pending
        self.last += len(records)
        self._numbers = {record.id: n for n, record in enumerate(records, first)}
        pending["record"] += [(n, self._source, *record) for n, record in enumerate(records, first)]
        packages = [(base_ecosystem(ecosystem), name, at) for at, ecosystem, name in pack.packages]
        pending["package"] += [(base, lookup_name(base, name), first + at) for base, name, at in packages]
        pending["package"] += [(GIT, repository_name(name), first + at) for at, name in pack.repositories]
        pending["alias"] += [(alias, first + at) for at, alias in pack.aliases]
        self._counts["records"] += len(records)
        self._counts["withdrawn"] += sum([1 for record in records if record.withdrawn])
        self._covers.update([(records[at].kind, base) for base, _, at in packages if not records[at].withdrawn])
        if len(pending["record"]) >= BATCH:
            for table in ("record", "package", "alias"):
                self._flush(table)

    def _indicator(self, item: Indicator) -> None:
        n = self._numbers.get(item.record, 0)
        detail = _pack((item.record, item.seen, item.confidence, item.tlp, item.note, item.port))
        rows = self._pending["indicator"]
        rows.append(
            (item.kind, item.value, n, self._source, _ROLES[item.role], int(item.retracted), item.valid_until, detail)
        )
        self._counts["indicators"] += 1
        if item.retracted:
            self._counts["withdrawn"] += not n
        else:
            self._covers[_TOPICS.get(item.kind, HOSTS), item.kind] += 1
        if len(rows) >= BATCH:
            self._flush("indicator")

    def _hashes(self, block: HashBlock) -> None:
        self._builder(block.algorithm, self._role).add(block.rows)

    def _disowned(self, item: Disowned) -> None:
        self._builder("sha256", Role.DISOWNED).add(item.rows)

    def _builder(self, algorithm: str, role: Role) -> HashBuilder:
        builder = self._builders.get((algorithm, role))
        if builder is None:
            builder = self._builders[algorithm, role] = HashBuilder(self._folder, DIGESTS[algorithm])
        return builder

    def _exploited(self, item: Exploited) -> None:
        self._pending["exploited"].append((item.cve, self._source, item.added, item.due, int(item.ransomware)))
        self._counts["records"] += 1
        self._covers[EXPLOITED, ""] += 1

    def _likelihood(self, item: Likelihood) -> None:
        rows = self._pending["likelihood"]
        rows.append((item.cve, self._source, item.probability, item.percentile))
        self._counts["records"] += 1
        if len(rows) >= BATCH:
            self._flush("likelihood")

    @property
    def adds(self) -> bool:
        """Whether the feed holds recent entries only."""
        return any(about.adds for about in self._abouts)

    def _refused(self, item: Refused) -> None:
        self._counts["refused"] += 1
        if len(self.refused) < SHOWN:
            self.refused.append(item)

    def _defect(self, item: Defect) -> None:
        self._counts["defects"] += 1
        if len(self.defects) < SHOWN:
            self.defects.append(item)

    def _flush(self, table: str) -> None:
        rows = self._pending[table]
        if rows:
            self._connection.executemany(_INSERT[table], rows)
            rows.clear()
