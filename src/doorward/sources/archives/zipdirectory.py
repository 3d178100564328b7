"""The directory of a zip archive: its end record, its entries, and where they disagree with themselves.

The format is PKWARE's APPNOTE 6.3. The central directory is believed for the list, as installers do.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from doorward.errors import ArchiveTooLarge, DamagedArchive
from doorward.model.content import Anomaly
from doorward.records import dataclass
from doorward.sources.archives.source import Blob

END = b"PK\5\6"
CENTRAL = b"PK\1\2"
_END64 = b"PK\6\6"
_LOCATOR64 = b"PK\6\7"
_LOCATOR_SIZE = 20
_END_RECORD = struct.Struct("<4sHHHHIIH")
_END64_RECORD = struct.Struct("<4sQHHIIQQQQ")
_CENTRAL_RECORD = struct.Struct("<4sHHHHHHIIIHHHHHII")
_COMMENT = 0xFFFF
#: A field of 32 bits that says "look at the zip64 extra field".
FULL = 0xFFFFFFFF
#: Extra fields: 64-bit sizes, and another name that some unpackers prefer.
_ZIP64_EXTRA, _UNICODE_PATH_EXTRA = 0x0001, 0x7075
#: Bytes that central directories may have: 200,000 entries with long names need about 40 MB.
_DIRECTORY_BYTES = 256 << 20
#: Flags that change how an entry is read: encrypted, sizes follow the data, strong encryption, UTF-8 names.
ENCRYPTED, DESCRIPTOR, UTF8 = 0x0001, 0x0008, 0x0800


@dataclass(slots=True)
class Record:
    """One entry of the central directory."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    #: Unix file mode, 0 where the entry was not made on Unix.
    mode: int

    @property
    def path(self) -> str:
        """The name decoded: UTF-8 where the flag says so, else code page 437, as zip has it."""
        if self.flags & UTF8:
            return self.name.decode("utf-8", "backslashreplace")
        return self.name.decode("cp437")


@dataclass(slots=True)
class Directory:
    """What the end record points to."""

    #: Where the central directory starts, its length, and the bytes that stand before the archive.
    start: int
    size: int
    prefix: int
    #: Number of entries as stated.
    count: int


def find_end(blob: Blob) -> int:
    """Return where the end record starts, -1 where there is none. The last one counts, as for installers."""
    tail_size = min(blob.size, _END_RECORD.size + _COMMENT)
    tail = blob.at(blob.size - tail_size, tail_size)
    last = len(tail) - _END_RECORD.size  # where the record can start at the latest
    found = tail.rfind(END, 0, last + len(END)) if last >= 0 else -1
    return blob.size - tail_size + found if found >= 0 else -1


def read_directory(blob: Blob, cap: int, anomalies: list[Anomaly]) -> tuple[Directory, list[Record]]:
    """Return the directory and its records, at most ``cap`` of them, in their order.

    Raises DamagedArchive or ArchiveTooLarge.
    """
    end = find_end(blob)
    if end < 0:
        raise DamagedArchive("truncated: the zip archive has no end record")
    directory = _locate(blob, end, anomalies)
    if directory.size > _DIRECTORY_BYTES:
        raise ArchiveTooLarge(f"a central directory of {directory.size:,} bytes")
    found = _records(blob.at(directory.start, directory.size), directory, anomalies)
    records = list(islice(found, cap + 1))
    if len(records) > cap:
        raise ArchiveTooLarge(f"more than {cap:,} entries")
    if len(records) != directory.count:
        detail = f"{directory.count:,} entries by the end record, {len(records):,} in the central directory"
        anomalies.append(Anomaly("header-mismatch", "", detail))
    return directory, records


