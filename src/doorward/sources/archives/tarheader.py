"""The headers of a tar archive: ustar, the older v7, GNU's long names, and pax records."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from types import MappingProxyType

from doorward.errors import DamagedArchive
from doorward.records import dataclass

BLOCK = 512
ZERO = bytes(BLOCK)

#: Kinds of entries by type flag; what is not listed is read as a file, as most unpackers do.
KINDS: Mapping[bytes, str] = MappingProxyType({
    b"0": "file", b"\0": "file", b"7": "file", b"1": "hardlink", b"2": "symlink",
    b"3": "device", b"4": "device", b"5": "directory", b"6": "device",
})  # fmt: skip
_USTAR = b"ustar\0"
#: First byte of a number that is not written in octal digits.
_BASE_256 = 0x80
#: Adler-32 keeps the sum of the bytes modulo this number, and is far faster than summing in Python.
_ADLER = 65521


@dataclass(slots=True)
class Header:
    """One header block."""

    path: str
    type: bytes
    size: int
    link: str


def parse_header(block: bytes, where: int) -> Header:
    """Parse a header block of 512 bytes that starts at byte ``where``; raise DamagedArchive."""
    if not _checksum_fits(block):
        raise DamagedArchive(f"the tar header at byte {where:,} is damaged: its checksum does not fit")
    path = _text(block[:100])
    if block[345] and block[257:263] == _USTAR:
        path = f"{_text(block[345:500])}/{path}"
    link = _text(block[157:257]) if block[157] else ""
    return Header(path, block[156:157], parse_number(block[124:136], where), link)


def is_header(block: bytes) -> bool:
    """Whether the first bytes of a stream are the header of a tar archive."""
    if len(block) < BLOCK or block == ZERO:
        return False
    try:
        parse_header(block, 0)
    except DamagedArchive:
        return False
    return True


def parse_number(field: bytes, where: int) -> int:
    """Parse a number field: octal digits, or GNU's base 256; raise DamagedArchive, also where it is negative."""
    if field[0] == _BASE_256:
        return int.from_bytes(field[1:], "big")
    try:
        number = int(field.partition(b"\0")[0].strip() or b"0", 8)
    except ValueError:
        number = -1
    if number < 0:
        raise DamagedArchive(f"the tar header at byte {where:,} is damaged: its size is no number")
    return number


def parse_pax(data: bytes, where: int) -> dict[str, str]:
    """Parse the records ``length key=value`` of a pax header; raise DamagedArchive.

    A value that holds a NUL is kept with it, for the reader to report.
    """
    records = {}
    position = 0
    while position < len(data) and data[position]:
        space = data.find(b" ", position, position + 12)
        digits = data[position:space] if space > 0 else b""
        length = int(digits) if digits.isdigit() else 0
        record = data[position : position + length]
        key, equals, value = record[space + 1 - position :].partition(b"=")
        if len(record) != length or not equals or not value.endswith(b"\n"):
            raise DamagedArchive(f"the pax header at byte {where:,} is damaged")
        records[decode(key)] = decode(value[:-1])
        position += length
    return records


def decode(name: bytes) -> str:
    """Decode a name; bytes that are not UTF-8 become backslash escapes, so that different names stay different."""
    return name.decode("utf-8", "backslashreplace")


def _text(field: bytes) -> str:
    return decode(field.partition(b"\0")[0])


def _checksum_fits(block: bytes) -> bool:
    try:
        stated = int(block[148:156].strip(b" \0") or b"0", 8)
    except ValueError:
        return False
    blank = stated + sum(block[148:156]) - 8 * 32  # the field itself counts as spaces
    if (blank + 1) % _ADLER == zlib.adler32(block) & 0xFFFF:
        return True
    signed = sum(memoryview(block[:148] + b" " * 8 + block[156:]).cast("b"))
    return stated == signed  # some old writers summed signed bytes
