"""Sections of programs: ELF, PE and Mach-O (64-bit, little-endian), as far as it takes to find one by name.

Sources: the System V ABI (ELF), Microsoft's PE format specification, Apple's mach-o/loader.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from doorward.sources.archives.source import Blob

#: First bytes of the programs that are read.
ELF, PE, MACHO = b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe"
#: Sections, and commands of Mach-O, that are looked at; bytes of one name and of one section.
_MOST, _NAME, _LARGEST = 4_096, 64, 64 << 20
_SEGMENT_64 = 0x19

Place = tuple[bytes, int, int]


def section(blob: Blob, name: bytes) -> bytes | None:
    """Return the content of the section of a name, None where the program has none or cannot be read."""
    head = blob.at(0, 64)
    try:
        if head.startswith(ELF):
            places = _elf(blob, head)
        elif head.startswith(MACHO):
            places = _macho(blob, head)
        else:
            places = _pe(blob, head)
        for found, offset, size in places:
            if found == name and size <= _LARGEST:
                return blob.at(offset, size)
    except struct.error:
        pass
    return None


def _elf(blob: Blob, head: bytes) -> Iterator[Place]:
    if head[4:6] != b"\x02\x01":
        return
    (start,) = struct.unpack_from("<Q", head, 0x28)
    size, count, names = struct.unpack_from("<HHH", head, 0x3A)
    rows = [blob.at(start + size * number, 64) for number in range(min(count, _MOST))]
    if names >= len(rows):
        return
    table, _ = struct.unpack_from("<QQ", rows[names], 0x18)
    for row in rows:
        (name,) = struct.unpack_from("<I", row)
        offset, length = struct.unpack_from("<QQ", row, 0x18)
        yield blob.at(table + name, _NAME).partition(b"\0")[0], offset, length


def _pe(blob: Blob, head: bytes) -> Iterator[Place]:
    (start,) = struct.unpack_from("<I", head, 0x3C)
    coff = blob.at(start, 24)
    if not coff.startswith(b"PE\0\0"):
        return
    (count,) = struct.unpack_from("<H", coff, 6)
    (optional,) = struct.unpack_from("<H", coff, 20)
    for number in range(min(count, _MOST)):
        row = blob.at(start + 24 + optional + 40 * number, 40)
        size, offset = struct.unpack_from("<II", row, 16)
        yield row[:8].rstrip(b"\0"), offset, size


def _macho(blob: Blob, head: bytes) -> Iterator[Place]:
    (count,) = struct.unpack_from("<I", head, 16)
    at = 32
    for _ in range(min(count, _MOST)):
        kind, size = struct.unpack("<II", blob.at(at, 8))
        if kind == _SEGMENT_64:
            (sections,) = struct.unpack("<I", blob.at(at + 64, 4))
            for number in range(min(sections, _MOST)):
                row = blob.at(at + 72 + 80 * number, 80)
                length, offset = struct.unpack_from("<QI", row, 40)
                yield row[:16].rstrip(b"\0"), offset, length
        if size < 8:  # noqa: PLR2004 - kind and size themselves
            return
        at += size