def _locate(blob: Blob, end: int, anomalies: list[Anomaly]) -> Directory:
    fields = _END_RECORD.unpack(blob.at(end, _END_RECORD.size))
    count, size, offset, comment = fields[4:]
    behind = blob.size - end - _END_RECORD.size - comment
    if behind:
        detail = f"{behind:,} bytes after the end record" if behind > 0 else "a comment that is cut off"
        anomalies.append(Anomaly("hidden-data", "", detail))
    anchor = end
    wide = _end64(blob, end)
    if wide:
        anchor, count64, size64, offset64 = wide
        if (count not in (0xFFFF, count64)) or (size not in (FULL, size64)) or (offset not in (FULL, offset64)):
            anomalies.append(Anomaly("header-mismatch", "", "the end record and its zip64 twin disagree"))
        count, size, offset = count64, size64, offset64
    start = anchor - size
    if start < 0:
        raise DamagedArchive("truncated: the central directory starts before the file")
    if size and blob.at(start, 4) != CENTRAL and blob.at(offset, 4) == CENTRAL:
        detail = f"{anchor - offset - size:,} bytes between the central directory and its end record"
        anomalies.append(Anomaly("hidden-data", "", detail))
        start = offset
    if start < offset:
        raise DamagedArchive("truncated: the central directory is not where the end record says")
    return Directory(start, size, start - offset, count)


def _end64(blob: Blob, end: int) -> tuple[int, int, int, int] | None:
    """Return position, count, size and offset by the zip64 end record, where there is one."""
    locator = blob.at(end - _LOCATOR_SIZE, _LOCATOR_SIZE) if end >= _LOCATOR_SIZE else b""
    if not locator.startswith(_LOCATOR64):
        return None
    stated = int.from_bytes(locator[8:16], "little")
    for position in (end - _LOCATOR_SIZE - _END64_RECORD.size, stated):
        record = blob.at(position, _END64_RECORD.size) if 0 <= position < end else b""
        if len(record) == _END64_RECORD.size and record.startswith(_END64):
            fields = _END64_RECORD.unpack(record)
            return position, fields[7], fields[8], fields[9]
    raise DamagedArchive("the zip64 end record is not where its locator says")


def _records(data: bytes, directory: Directory, anomalies: list[Anomaly]) -> Iterator[Record]:
    position = 0
    unpack, fixed = _CENTRAL_RECORD.unpack_from, _CENTRAL_RECORD.size
    while position < len(data):
        if len(data) - position < fixed:
            raise DamagedArchive(f"truncated: the central directory is cut off at byte {directory.start + position:,}")
        (magic, made_by, _, flags, method, _, _, crc, packed, size,
         name_size, extra_size, comment_size, _, _, attributes, offset) = unpack(data, position)  # fmt: skip
        if magic != CENTRAL:
            raise DamagedArchive(f"the central directory is damaged at byte {directory.start + position:,}")
        name_end = position + fixed + name_size
        name = data[position + fixed : name_end]
        mode = attributes >> 16 if made_by >> 8 == 3 else 0  # noqa: PLR2004 - made on Unix
        record = Record(name, flags, method, crc, packed, size, offset, mode)
        if extra_size:
            _extend(record, data[name_end : name_end + extra_size], anomalies)
        record.offset += directory.prefix
        position = name_end + extra_size + comment_size
        yield record


def _extend(record: Record, extra: bytes, anomalies: list[Anomaly]) -> None:
    """Take 64-bit sizes from the extra fields, and report a second name."""
    for kind, value in extra_fields(extra):
        if kind == _ZIP64_EXTRA:
            numbers = iter(struct.unpack(f"<{len(value) // 8}Q", value[: len(value) // 8 * 8]))
            record.size = next(numbers, FULL) if record.size == FULL else record.size
            record.packed = next(numbers, FULL) if record.packed == FULL else record.packed
            record.offset = next(numbers, FULL) if record.offset == FULL else record.offset
        elif kind == _UNICODE_PATH_EXTRA and value[5:] != record.name:
            other = value[5:].decode("utf-8", "backslashreplace")
            anomalies.append(Anomaly("header-mismatch", record.path, f"an extra field names it {other}"))


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (id, value) of the extra fields, as far as they are whole."""
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, position)
        yield kind, extra[position + 4 : position + 4 + size]
        position += 4 + size
