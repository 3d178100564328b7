"""rpm's database of installed packages: its SQLite form, its own (ndb), and that of Berkeley DB."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.installed._berkeley import DamagedDatabase, hash_pairs, is_hash
from doorward.sources.installed._files import Files
from doorward.sources.installed._rpm import DamagedHeader, package_of
from doorward.sources.installed._system import system_of
from doorward.sources.manifests._entries import Entries

NAME = "rpm database"
FILES = (
    "rpm/rpmdb.sqlite",
    "rpm/Packages.db",
    "rpm/Packages",
    "sysimage/rpm/rpmdb.sqlite",
    "sysimage/rpm/Packages.db",
    "sysimage/rpm/Packages",
)
TYPE = "rpm"

_FOLDERS = ("var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/")
#: Bytes of one header, and steps of SQLite's machine: a database can be written so that it never ends.
_LARGEST, _STEPS, _MOST_STEPS = 64 << 20, 100_000, 200
#: Bytes of a page of SQLite, where its header has no room for the number.
_LARGEST_PAGE = 65_536
#: ndb: pages of slots, and blocks of headers (rpm's lib/backend/ndb/rpmpkg.c).
_PAGE, _BLOCK, _SLOT, _FIRST = 4_096, 16, 16, 32
_MAGIC, _SLOT_MAGIC, _BLOB_MAGIC = b"RpmP", b"Slot", b"BlbS"


def parse(files: Files, path: str) -> Inventory:
    """Read the database; raise ManifestError where it cannot be read as a whole."""
    content = files.content(path) or b""
    folder = next((folder for folder in _FOLDERS if folder in path), "")
    system = system_of(files, path, path[path.rfind(folder) :] if folder else path, "rpm")
    entries = Entries(path)
    if content.startswith(b"SQLite format 3\0"):
        if files.content(f"{path}-wal"):
            entries.gap("the newest changes stand in its write-ahead log, which is not read")
        blobs = _sqlite(content, path)
    elif content.startswith(_MAGIC):
        blobs = _ndb(content, entries)
    elif is_hash(content):
        blobs = _berkeley(content, path, entries)
    else:
        raise ManifestError(f"{path}: none of the forms of rpm's database")
    for blob in blobs:
        try:
            package = package_of(blob, TYPE, path, system)
        except DamagedHeader as error:
            entries.gap(str(error))
            continue
        if package is not None:
            entries.packages.append(package)
    return entries.inventory()


def _sqlite(content: bytes, path: str) -> Iterator[bytes]:
    """Yield the headers of an SQLite database, which is opened in memory, and its schema not believed."""
    size = int.from_bytes(content[16:18], "big")
    if int.from_bytes(content[28:32], "big") * (size if size > 1 else _LARGEST_PAGE) > len(content):
        raise ManifestError(f"{path}: the database is damaged: it is cut off")
    # In memory there is no write-ahead log: the two bytes that ask for one say so no longer.
    whole = content[:18] + b"\x01\x01" + content[20:]
    steps = iter(range(_MOST_STEPS))
    connection = sqlite3.connect(":memory:")
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST)
        connection.deserialize(whole)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.set_progress_handler(lambda: next(steps, None) is None, _STEPS)
        for (blob,) in connection.execute("SELECT blob FROM Packages"):
            yield blob if isinstance(blob, bytes) else b""
    # SQLite's own message may hold a damaged name, which is no UTF-8.
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError) as error:
        raise ManifestError(f"{path}: the database is damaged: {error}") from error
    finally:
        connection.close()


def _ndb(content: bytes, entries: Entries) -> Iterator[bytes]:
    """Yield the headers of rpm's own database: slots that lead to blocks."""
    if len(content) < _FIRST:
        entries.gap("the database is cut off")
        return
    (pages,) = struct.unpack_from("<I", content, 12)
    end = min(pages * _PAGE, len(content))
    for at in range(_FIRST, end - _SLOT + 1, _SLOT):
        magic, package, block, _ = struct.unpack_from("<4sIII", content, at)
        if magic != _SLOT_MAGIC:
            entries.gap("a slot of the database is damaged")
            return
        if not block:
            continue
        start = block * _BLOCK
        head = content[start : start + 16]
        if len(head) < 16 or head[:4] != _BLOB_MAGIC or struct.unpack_from("<I", head, 4)[0] != package:  # noqa: PLR2004 - four numbers
            entries.gap("a header of the database is not where it should be")
            continue
        (length,) = struct.unpack_from("<I", head, 12)
        yield content[start + 16 : start + 16 + min(length, _LARGEST)]


def _berkeley(content: bytes, path: str, entries: Entries) -> Iterator[bytes]:
    """Yield the headers of a hash database; what stands below the number 0 is the last number that was given."""
    try:
        for key, value in hash_pairs(content, entries.gap, _LARGEST):
            if any(key):
                yield value
    except DamagedDatabase as error:
        raise ManifestError(f"{path}: {error}") from error
