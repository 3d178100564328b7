"""What a log is packed in: compression, an archive of several, UTF-16."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import IO

from doorward.errors import SourceError

#: Bytes of one log, and logs of one archive, that are looked at.
MOST, MANY = 8 << 30, 10_000
_BLOCK = 1 << 20
_PACKED: dict[bytes, ModuleType] = {b"\x1f\x8b": gzip, b"BZh": bz2, b"\xfd7zXZ\x00": lzma}
#: Forms that are told from a log, and not read.
_ZSTD = b"\x28\xb5\x2f\xfd"
_UNREAD = {b"7z\xbc\xaf\x27\x1c": "an archive of 7-Zip"}
with suppress(ImportError):  # the standard library has it from Python 3.14 on
    _PACKED[_ZSTD] = importlib.import_module("compression.zstd")
if _ZSTD not in _PACKED:
    _UNREAD[_ZSTD] = "compressed by Zstandard, which Python reads from 3.14 on"
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def plain_logs(path: Path, place: Path) -> Iterator[tuple[str, Path]]:
    """Yield each log in a file: how a person names it, and where it lies as plain text.

    What is not plain is written to the folder ``place``, one log at a time, under a name that is ours. Raises
    SourceError for a form that is not read and for what is too large; whatever reading raises passes.
    """
    with path.open("rb") as stream:
        head = stream.read(8)
    for sign, form in _UNREAD.items():
        if head.startswith(sign):
            raise SourceError(f"{path}: {form}: unpack it first")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _members(path, place)
        return
    reader = next((reader for sign, reader in _PACKED.items() if head.startswith(sign)), None)
    if reader is None:
        yield str(path), _narrow(path, place)
        return
    with reader.open(path) as packed:
        yield str(path), _narrow(_written(packed, place / path.stem, str(path)), place)


def _members(path: Path, place: Path) -> Iterator[tuple[str, Path]]:
    """Yield the logs of a zip, as forges hand out those of a CI job."""
    with zipfile.ZipFile(path) as archive:
        names = [info for info in archive.infolist() if not info.is_dir()]
        if len(names) > MANY:
            raise SourceError(f"{path}: more than {MANY:,} logs in one archive")
        for info in names:
            shown = f"{path}/{info.filename}"
            suffix = PurePosixPath(info.filename).suffix
            target = place / f"member{suffix if suffix.isascii() and suffix[1:].isalnum() else ''}"
            with archive.open(info) as packed:
                yield shown, _narrow(_written(packed, target, shown), place)


def _written(packed: IO[bytes], target: Path, shown: str) -> Path:
    size = 0
    with target.open("wb") as sink:
        while block := packed.read(_BLOCK):
            size += len(block)
            if size > MOST:
                raise SourceError(f"{shown}: larger than {MOST >> 30} GiB")
            sink.write(block)
    return target


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
