"""Where the store lies, and how its file is opened: one SQLite database, written in WAL mode, its schema versioned.

The header of the file carries doorward's application id and the schema's version, so that a database of something else
is never touched and one of a newer doorward is never misread.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from doorward.errors import NoStorePlace, StoreError

#: "door" in the file's header.
APPLICATION = 0x646F6F72
#: Seconds to wait for another process that writes.
BUSY_SECONDS = 30.0
FILENAME = "doorward.sqlite3"
_POLL_SECONDS = 0.01

#: The statements that bring a store to version 1, 2 ...; one is brought forward by those that it lacks.
MIGRATIONS = (
    """
    -- What artifacts contain, by the digest of their bytes. The row of an older analyser is replaced.
    CREATE TABLE content (sha256 TEXT PRIMARY KEY, analyser TEXT NOT NULL, data BLOB NOT NULL);
    -- Other digests of the same bytes.
    CREATE TABLE digest (digest TEXT PRIMARY KEY, sha256 TEXT NOT NULL) WITHOUT ROWID;
    -- What indexes say of packages.
    CREATE TABLE package (
        index_url TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, fetched TEXT NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (index_url, type, name)
    );
    -- Which kinds of fields a host was ever seen to carry.
    CREATE TABLE host (
        host TEXT PRIMARY KEY, carries TEXT NOT NULL, rewrites_times INTEGER NOT NULL, seen TEXT NOT NULL
    ) WITHOUT ROWID;
    -- When this store first met a subject.
    CREATE TABLE seen (subject TEXT PRIMARY KEY, first TEXT NOT NULL) WITHOUT ROWID;
    -- One row a scan. Scans that found the same packages share a body.
    CREATE TABLE body (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE);
    CREATE TABLE inventory (
        id INTEGER PRIMARY KEY, project TEXT NOT NULL, scanned_at TEXT NOT NULL, tool TEXT NOT NULL,
        body INTEGER NOT NULL REFERENCES body, coverage BLOB NOT NULL
    );
    CREATE INDEX inventory_by_project ON inventory (project, scanned_at);
    CREATE INDEX inventory_by_body ON inventory (body);
    CREATE TABLE body_package (
        body INTEGER NOT NULL REFERENCES body, type TEXT NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL
    );
    CREATE INDEX body_package_by_name ON body_package (type, name);
    CREATE INDEX body_package_by_body ON body_package (body);
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
    """,
    """
    -- The ref ledger: an interval in which every look saw a ref lead to one object.
    CREATE TABLE ref (
        repository TEXT NOT NULL, ref TEXT NOT NULL, object TEXT NOT NULL, peeled TEXT NOT NULL,
        first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, PRIMARY KEY (repository, ref, first_seen)
    ) WITHOUT ROWID;
    -- The habits of a repository up to the last look, in the form of whoever draws them.
    CREATE TABLE history (repository TEXT PRIMARY KEY, data BLOB NOT NULL)
    """,
    """
    -- What releases did in guarded runs.
    CREATE TABLE conduct (
        purl TEXT NOT NULL, run TEXT NOT NULL, started TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (purl, run)
    ) WITHOUT ROWID
    """,
    """
    -- Who saw a ref there: '' for a look, else the kind of record that tells it.
    ALTER TABLE ref ADD COLUMN source TEXT NOT NULL DEFAULT ''
    """,
)
VERSION = len(MIGRATIONS)


def default_path(environ: Mapping[str, str]) -> Path:
    """Return the file under ``DOORWARD_HOME``, else under the platform's folder for a user's data."""
    if environ.get("DOORWARD_HOME"):
        return Path(environ["DOORWARD_HOME"]).absolute() / FILENAME
    return _data_folder(environ, sys.platform) / "doorward" / FILENAME


def _data_folder(environ: Mapping[str, str], platform: str) -> Path:
    """Return where the user's programs keep their data (XDG Base Directory; Apple's and Microsoft's guidelines)."""
    xdg = Path(environ.get("XDG_DATA_HOME", ""))
    if xdg.is_absolute():
        return xdg
    if platform == "win32" and environ.get("LOCALAPPDATA"):
        return Path(environ["LOCALAPPDATA"])
    try:
        home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    except RuntimeError as error:
        raise NoStorePlace("the store has no place: there is no home folder, so set DOORWARD_HOME") from error
    return home / "Library" / "Application Support" if platform == "darwin" else home / ".local" / "share"


def connect(path: Path) -> sqlite3.Connection:
    """Open the store's file, making it where there is none; the folder and the file are for this user alone.

    Raise :class:`StoreError` for what is no database, is another application's, or has a newer schema, and
    :class:`NoStorePlace` where no file can be.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise NoStorePlace(f"the store {path} cannot be opened: {error.strerror or error}") from error
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        if _header(connection) != (APPLICATION, VERSION):
            _migrate(connection, path)
        _use_wal(connection)
        # Safe in WAL mode: a crash of the machine can lose the last facts, never damage the file.
        connection.execute("PRAGMA synchronous = NORMAL")
    # SQLite's own message may hold a damaged name, which is no UTF-8.
    except (sqlite3.Error, UnicodeDecodeError) as error:
        connection.close()
        raise StoreError(f"the store {path} cannot be used: {error}") from error
    except StoreError:
        connection.close()
        raise
    return connection


def _header(connection: sqlite3.Connection) -> tuple[int, int]:
    return _number(connection, "PRAGMA application_id"), _number(connection, "PRAGMA user_version")


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the schema forward, in one transaction and once, however many processes open the file together."""
    connection.execute("BEGIN IMMEDIATE")
    application, version = _header(connection)
    if application != APPLICATION and (version or _number(connection, "SELECT count(*) FROM sqlite_master")):
        raise StoreError(f"the store {path} is a database of another application")
    if version > VERSION:
        raise StoreError(
            f"the store {path} has schema {version}, of a newer doorward than this one (which knows {VERSION}):"
            " upgrade doorward, or set DOORWARD_HOME to another folder"
        )
    for script in MIGRATIONS[version:]:
        for statement in script.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging. SQLite does not wait by itself for the lock that this takes."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return
