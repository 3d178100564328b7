"""What a log is packed in: compression, an archive of several, one in another, UTF-16."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import cast

from doorward.errors import SourceError
from doorward.model.limits import ArchiveLimits
from doorward.sources.archives import open_archive, open_blob

#: Bytes to which one file may unpack in all, logs of one archive, and archives and compressions in one another.
MOST, MANY, DEEP = 8 << 30, 10_000, 6
#: What may go wrong while something packed is read: each ends early in its own way (read1 gives what came before).
BROKEN: tuple[type[Exception], ...] = (
    OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError,
)  # fmt: skip
_LIMITS = ArchiveLimits(entry_bytes=MOST, total_bytes=MOST, entries=MANY, seconds=3_600.0)
_BLOCK = 1 << 20
_PACKED: dict[bytes, ModuleType] = {b"\x1f\x8b": gzip, b"BZh": bz2, b"\xfd7zXZ\x00": lzma}
#: Forms that are told from a log, and not read.
_ZSTD = b"\x28\xb5\x2f\xfd"
_UNREAD = {b"7z\xbc\xaf\x27\x1c": "an archive of 7-Zip"}
with suppress(ImportError):  # the standard library has it from Python 3.14 on
    _PACKED[_ZSTD] = importlib.import_module("compression.zstd")
    BROKEN += (_PACKED[_ZSTD].ZstdError,)
if _ZSTD not in _PACKED:
    _UNREAD[_ZSTD] = "compressed by Zstandard, which Python reads from 3.14 on"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
#: Bytes that tell a form, and where a tar file has its name.
_HEAD, _TAR = 512, slice(257, 262)
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
#: Names under which a member may be written: what its ending tells of a format is kept.
_NAME = re.compile(r"[\w-][\w.-]{0,99}", re.ASCII)


def plain_logs(path: Path, place: Path) -> Iterator[tuple[str, Path | str]]:
    """Yield each log in a file: how a person names it, and where it lies as plain text, or why it cannot be read.

    What is not plain is written to the folder ``place``, each log over the one before it. What is damaged costs what
    stands behind the damage.
    """
    return _Unpacking(place).logs(path, str(path), DEEP)


class _Unpacking:
    """One file that is unpacked, as far as there is something to unpack."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._size = 0

    def logs(self, path: Path, shown: str, depth: int) -> Iterator[tuple[str, Path | str]]:
        """Yield the logs of a file."""
        try:
            yield from self._logs(path, shown, depth)
        except SourceError as error:
            yield shown, str(error)
        except BROKEN as error:
            yield shown, f"not read to its end: {error}"

    def _logs(self, path: Path, shown: str, depth: int) -> Iterator[tuple[str, Path | str]]:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
        unread = next((form for sign, form in _UNREAD.items() if head.startswith(sign)), None)
        if unread:
            raise SourceError(f"{unread}: unpack it first")
        reader = next((reader for sign, reader in _PACKED.items() if head.startswith(sign)), None)
        if head.startswith(_ZIP):
            yield from self._members(_zipped(path), shown, depth)
        elif head[_TAR] == b"ustar":
            yield from self._members(_tarred(path), shown, depth)
        elif reader is None:
            yield shown, _narrow(path, self._place)
        else:
            with reader.open(path) as packed:
                yield from self._unpacked(iter(partial(packed.read1, _BLOCK), b""), path.stem, shown, depth)

    def _members(
        self, members: Iterable[tuple[str, Iterable[bytes]]], shown: str, depth: int
    ) -> Iterator[tuple[str, Path | str]]:
        for number, (name, pieces) in enumerate(members):
            if number >= MANY or self._size > MOST:
                raise SourceError(
                    f"more than {MANY:,} logs, or {MOST >> 30} GiB, in one archive: the rest was not read"
                )
            yield from self._unpacked(pieces, PurePosixPath(name).name, f"{shown}/{name}", depth)

    def _unpacked(self, pieces: Iterable[bytes], name: str, shown: str, depth: int) -> Iterator[tuple[str, Path | str]]:
        """Write what is unpacked, and yield its logs; where it breaks off, those up to there."""
        if not depth:
            yield shown, f"packed more than {DEEP} deep"
            return
        target = self._place / str(depth) / (name if _NAME.fullmatch(name) else "log")
        target.parent.mkdir(exist_ok=True)
        broken = ""
        try:
            self._write(pieces, target)
        except SourceError as error:
            broken = str(error)
        except BROKEN as error:
            broken = f"not read to its end: {error}"
        yield from self.logs(target, shown, depth - 1)
        target.unlink()
        if broken:
            yield shown, broken

    def _write(self, pieces: Iterable[bytes], target: Path) -> None:
        with target.open("wb") as sink:
            for piece in pieces:
                self._size += len(piece)
                if self._size > MOST:
                    raise SourceError(f"unpacks to more than {MOST >> 30} GiB")
                sink.write(piece)


def _zipped(path: Path) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield the files of a zip, as forges hand out the logs of a CI job."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield info.filename, _read(archive, info)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as packed:
        yield from iter(partial(cast("zipfile.ZipExtFile", packed).read1, _BLOCK), b"")


def _tarred(path: Path) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield the files of a tar file."""
    with open_blob(path) as blob:
        archive = open_archive(blob, path.name, _LIMITS)
        for entry in archive:
            rest = iter(entry.rest or ())
            if entry.kind == "file":
                yield entry.path, chain((entry.data,), rest)
            for _ in rest:
                pass
        for reason in archive.unread:
            raise SourceError(f"{reason}, and not read")


def _narrow(path: Path, place: Path) -> Path:
    """Return a log in an encoding whose ASCII is ASCII: what a Windows shell writes is UTF-16."""
    with path.open("rb") as stream:
        encoding = _WIDE.get(stream.read(2))
    if encoding is None:
        return path
    (place / "narrow").mkdir(exist_ok=True)
    target = place / "narrow" / path.name
    with path.open(encoding=encoding, errors="replace", newline="") as wide, target.open("w", newline="") as sink:
        shutil.copyfileobj(wide, sink, _BLOCK)
    return target
