"""Write a bundle anew: what stays of the old one, what the imported feeds bring, and what they take back.

The new file is made aside, from a copy, and renamed when it is complete: a failed import leaves the old one, and who
reads it never waits. Hash files have names of their own; those that no bundle names any more are removed afterwards.
"""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

import msgspec

from doorward.errors import FeedError, StoreError
from doorward.model.advisories import stamp
from doorward.model.intelligence import DIGESTS, Defect, FeedState, Refused, Role
from doorward.records import dataclass, replace
from doorward.store.intel.hashbuild import HashBuilder, sync_folder
from doorward.store.intel.hashes import HashFile
from doorward.store.intel.rows import FeedRows
from doorward.store.intel.schema import (
    APPLICATION,
    FILENAME,
    HASHES,
    INDEXES,
    NAMES,
    TABLES,
    VERSION,
    OtherVersion,
    open_read_only,
    run_script,
    states,
    unpack_indicator,
)

LOCK = "lock"
#: Digests that are handed to the builder at a time.
_BLOCK = 50_000
#: Bytes of a page: more rows a write than SQLite's own 4,096, and still little that a look-up reads.
_PAGE = 16_384
#: Kilobytes of pages that are held in memory, and of rows that are sorted there at a time. More is slower: rows are
#: only added, and what is larger than a processor's own cache is sorted in pieces in half the time.
_CACHE = 4_096
#: Objects from which the garbage collector runs during an import.
_COLLECTION = 250_000
#: Reasons that an error names.
_REASONS = 3
_pack = msgspec.msgpack.Encoder().encode


def _for_each_table(statement: str) -> tuple[str, ...]:
    return tuple(statement.replace("?", table) for table in (*NAMES, "hashfile"))


#: What a feed said before and says no more. ``:old`` is the feed's number then, ``:new`` the one of what it says now.
_REPLACE = _for_each_table("DELETE FROM ? WHERE source = :old")
#: The same where a feed adds to what it said: what it says again, and then all of it gets one number.
_ADD = (
    """DELETE FROM record WHERE source = :old AND id IN (SELECT id FROM record WHERE source = :new)""",
    """DELETE FROM indicator WHERE source = :old AND n = 0 AND (kind, value, record_of(detail))
       IN (SELECT kind, value, record_of(detail) FROM indicator WHERE source = :new)""",
    """DELETE FROM exploited WHERE source = :old AND cve IN (SELECT cve FROM exploited WHERE source = :new)""",
    """DELETE FROM likelihood WHERE source = :old AND cve IN (SELECT cve FROM likelihood WHERE source = :new)""",
    *_for_each_table("UPDATE ? SET source = :new WHERE source = :old"),
)
#: And what it said of something before that it now tells anew, unless some of that could not be read.
_TOLD_ANEW = """DELETE FROM indicator WHERE source = :old AND n = 0 AND record_of(detail) <> ''
    AND record_of(detail) IN (SELECT record_of(detail) FROM indicator WHERE source = :new)"""
#: What stays of a feed that could not be read whole: its records, with their indicators, that it did not say anew. One
#: that could not be read may be among them, and what was known to be bad would be forgotten.
_KEEP = (
    _ADD[0],
    "UPDATE record SET source = :new WHERE source = :old",
    "UPDATE indicator SET source = :new WHERE source = :old AND n IN (SELECT n FROM record WHERE source = :new)",
)
#: Rows of records that are gone.
_ORPHANS = (
    "DELETE FROM package WHERE n NOT IN (SELECT n FROM record)",
    "DELETE FROM alias WHERE n NOT IN (SELECT n FROM record)",
    "DELETE FROM indicator WHERE n <> 0 AND n NOT IN (SELECT n FROM record)",
)
#: A withdrawal by one feed is one for all older copies of the record, and takes back their indicators.
_WITHDRAW = (
    """INSERT INTO tombstone SELECT id, max(max(withdrawn, modified)) FROM record WHERE withdrawn <> '' GROUP BY id
       ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at)""",
    """UPDATE record SET withdrawn = (SELECT at FROM tombstone WHERE tombstone.id = record.id)
       WHERE id IN (SELECT id FROM tombstone) AND withdrawn = '' AND modified <> ''
       AND modified <= (SELECT at FROM tombstone WHERE tombstone.id = record.id)""",
    """UPDATE indicator SET retracted = 1 WHERE n IN (SELECT n FROM record WHERE withdrawn <> '')""",
)


@dataclass(frozen=True, slots=True)
class Written:
    """What an import took over of one feed, and the first of what it could not."""

    state: FeedState
    refused: tuple[Refused, ...] = ()
    defects: tuple[Defect, ...] = ()


