"""pnpm's store: an index of the files of every package that was ever unpacked into it."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from doorward.sources.caches._entries import Cached, digests_of, modified, walk

NAME = "pnpm"
TYPE = "npm"

#: Bytes of an index that are read: it lists every file of a package.
_MOST = 64 << 20
#: In version 10 of the store, the file's name has the package behind a digest; "+" stands for a slash.
_NAMED = re.compile(r"[0-9a-f]+-(?P<name>(?:@[^+@/]+\+)?[^+@/]+)@(?P<version>[^/@]+)\.json\Z")

#: From version 11 on, one database has them all, by the digest of the archive and the package.
_DATABASE = "index.db"
_KEY = re.compile(r"(?P<integrity>[^\t]*)\t(?P<name>(?:@[^@/\s]+/)?[^@/\s]+)@(?P<version>\d[^@/\s]*)\Z")
#: Steps of SQLite's machine, in tens of thousands: a database can be written so that it never ends.
_STEPS, _MOST_STEPS = 10_000, 20_000


class _Index(msgspec.Struct):
    name: str = ""
    version: str = ""


_decode = msgspec.json.Decoder(_Index).decode


def folders(environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:
    """Return where the store may lie: the user's folder, or the top of the volume that the project is on."""
    lowered = {name.lower(): value for name, value in environ.items()}
    told = [lowered.get("npm_config_store_dir"), lowered.get("pnpm_store_path")]
    data = environ.get("XDG_DATA_HOME")
    yield from (Path(path) for path in told if path)
    yield from ([Path(environ["PNPM_HOME"], "store")] if environ.get("PNPM_HOME") else [])
    yield from ([Path(data, "pnpm", "store")] if data else [])
    yield home / ".local" / "share" / "pnpm" / "store"
    yield home / "Library" / "pnpm" / "store"
    yield home / ".pnpm-store"
    yield from (folder / ".pnpm-store" for folder in (project, *project.parents))


def entries(folder: Path) -> Iterator[Cached]:
    """Yield the packages of the store."""
    for path, entry in walk(folder):
        if entry.name == _DATABASE and entry.is_file(follow_symlinks=False):
            yield from _database(path, entry)
        if not path.endswith(".json") or not entry.is_file(follow_symlinks=False):
            continue
        named = _NAMED.match(entry.name)
        if named:
            yield Cached((named["name"].replace("+", "/"),), named["version"], path, modified(entry))
        elif path.endswith("-index.json"):
            yield from _index(path, entry)


def _index(path: str, entry: os.DirEntry[str]) -> Iterator[Cached]:
    """Yield the package of an index; those that older versions wrote do not tell their package."""
    try:
        with Path(entry.path).open("rb") as file:
            told = _decode(file.read(_MOST))
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        yield Cached((), "", path, unread=f"the index of a package cannot be read: {error}"[:200])
        return
    if told.name and told.version:
        yield Cached((told.name,), told.version, path, modified(entry))
    else:
        yield Cached((), "", path, unread="an index that does not tell its package")


def _database(path: str, entry: os.DirEntry[str]) -> Iterator[Cached]:
    """Yield the packages of a database. A copy is read: reading its write-ahead log writes beside it."""
    try:
        with tempfile.TemporaryDirectory(prefix="doorward-pnpm-") as place:
            copy = Path(place, _DATABASE)
            for ending in ("", "-wal"):
                beside = Path(f"{entry.path}{ending}")
                if beside.is_file() and not beside.is_symlink():
                    shutil.copyfile(beside, f"{copy}{ending}")
            for key in _keys(copy):
                match = _KEY.match(key)
                if match:
                    digests = digests_of(match["integrity"])
                    yield Cached((match["name"],), match["version"], path, modified(entry), digests=digests)
                elif not key:
                    yield Cached((), "", path, unread="an entry of the store's index that has no text for a key")
    # SQLite's own message may hold a damaged name, which is no UTF-8.
    except (OSError, sqlite3.Error, UnicodeError, OverflowError, MemoryError) as error:
        yield Cached((), "", path, unread=f"the index of the store cannot be read: {error}"[:200])


def _keys(path: Path) -> Iterator[str]:
    """Yield the keys of the index; its schema is not believed."""
    steps = iter(range(_MOST_STEPS))
    connection = sqlite3.connect(path)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.set_progress_handler(lambda: next(steps, None) is None, _STEPS)
        for (key,) in connection.execute("SELECT key FROM package_index"):
            yield key if isinstance(key, str) else ""
    finally:
        connection.close()
