"""Rows of one feed, from the items that its reader yields."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
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
    moment_of,
    naming_of,
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
from doorward.store.intel.inserts import Inserts
from doorward.store.intel.packing import packed
from doorward.store.intel.schema import JOINT

#: Refused records and defects of one feed whose places are kept for the reader.
SHOWN = 20

_pack = msgspec.msgpack.Encoder().encode
_TOPICS = dict.fromkeys(DIGESTS, HASHES) | {"tlsh": SIMILAR}
_ROLES = {role: role.value for role in Role}
#: What of SQL one row is, by table. The digests of a record that a pack brings have no detail but the file's name.
_ROWS = {
    "record": "(?, source, ?, ?, ?, ?, ?, ?)",
    "package": "(?, ?)",
    "alias": "(?, ?)",
    "indicator": "(?, ?, ?, source, ?, ?, ?, ?)",
    "indicator of a record": "(?, ?, ?, source, 'package', ?, '', ?)",
    "exploited": "(?, source, ?, ?, ?)",
    "likelihood": "(?, source, ?, ?)",
}


class FeedRows:
    """Takes the items of one feed and writes its rows."""

    def __init__(self, connection: sqlite3.Connection, folder: Path, source: int, first: int, role: Role) -> None:
        """Write for the source with number ``source``; its records are numbered after ``first``.

        ``role`` is what bare lists of digests are taken for.
        """
        #: When the import is made, as :func:`~doorward.model.advisories.stamp` writes it: what ended before is told.
        self.now = ""
        self._connection = connection
        self._folder = folder
        self._source = source
        self._role = role
        self._tables = {
            table: Inserts(connection, table.partition(" ")[0], row.replace("source", str(source)))
            for table, row in _ROWS.items()
        }
        self.last = first
        #: Ids of the latest records, with the number of the first, and all numbers by id once they are asked for.
        self._latest: tuple[int, list[str]] = (0, [])
        self._numbers: dict[str, int] | None = None
        self._builders: dict[tuple[str, Role], HashBuilder] = {}
        #: Ecosystem without release, alone and as a row begins, and how it compares names, by ecosystem as written.
        self._namings: dict[str, tuple[str, str, Callable[[str], str]]] = {}
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
        for table in self._tables.values():
            table.finish()
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
        ids, first = pack.ids, self.last + 1
        if not ids:
            return
        self.last += len(ids)
        self._latest, self._numbers = (first, ids), None
        withdrawn = {at for at, when in enumerate(pack.withdrawn) if when} if any(pack.withdrawn) else set()
        self._counts["records"] += len(ids)
        self._counts["withdrawn"] += len(withdrawn)
        columns = (pack.kinds, pack.modified, pack.withdrawn, pack.aliases, pack.bodies)
        self._tables["record"].add_columns(range(first, first + len(ids)), ids, *columns)
        self._packages(pack, first, withdrawn)
        of, names = pack.names
        self._tables["alias"].add_columns(names, _moved(of, first))
        of, urls = pack.repositories
        if of:
            names = [f"{GIT}{JOINT}{repository_name(url)}" for url in urls]
            self._tables["package"].add_columns(names, _moved(of, first))
        if pack.digests[0]:
            self._digests(pack, first, withdrawn)

    def _packages(self, pack: Pack, first: int, withdrawn: set[int]) -> None:
        """Write the packages of records, and count them. An ecosystem's way with names is found once."""
        of, ecosystems, written = pack.packages
        namings, kinds = self._namings, pack.kinds
        for ecosystem in set(ecosystems) - namings.keys():
            base = base_ecosystem(ecosystem)
            namings[ecosystem] = (base, base + JOINT, naming_of(base))
        rows = [namings[ecosystem] for ecosystem in ecosystems]
        names = [beginning + of_name(name) for (_, beginning, of_name), name in zip(rows, written, strict=True)]
        self._tables["package"].add_columns(names, _moved(of, first))
        self._covers.update(
            [(kinds[at], base) for at, (base, _, _) in zip(of, rows, strict=True) if at not in withdrawn]
        )

    def _digests(self, pack: Pack, first: int, withdrawn: set[int]) -> None:
        of, algorithms, digests, notes = pack.digests
        retracted = [at in withdrawn for at in of]
        self._tables["indicator of a record"].add_columns(algorithms, digests, _moved(of, first), retracted, notes)
        self._counts["indicators"] += len(of)
        self._covers.update([(HASHES, name) for name, dead in zip(algorithms, retracted, strict=True) if not dead])

    def _indicator(self, item: Indicator) -> None:
        if self._numbers is None:
            first, ids = self._latest
            self._numbers = {id_: n for n, id_ in enumerate(ids, first)}
        n = self._numbers.get(item.record, 0)
        detail = bytearray(_pack((item.record, item.seen, item.confidence, item.tlp, item.note, item.port)))
        role = _ROLES[item.role]
        row = (item.kind, item.value, n, role, int(item.retracted), item.valid_until, detail)
        self._tables["indicator"].add(row)
        self._counts["indicators"] += 1
        if item.retracted:
            self._counts["withdrawn"] += not n
        elif item.valid_until and item.valid_until < self.now:
            self._counts["withdrawn"] += not n
            self._defect(Defect(item.record or item.value, f"{item.value}: it ended on {item.valid_until[:10]}"))
        else:
            self._covers[_TOPICS.get(item.kind, HOSTS), item.kind] += 1

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
        self._tables["exploited"].add((item.cve, item.added, item.due, int(item.ransomware)))
        self._counts["records"] += 1
        self._covers[EXPLOITED, ""] += 1

    def _likelihood(self, item: Likelihood) -> None:
        self._tables["likelihood"].add((item.cve, item.probability, item.percentile))
        self._counts["records"] += 1

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


def _moved(places: Sequence[int], first: int) -> list[int]:
    """Return the numbers of records, from their places behind the first."""
    return list(map(first.__add__, places))
