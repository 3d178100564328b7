"""Feeds that come compressed (gzip, bzip2, xz, Zstandard), or as a tar archive, compressed or not.

They are read once, from front to back, by the readers of artifacts, which bound the memory that a stream may ask for.
What all of it may unpack to is capped as that of a zip archive is.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from doorward.errors import ArchiveTooLarge, DamagedArchive, FeedError
from doorward.model.content import Anomaly
from doorward.model.limits import ArchiveLimits
from doorward.records import dataclass
from doorward.sources.archives import Entry, Spent, open_blob
from doorward.sources.archives.entry import Meter
from doorward.sources.archives.source import Blob
from doorward.sources.archives.streams import MAGIC, ZSTD, uncompressed
from doorward.sources.archives.tarfiles import TarArchive
from doorward.sources.archives.tarheader import BLOCK, ZERO, is_header
from doorward.sources.feeds._zip import BATCH, FREE, MAX_MEMBERS, RATIO, Small, Stream, buffered

#: First bytes of each compression, and what a name ends with of which it is taken off.
_MAGIC = {"gzip": b"\x1f\x8b", "bz2": MAGIC["bz2"], "xz": MAGIC["xz"], **ZSTD}
_ENDINGS = {"gzip": ".gz", "bz2": ".bz2", "xz": ".xz", "zstd": ".zst"}
#: Bytes by which it is told.
FIRST = max(map(len, _MAGIC.values()))
#: Bytes of small members that are handed over together.
_TOGETHER = 1 << 20


class Broken(FeedError):
    """The bytes of a document cannot be had to their end: it is truncated, damaged, or a bomb."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A member that is too large to be held in memory, in a file that is gone when the next is asked for."""

    name: str
    path: Path


def compression(first: bytes) -> str:
    """Return by what a file is compressed whose first bytes these are, "" for not at all."""
    return next((method for method, magic in _MAGIC.items() if first.startswith(magic)), "")


def plain_name(name: str, method: str) -> str:
    """Return the name of what a compressed file holds."""
    return name.removesuffix(_ENDINGS[method]) if method else name


def unpacked(path: Path, method: str) -> BinaryIO:
    """Return a stream of what a compressed file holds; reading it raises :class:`Broken`."""
    return buffered(Stream(_pieces(path, method)))


def is_tar(path: Path, method: str) -> bool:
    """Whether a file, or what it holds compressed by a method, is a tar archive; raise :class:`Broken`."""
    with unpacked(path, method) if method else path.open("rb") as stream:
        return is_header(stream.read(BLOCK))


def tar_members(path: Path, method: str) -> Iterator[list[Small | Spooled]]:
    """Yield the files of a tar archive in its order, several small ones at a time; raise :class:`Broken`.

    As of a folder, links and what is hidden are left out.
    """
    with _opened(path) as (blob, meter), tempfile.TemporaryDirectory(prefix="doorward-feed-") as folder:
        stream = _Watched(_streamed(blob, method, meter))
        archive = TarArchive(stream.pieces(), meter, "tar", [])
        yield from _batches(_files(archive), Path(folder))
        if archive.unread:
            raise Broken(f"cannot be read: {archive.unread[0]}")
        for _ in stream.pieces():
            pass  # what stands behind the first end
        if stream.last != ZERO:
            raise Broken("truncated: the tar archive has no end")


def _files(archive: TarArchive) -> Iterator[Entry]:
    for entry in archive:
        if entry.kind == "file" and not _hidden(entry.path):
            yield entry
        for _ in entry.rest or ():
            pass  # what was left out is read over


def _batches(entries: Iterator[Entry], folder: Path) -> Iterator[list[Small | Spooled]]:
    small: list[Small | Spooled] = []
    size = 0
    for entry in entries:
        if small and (entry.rest is not None or len(small) == BATCH or size + entry.size > _TOGETHER):
            yield small
            small, size = [], 0
        if entry.rest is not None:
            yield [_spooled(entry, entry.rest, folder)]
        else:
            small.append((entry.path, entry.data))
            size += entry.size
    if small:
        yield small


def _spooled(entry: Entry, rest: Iterator[bytes], folder: Path) -> Spooled:
    path = folder / "member"
    with path.open("wb") as file:
        file.writelines(chain((entry.data,), rest))
    return Spooled(entry.path, path)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") and part != "." for part in name.split("/"))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Blob, Meter]]:
    """Open a file to be unpacked within bounds; raise :class:`Broken` for whatever is wrong with it."""
    try:
        with open_blob(path) as blob:
            most = FREE + RATIO * blob.size
            limits = ArchiveLimits(most, most, MAX_MEMBERS, most, seconds=math.inf)
            yield blob, Meter(limits, blob.size, Spent.nothing(limits))
    except ArchiveTooLarge as error:
        raise Broken(f"a bomb, or too large: {error}") from error
    except DamagedArchive as error:
        raise Broken(f"cannot be read: {error}") from error


def _pieces(path: Path, method: str) -> Iterator[bytes]:
    with _opened(path) as (blob, meter):
        yield from _streamed(blob, method, meter)


def _streamed(blob: Blob, method: str, meter: Meter) -> Iterator[bytes]:
    found: list[Anomaly] = []
    yield from uncompressed(blob, method, meter, found)
    if found:
        raise Broken(f"cannot be read: {found[0].detail}")


class _Watched:
    """A stream in pieces of which the last block is kept: compressed whole, a tar archive may yet have been cut off."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.last = b""

    def pieces(self) -> Iterator[bytes]:
        """Yield what comes from here on."""
        for piece in self._pieces:
            self.last = piece[-BLOCK:] if len(piece) >= BLOCK else (self.last + piece)[-BLOCK:]
            yield piece
