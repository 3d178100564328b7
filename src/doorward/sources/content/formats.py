"""The format of a file by its first bytes: an own small table, because the general libraries take a millisecond a file.

Magic numbers are those of the formats' own specifications.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType

#: (format, where the magic stands, the magic). The first that fits counts.
_TABLE: tuple[tuple[str, int, bytes], ...] = (
    ("elf", 0, b"\x7fELF"),
    ("wasm", 0, b"\0asm"),
    ("macho", 0, b"\xfe\xed\xfa\xce"),
    ("macho", 0, b"\xfe\xed\xfa\xcf"),
    ("macho", 0, b"\xce\xfa\xed\xfe"),
    ("macho", 0, b"\xcf\xfa\xed\xfe"),
    ("macho", 0, b"\xca\xfe\xba\xbf"),
    ("zip", 0, b"PK\3\4"),
    ("zip", 0, b"PK\5\6"),
    ("gzip", 0, b"\x1f\x8b\x08"),
    ("xz", 0, b"\xfd7zXZ\0"),
    ("bz2", 0, b"BZh"),
    ("zstd", 0, b"\x28\xb5\x2f\xfd"),
    ("lz4", 0, b"\x04\x22\x4d\x18"),
    ("7z", 0, b"7z\xbc\xaf\x27\x1c"),
    ("rar", 0, b"Rar!\x1a\x07"),
    ("cab", 0, b"MSCF\0\0\0\0"),
    ("ar", 0, b"!<arch>\n"),
    ("rpm", 0, b"\xed\xab\xee\xdb"),
    ("ole", 0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("pdf", 0, b"%PDF-"),
    ("png", 0, b"\x89PNG\r\n\x1a\n"),
    ("jpeg", 0, b"\xff\xd8\xff"),
    ("gif", 0, b"GIF87a"),
    ("gif", 0, b"GIF89a"),
    ("webp", 8, b"WEBPVP8"),
    ("wav", 8, b"WAVEfmt "),
    ("ico", 0, b"\0\0\1\0"),
    ("tiff", 0, b"II*\0"),
    ("tiff", 0, b"MM\0*"),
    ("mp3", 0, b"ID3\2"),
    ("mp3", 0, b"ID3\3"),
    ("mp3", 0, b"ID3\4"),
    ("ogg", 0, b"OggS\0"),
    ("flac", 0, b"fLaC\0"),
    ("mp4", 4, b"ftyp"),
    ("webm", 0, b"\x1a\x45\xdf\xa3"),
    ("woff", 0, b"wOFF"),
    ("woff2", 0, b"wOF2"),
    ("font", 0, b"\0\1\0\0\0"),
    ("font", 0, b"OTTO\0"),
    ("font", 0, b"true\0"),
    ("sqlite", 0, b"SQLite format 3\0"),
    ("npy", 0, b"\x93NUMPY"),
    ("hdf5", 0, b"\x89HDF\r\n\x1a\n"),
    ("parquet", 0, b"PAR1"),
    ("dex", 0, b"dex\n0"),
    ("llvm", 0, b"BC\xc0\xde"),
    ("lnk", 0, b"L\0\0\0\1\x14\2\0"),
    ("tar", 257, b"ustar"),
)


def _by_first_byte() -> Mapping[int, tuple[tuple[str, bytes], ...]]:
    index: dict[int, list[tuple[str, bytes]]] = {}
    for name, offset, magic in _TABLE:
        if not offset:
            index.setdefault(magic[0], []).append((name, magic))
    return MappingProxyType({first: tuple(pairs) for first, pairs in index.items()})


_INDEX = _by_first_byte()
_INNER = tuple((name, offset, magic) for name, offset, magic in _TABLE if offset)
#: Bytes that text has no use for: control characters but tab, line ends, form feed, backspace and escape.
_CONTROLS = bytes(code for code in range(32) if chr(code) not in "\t\n\r\f\b\x1b\v")
#: Bytes at the start that decide whether a file is text.
_HEAD = 4096
#: Of the first 1,024 bytes of a text, one in this many may be a control character: terminal captures have some.
_CONTROL_HEAD, _CONTROL_SHARE = 1024, 100
_TAB, _M, _DELETE = 0x09, 0x4D, 0x7F
#: "Magic numbers" of Python's bytecode by their low 16 bits: 2.0 to 2.7, and 3.0 on.
_BYTECODE = (range(50_000, 63_000), range(3000, 5000))
#: Flags of bytecode that is taken for its source without a look at it (PEP 552).
_UNCHECKED = b"\1\0\0\0"
_JAVA_MAJOR = 45
#: Bytes that a fat binary and a DOS program have at least, and the byte that opens a pickle.
_FAT_HEADER, _DOS_HEADER, _PICKLE = 8, 64, 0x80
_PICKLE_PROTOCOLS = (2, 3, 4, 5)


def format_of(data: bytes) -> str:
    """Return the format of ``data``, which holds at least the file's first 4,096 bytes; "" where it is unknown."""
    if not data:
        return ""
    first = data[0]
    for name, magic in _INDEX.get(first, ()):
        if data.startswith(magic):
            return name
    if first == _M or not _TAB <= first < _DELETE:
        structure = _by_structure(data)
        if structure:
            return structure
    return "text" if is_text(data) else _inside(data)


def is_text(data: bytes) -> bool:
    """Whether the first 4,096 bytes are text: UTF-8, UTF-16 with a mark, or an older character set."""
    head = data[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if 0 in head:
        return False
    start = head[:_CONTROL_HEAD]
    if (len(start) - len(start.translate(None, _CONTROLS))) * _CONTROL_SHARE > len(start):
        return False
    # of random bytes one in ten is a control character, so only a short file needs to prove its encoding
    return len(start) == _CONTROL_HEAD or head.isascii() or _is_utf8(head)


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _by_structure(data: bytes) -> str:
    first = data[0]
    if data.startswith(b"MZ"):
        return _executable(data)
    if data.startswith(b"\xca\xfe\xba\xbe") and len(data) >= _FAT_HEADER:
        # Java's class files and Apple's fat binaries share this magic; the next number tells a version from a count
        return "class" if struct.unpack_from(">I", data, 4)[0] & 0xFFFF >= _JAVA_MAJOR else "macho"
    if data[2:4] == b"\r\n" and any(struct.unpack_from("<H", data)[0] in numbers for numbers in _BYTECODE):
        return "pyc-unchecked" if data[4:8] == _UNCHECKED else "pyc"
    if first == _PICKLE and data[1:2] and data[1] in _PICKLE_PROTOCOLS and data.endswith(b"."):
        return "pickle"
    return ""


def _executable(data: bytes) -> str:
    """Return "pe", "dos", or "" where a text merely starts with MZ."""
    if len(data) < _DOS_HEADER:
        return ""
    header = struct.unpack_from("<I", data, 60)[0]
    if data[header : header + 4] == b"PE\0\0":
        return "pe"
    return "" if is_text(data) else "dos"


def _inside(data: bytes) -> str:
    for name, offset, magic in _INNER:
        if data.startswith(magic, offset):
            return name
    return ""
