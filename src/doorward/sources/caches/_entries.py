"""What a cache holds, and how its folders are walked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from doorward.errors import SourceError
from doorward.records import dataclass
from doorward.sources.manifests._values import BadEntry, sri_digests

#: Entries of one cache that are looked at before its reader stops and says so.
MOST = 5_000_000


@dataclass(frozen=True, slots=True)
class Cached:
    """One release in a cache."""

    #: What it may be called: several where the cache's own name for it can be read in more than one way.
    names: tuple[str, ...]
    version: str
    #: Path within the cache.
    path: str
    #: When it was put there, None where nothing tells.
    time: datetime | None = None
    #: Where it came from, without user information; "" where nothing tells.
    url: str = ""
    #: "sha256:HEX" and the like, where the cache states them.
    digests: tuple[str, ...] = ()
    #: Why the entry cannot be read; then it has no name.
    unread: str = ""


def walk(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield every entry below a folder with its path; raise SourceError where it cannot be read."""
    waiting, seen = [""], 0
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(folder / below) as entries:
                for entry in entries:
                    seen += 1
                    path = f"{below}/{entry.name}" if below else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    yield path, entry
        except OSError as error:
            raise SourceError(f"{folder / below}: {error.strerror}") from error
        if seen > MOST:
            raise SourceError(f"{folder}: more than {MOST:,} entries: the rest was not looked at")


def children(folder: Path) -> list[os.DirEntry[str]]:
    """Return the entries of a folder by name, none where it is not there; raise SourceError where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise SourceError(f"{folder}: {error.strerror}") from error


def modified(entry: os.DirEntry[str]) -> datetime | None:
    """Return when a file was last written, None where its clock makes no sense."""
    try:
        return datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def user_cache(environ: Mapping[str, str], home: Path, name: str) -> list[Path]:
    """Return where a program of that name keeps its cache on this platform: the setting's folder first."""
    xdg = environ.get("XDG_CACHE_HOME")
    return [*([Path(xdg, name)] if xdg else []), home / ".cache" / name, home / "Library" / "Caches" / name]


def digests_of(integrity: str) -> tuple[str, ...]:
    """Return the digests ("sha512:HEX") that npm's ``integrity`` states, none where it states nothing of the kind."""
    try:
        return tuple(map(str, sri_digests(integrity)))
    except BadEntry:
        return ()
