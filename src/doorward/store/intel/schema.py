"""The tables of a bundle.

A bundle is written once and then only read, so it needs neither a journal nor locks. Indexes are made when all rows are
there.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from doorward.errors import StoreError
from doorward.model.intelligence import FeedState
from doorward.store.intel.packing import damaged

FILENAME = "bundle.sqlite3"
#: "dwin" in the file's header, and the version of the tables.
APPLICATION, VERSION = 0x6477696E, 5

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- One row a feed: its name, and what is known of it.
CREATE TABLE source (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, state BLOB NOT NULL);
-- Advisories. withdrawn is '' while one stands; aliases are lines. All else is packed: only who meets one reads it.
CREATE TABLE record (
    n INTEGER PRIMARY KEY, source INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, modified TEXT NOT NULL,
    withdrawn TEXT NOT NULL, aliases TEXT NOT NULL, body BLOB NOT NULL
);
-- Packages of advisories: ecosystem without release, and name as the registry compares it, in one text, since sorting
-- by one column takes half the time of sorting by two.
CREATE TABLE package (name TEXT NOT NULL, n INTEGER NOT NULL);
CREATE TABLE alias (a TEXT NOT NULL, n INTEGER NOT NULL);
-- Digests in hex. n is 0 where no advisory stands behind it. detail is packed; it is the text of the note where all
-- else is as the record has it.
CREATE TABLE indicator (
    kind TEXT NOT NULL, value TEXT NOT NULL, n INTEGER NOT NULL, source INTEGER NOT NULL, role TEXT NOT NULL,
    retracted INTEGER NOT NULL, valid_until TEXT NOT NULL, detail BLOB NOT NULL
);
-- When a record was withdrawn, by whichever feed: an older copy of it is dead as well.
CREATE TABLE tombstone (id TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
-- Sorted hash files beside this one. source is 0 for the file of the indicators above.
CREATE TABLE hashfile (source INTEGER NOT NULL, algorithm TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE exploited (
    cve TEXT NOT NULL, source INTEGER NOT NULL, added TEXT NOT NULL, due TEXT NOT NULL, ransomware INTEGER NOT NULL
);
CREATE TABLE likelihood (
    cve TEXT NOT NULL, source INTEGER NOT NULL, probability REAL NOT NULL, percentile REAL NOT NULL
)
"""
INDEXES = """
CREATE INDEX package_by_name ON package (name, n);
CREATE INDEX alias_by_name ON alias (a, n);
CREATE INDEX record_by_id ON record (id, withdrawn);
CREATE INDEX indicator_by_value ON indicator (kind, value) WHERE retracted = 0;
CREATE INDEX exploited_by_cve ON exploited (cve);
CREATE INDEX likelihood_by_cve ON likelihood (cve)
"""
#: Between ecosystem and name of a package.
JOINT = "\n"
#: Tables with a row for each thing that a source says.
NAMES = ("record", "indicator", "exploited", "likelihood")
#: Folder of the hash files, below the bundle's.
HASHES = "hashes"

unpack_indicator = msgspec.msgpack.Decoder(tuple[str, str, int | None, str, str, int | None]).decode
_unpack_state = msgspec.msgpack.Decoder(FeedState).decode


class OtherVersion(StoreError):
    """A bundle that another version of doorward wrote: an import takes its place."""


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run the statements of a script one by one, within the transaction that is open."""
    for statement in script.split(";\n"):
        connection.execute(statement)


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a bundle that nobody will write; raise :class:`StoreError` where it is none, or of another version."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        header = tuple(
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
    except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite names what is damaged, which may be no text
        raise StoreError(f"the intelligence bundle {path} cannot be read: {error}") from error
    if header != (APPLICATION, VERSION):
        connection.close()
        kind = OtherVersion if header[0] == APPLICATION else StoreError
        raise kind(f"{path} is no intelligence bundle of this version of doorward: import its sources again")
    return connection


def states(connection: sqlite3.Connection) -> dict[int, FeedState]:
    """Return what is known of each feed, by its number; raise :class:`StoreError` where a row is damaged."""
    try:
        rows = connection.execute("SELECT n, state FROM source ORDER BY name").fetchall()
        return {n: _unpack_state(state) for n, state in rows}
    except (msgspec.DecodeError, sqlite3.Error, ValueError) as error:
        raise damaged() from error