class Rewrite:
    """One import under way."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        """Write to a connection that holds the old bundle, or empty tables."""
        self._connection = connection
        self._folder = folder
        self._shrunk = False
        meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        #: Which index this is from its first import on, and the number of its last record, though that may be gone.
        self._born = meta.get("born") or token_hex(8)
        self._last = int(meta.get("last_record", 0))

    def feed(self, state: FeedState, items: Iterable[object], *, adds: bool = False, role: Role = Role.FILE) -> Written:
        """Write one feed and return what was taken over.

        It takes the place of what the feed of that name said before, or ``adds`` to it, as some formats do by
        themselves. ``role`` is what bare digests are. Raise :class:`FeedError` where nothing came, so that an empty
        download never empties the index.
        """
        source, last = (self._highest(table) for table in ("source", "record"))
        rows = FeedRows(self._connection, self._folder / HASHES, source + 1, max(last, self._last), role)
        rows.now = stamp(state.fetched.isoformat())
        try:
            with _rare_collections():
                for item in items:
                    rows.add(item)
            counted = rows.finish(state)
        finally:
            rows.close()
        self._last = rows.last
        before = self._connection.execute("SELECT n, state FROM source WHERE name = ?", (state.name,)).fetchone()
        # What is new since the last update may bring nothing: an event without an indicator.
        if not (counted.records or counted.indicators or (adds and before and not counted.refused)):
            raise FeedError(f"{state.name}: nothing in it could be taken over{_why(counted.refused, rows.refused)}")
        if before is not None:
            counted = self._join(counted, before[0], source + 1, adds=adds or rows.adds)
        self._connection.execute("INSERT INTO source VALUES (?, ?, ?)", (source + 1, state.name, _pack(counted)))
        return Written(counted, tuple(rows.refused), tuple(rows.defects))

    def confirm(self, state: FeedState) -> None:
        """Note that a feed was asked again and says what it said."""
        self._connection.execute("UPDATE source SET state = ? WHERE name = ?", (_pack(state), state.name))

    def remove(self, name: str) -> bool:
        """Forget a feed and all that it said; return whether it was there."""
        for (number,) in self._connection.execute("SELECT n FROM source WHERE name = ?", (name,)).fetchall():
            self._drop(number)
            return True
        return False

    def finish(self, now: datetime) -> str:
        """Apply withdrawals, make indexes and hash files; return the bundle's id."""
        for statement in _ORPHANS if self._shrunk else ():
            self._connection.execute(statement)
        run_script(self._connection, INDEXES)
        for statement in _WITHDRAW:
            self._connection.execute(statement)
        self._write_hashes()
        self._merge_hashes()
        digests = sorted(state.digest for state in states(self._connection).values())
        bundle = sha256("\n".join(digests).encode()).hexdigest()
        meta = (
            ("bundle_id", bundle),
            ("built_at", now.isoformat()),
            ("born", self._born),
            ("last_record", str(max(self._last, self._highest("record")))),
        )
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta)
        return bundle

    def _join(self, counted: FeedState, old: int, new: int, *, adds: bool) -> FeedState:
        """Bring together what a feed said before and what it says now."""
        if not adds:
            kept = self._keep(old, new) if counted.refused else 0
            self._drop(old)
            return replace(counted, records=counted.records + kept)
        before = states(self._connection)[old]
        for statement in _ADD if counted.refused else (_TOLD_ANEW, *_ADD):
            self._connection.execute(statement, {"old": old, "new": new})
        self._connection.execute("DELETE FROM source WHERE n = ?", (old,))
        self._shrunk = True
        return _sum(before, counted, self._records(new))

    def _keep(self, old: int, new: int) -> int:
        """Take over what a feed said before of records that it did not say anew; return how many they are."""
        said = self._records(new)
        for statement in _KEEP:
            self._connection.execute(statement, {"old": old, "new": new})
        return self._records(new) - said

    def _drop(self, number: int) -> None:
        for statement in _REPLACE:
            self._connection.execute(statement, {"old": number})
        self._connection.execute("DELETE FROM source WHERE n = ?", (number,))
        self._shrunk = True

    def _write_hashes(self) -> None:
        """Write the digests of all indicators to sorted files, so that most questions never reach the tables."""
        run = self._connection.execute
        run("DELETE FROM hashfile WHERE source = 0")
        for algorithm in DIGESTS:
            name = self._hash_file(algorithm, self._digests(algorithm))
            if name:
                run("INSERT INTO hashfile VALUES (0, ?, '', ?)", (algorithm, name))

    def _digests(self, algorithm: str) -> Iterator[bytes]:
        """Yield the digests of the indicators of one algorithm that stand, raw, many at a time."""
        last = ""
        while True:
            # SQLite joins them in a third of the time that it takes to fetch them one by one.
            joined = self._connection.execute(
                """SELECT group_concat(value, ''), max(value) FROM (
                       SELECT DISTINCT value FROM indicator WHERE kind = ? AND retracted = 0 AND value > ?
                       ORDER BY value LIMIT ?)""",
                (algorithm, last, _BLOCK),
            ).fetchone()
            if not joined[0]:
                return
            last = joined[1]
            yield bytes.fromhex(joined[0])

    def _merge_hashes(self) -> None:
        """Bring the lists of a feed that was added to into one file each."""
        run = self._connection.execute
        several = run("SELECT source, algorithm, role FROM hashfile GROUP BY 1, 2, 3 HAVING count(*) > 1").fetchall()
        for key in several:
            where = "FROM hashfile WHERE source = ? AND algorithm = ? AND role = ?"
            with ExitStack() as stack:
                files = [
                    stack.enter_context(HashFile(self._folder / HASHES / name))
                    for (name,) in run(f"SELECT name {where}", key)
                ]
                name = self._hash_file(key[1], (rows for file in files for rows in file.blocks()))
            run(f"DELETE {where}", key)
            run("INSERT INTO hashfile VALUES (?, ?, ?, ?)", (*key, name))

    def _hash_file(self, algorithm: str, blocks: Iterable[bytes]) -> str:
        """Write one file and return its name, "" where there is nothing to write."""
        with HashBuilder(self._folder / HASHES, DIGESTS[algorithm]) as builder:
            for rows in blocks:
                builder.add(rows)
            name = f"{token_hex(8)}.{algorithm}" if builder.rows else ""
            if name:
                builder.finish(name)
        return name

    def _records(self, source: int) -> int:
        return self._one("SELECT count(*) FROM record WHERE source = ?", source)

    def _highest(self, table: str) -> int:
        return self._one(f"SELECT coalesce(max(n), 0) FROM {table}")  # noqa: S608 - a name of ours

    def _one(self, query: str, *parameters: object) -> int:
        return int(self._connection.execute(query, parameters).fetchone()[0])


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the garbage collector look for circles less often: the million objects of an import are in none."""
    before = gc.get_threshold()
    gc.set_threshold(_COLLECTION, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _why(count: int, refused: Sequence[Refused]) -> str:
    """Return the first reasons for which all of a feed was refused."""
    told = "; ".join(f"{item.place}: {item.reason}"[:200] for item in refused[:_REASONS])
    return f" ({count:,} refused: {told}{'; ...' if count > _REASONS else ''})" if count else ""


def _sum(before: FeedState, now: FeedState, records: int) -> FeedState:
    """Return the state of a feed that was added to. Its digest follows from both."""
    covers = Counter({(kind, what): count for kind, what, count in before.covers})
    covers.update({(kind, what): count for kind, what, count in now.covers})
    return replace(
        now,
        digest=sha256(f"{before.digest}\n{now.digest}".encode()).hexdigest(),
        records=records,
        indicators=before.indicators + now.indicators,
        covers=tuple((*key, count) for key, count in sorted(covers.items())),
    )


@contextmanager
def rewrite(folder: Path, now: datetime) -> Iterator[Rewrite]:
    """Rewrite the bundle in ``folder``; it is replaced at the end, and only where nothing was raised.

    One process at a time: another one waits. Raise :class:`StoreError` where the disk fails.
    """
    try:
        (folder / HASHES).mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for leftover in (*folder.glob("*.tmp"), *(folder / HASHES).glob("*.tmp")):
                leftover.unlink(missing_ok=True)
            yield from _replacing(folder, now)
    except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
        raise StoreError(f"the intelligence bundle in {folder} cannot be written: {error}") from error


def _replacing(folder: Path, now: datetime) -> Iterator[Rewrite]:
    path, aside = folder / FILENAME, folder / f"{FILENAME}.tmp"
    try:
        with closing(_prepared(path, aside)) as connection:
            made = Rewrite(connection, folder)
            yield made
            made.finish(now)
            connection.execute("COMMIT")
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(path)
        sync_folder(folder)
    finally:
        aside.unlink(missing_ok=True)
        _sweep(folder)


def _prepared(path: Path, aside: Path) -> sqlite3.Connection:
    """Return a connection to a copy of the old bundle without indexes, or to empty tables, within a transaction."""
    old = path.exists()
    if old:
        try:
            open_read_only(path).close()
            shutil.copyfile(path, aside)
        except OtherVersion:
            old = False
    connection = sqlite3.connect(aside, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {_PAGE}")  # of a new file; an old one keeps its own
    # The file is thrown away where anything fails, so SQLite need not be able to take anything back.
    for setting in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", f"cache_size = -{_CACHE}"):
        connection.execute(f"PRAGMA {setting}")
    connection.create_function("record_of", 1, _record_of, deterministic=True)
    connection.execute("BEGIN")
    if old:
        for name, kind in connection.execute("SELECT name, type FROM sqlite_master WHERE sql IS NOT NULL").fetchall():
            if kind == "index":
                connection.execute(f"DROP INDEX {name}")
    else:
        run_script(connection, TABLES)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    return connection


def _record_of(detail: object) -> str:
    """Return the record that an indicator names, "" where it names none, or came with it."""
    return unpack_indicator(detail)[0] if isinstance(detail, bytes) else ""


def _sweep(folder: Path) -> None:
    """Remove hash files that the bundle does not name."""
    with suppress(StoreError):
        with closing(open_read_only(folder / FILENAME)) as connection:
            named = {name for (name,) in connection.execute("SELECT name FROM hashfile")}
        for path in (folder / HASHES).iterdir():
            if path.name not in named:
                path.unlink(missing_ok=True)
