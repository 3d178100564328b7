"""Where a mapped program keeps a symbol: as much of ELF as that takes (64 bits, little-endian)."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable, Iterator, Mapping

from doorward.records import dataclass

_HEADER, _SEGMENT, _SECTION, _SYMBOL = 64, 56, 64, 24
_LOAD, _DYNAMIC_SYMBOLS = 1, 11
_MAX_HEADERS = 1000
_MAX_TABLE = 1 << 24
_MAX_MAPS = 1 << 22


@dataclass(frozen=True, slots=True)
class Image:
    """What a file says about its symbols."""

    #: The address that the file's first byte is linked at.
    base: int
    symbols: Mapping[str, int]


def mapped_files(pid: int) -> Iterator[tuple[str, int]]:
    """Yield each mapped file with the address of its first byte. Raises OSError."""
    with open(f"/proc/{pid}/maps", "rb") as file:  # noqa: PTH123 - the caller waits
        text = file.read(_MAX_MAPS)
    for line in text.splitlines():
        columns = line.split(None, 5)
        if len(columns) == 6 and columns[5][:1] == b"/" and not columns[2].strip(b"0"):  # noqa: PLR2004 - the last is the path
            yield os.fsdecode(columns[5]), int(columns[0].partition(b"-")[0], 16)


def read_image(path: str, wanted: Iterable[str]) -> Image:
    """Find symbols that a file exports. Raises OSError, and ValueError for what is no such file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("not a file")
        return _read(descriptor, tuple(wanted))
    except struct.error as error:
        raise ValueError("not a whole program") from error
    finally:
        os.close(descriptor)


def _read(descriptor: int, wanted: tuple[str, ...]) -> Image:
    header = os.pread(descriptor, _HEADER, 0)
    if header[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not a program of 64 bits")
    segments_at, sections_at = struct.unpack_from("<QQ", header, 32)
    _, segments, _, sections = struct.unpack_from("<HHHH", header, 54)
    base = next(
        address - offset
        for kind, offset, address in _segments(_table(descriptor, segments_at, segments * _SEGMENT))
        if kind == _LOAD
    )
    table = _table(descriptor, sections_at, min(sections, _MAX_HEADERS) * _SECTION)
    found: dict[str, int] = {}
    for position in range(0, len(table), _SECTION):
        _, kind, _, _, offset, size, link = struct.unpack_from("<IIQQQQI", table, position)
        if kind == _DYNAMIC_SYMBOLS:
            names = struct.unpack_from("<QQ", table, link * _SECTION + 24)
            found |= _symbols(_table(descriptor, offset, size), _table(descriptor, *names), wanted)
    return Image(base, found)


def _table(descriptor: int, offset: int, size: int) -> bytes:
    if size > _MAX_TABLE or offset >= 1 << 62:
        raise ValueError("a table without measure")
    return os.pread(descriptor, size, offset)


def _segments(table: bytes) -> Iterator[tuple[int, int, int]]:
    for position in range(0, len(table), _SEGMENT):
        kind, _, offset, address = struct.unpack_from("<IIQQ", table, position)
        yield kind, offset, address
    raise ValueError("nothing is loaded")


def _symbols(table: bytes, names: bytes, wanted: tuple[str, ...]) -> dict[str, int]:
    places = {names.find(b"\0%s\0" % name.encode()) + 1: name for name in wanted}
    places.pop(0, None)
    whole = table[: len(table) - len(table) % _SYMBOL]
    entries = struct.iter_unpack("<IBBHQQ", whole)
    return {places[entry[0]]: entry[4] for entry in entries if entry[0] in places}
