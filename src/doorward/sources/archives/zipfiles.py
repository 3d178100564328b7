"""Zip archives as a stream of entries: the central directory is believed, every local header is visited to compare.

An own reader, because the standard library's opens a file object for each entry and overlooks what stands between
entries, in a second header, or before and after the archive.
"""

from __future__ import annotations

import bz2
import lzma
import stat
import struct
from collections.abc import Callable, Iterator
from operator import attrgetter

from doorward.errors import DamagedArchive
from doorward.model.content import Anomaly
from doorward.sources.archives.entry import HEAD, WHOLE, Entry, Meter
from doorward.sources.archives.inflate import (
    ERRORS,
    LZMA_HEADER,
    MEMORY,
    Decompressor,
    Inflater,
    crc32,
    inflate,
    lzma_of_zip,
    pump,
)
from doorward.sources.archives.source import CHUNK, Blob
from doorward.sources.archives.zipdirectory import (
    DESCRIPTOR,
    ENCRYPTED,
    FULL,
    UTF8,
    Record,
    extra_fields,
    read_directory,
)

LOCAL = b"PK\3\4"
_LOCAL_RECORD = struct.Struct("<4sHHHHHIIIHH")
_DESCRIPTOR = b"PK\7\x08"
_STORED, _DEFLATED, _LZMA = 0, 8, 14
#: Methods that are read, with what opens their stream; LZMA's needs a look at its header.
_METHODS: dict[int, Callable[[], Decompressor]] = {
    _DEFLATED: lambda: Inflater(-15),
    12: bz2.BZ2Decompressor,
    95: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY),
}
#: Types of files, in the mode of an entry, that no archive of a release needs.
_SPECIAL = frozenset({stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK})
_KNOWN = frozenset({_STORED, _LZMA, *_METHODS})
_COMPARED_FLAGS = ENCRYPTED | DESCRIPTOR | UTF8


class ZipArchive:
    """A zip archive."""

    format = "zip"

    def __init__(self, blob: Blob, meter: Meter, entries: int) -> None:
        self.anomalies: list[Anomaly] = []
        self.unread: list[str] = []
        self._blob = blob
        self._meter = meter
        self._entries = entries

    def __iter__(self) -> Iterator[Entry]:
        """Yield every entry in the order of the bytes; raise DamagedArchive or ArchiveTooLarge."""
        directory, records = read_directory(self._blob, self._entries, self.anomalies)
        end = 0  # of what is accounted for
        for record in sorted(records, key=attrgetter("offset")):
            path = record.path
            self._meter.entry(path, record.size)
            start = self._compare(record, path)
            self._account(end, record.offset, path)
            end = start + record.packed
            if end > directory.start:
                raise DamagedArchive(f"{path} is cut off: its data runs into the central directory")
            if record.flags & DESCRIPTOR:
                end += self._descriptor(record, path, end)
            entry = self._entry(record, path, start)
            if entry is not None:
                yield entry
        self._account(end, directory.start, "the central directory")

    def _compare(self, record: Record, path: str) -> int:
        """Compare the local header with the central one; return where the data starts."""
        name_size: int
        extra_size: int
        head = self._blob.at(record.offset, _LOCAL_RECORD.size + len(record.name))
        if len(head) < _LOCAL_RECORD.size or not head.startswith(LOCAL):
            raise DamagedArchive(f"{path} has no local header at byte {record.offset:,}")
        _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL_RECORD.unpack_from(head)
        fixed = _LOCAL_RECORD.size
        start = record.offset + fixed + name_size + extra_size
        if (
            name_size != len(record.name)
            or head[fixed:] != record.name
            or method != record.method
            or (flags ^ record.flags) & _COMPARED_FLAGS
            or (crc, packed, size) != (record.crc, record.packed, record.size)
        ):
            name = self._blob.at(record.offset + fixed, name_size)
            extra = self._blob.at(record.offset + fixed + name_size, extra_size)
            local = Record(name, flags, method, crc, packed, size, 0, 0)
            self._report_difference(record, local, extra, path)
        return start

    def _report_difference(self, record: Record, local: Record, extra: bytes, path: str) -> None:
        differences = []
        if local.name != record.name:
            differences.append(f"its local header names it {local.path}")
        if local.method != record.method:
            differences.append(f"method {record.method}, by its local header {local.method}")
        if (local.flags ^ record.flags) & _COMPARED_FLAGS:
            differences.append(f"flags {record.flags:#06x}, by its local header {local.flags:#06x}")
        sizes = (local.packed, local.size)
        if FULL in sizes:
            sizes = _wide_sizes(local, extra)
        stated = (local.crc, *sizes)
        # where the sizes follow the data, the local header has zeros
        if stated != (record.crc, record.packed, record.size) and not (local.flags & DESCRIPTOR and not any(stated)):
            differences.append(f"{record.size:,} bytes, by its local header {sizes[1]:,} (or another checksum)")
        if differences:
            self.anomalies.append(Anomaly("header-mismatch", path, "; ".join(differences)))

    def _account(self, end: int, offset: int, what: str) -> None:
        """Report bytes that no entry accounts for, and entries that share bytes."""
        if offset > end:
            gap = self._blob.at(end, min(offset - end, HEAD))
            zeros = ", all zero" if gap.count(0) == offset - end else ""
            detail = f"{offset - end:,} bytes that belong to no entry, before {what}{zeros}"
            if LOCAL in gap:
                detail += "; an entry that the central directory does not list is among them"
            self.anomalies.append(Anomaly("hidden-data", "", detail))
        elif offset < end:
            detail = f"shares {end - offset:,} bytes with the entry before it"
            self.anomalies.append(Anomaly("header-mismatch", what, detail))

    def _descriptor(self, record: Record, path: str, end: int) -> int:
        """Return the length of the data descriptor at ``end``; report one that disagrees."""
        data = self._blob.at(end, 24)
        narrow = struct.pack("<III", record.crc, record.packed & FULL, record.size & FULL)
        wide = struct.pack("<IQQ", record.crc, record.packed, record.size)
        for form in (_DESCRIPTOR + narrow, _DESCRIPTOR + wide, narrow, wide):
            if data.startswith(form):
                return len(form)
        self.anomalies.append(Anomaly("header-mismatch", path, "the sizes after its data are missing or others"))
        return 16 if data.startswith(_DESCRIPTOR) else 0

    def _entry(self, record: Record, path: str, start: int) -> Entry | None:
        if record.flags & ENCRYPTED:
            self.anomalies.append(Anomaly("encrypted", path, "cannot be read without a password"))
            self.unread.append(f"{path} is encrypted")
            return None
        if path.endswith("/"):
            if not record.size:
                return Entry(path, "directory", 0)
            self.anomalies.append(Anomaly("hidden-data", path, f"a folder with {record.size:,} bytes of content"))
        if record.method not in _KNOWN:
            self.unread.append(f"{path} is compressed with the unknown method {record.method}")
            return None
        kind = "symlink" if stat.S_ISLNK(record.mode) else "file"
        if stat.S_IFMT(record.mode) in _SPECIAL:
            self.anomalies.append(Anomaly("device", path, f"a device, a FIFO or the like (mode {record.mode:#o})"))
        try:
            if record.size > WHOLE:
                pieces = self._stream(record, path, start)
                return Entry(path, kind, record.size, next(pieces, b""), pieces)
            return Entry(path, kind, record.size, self._whole(record, path, start))
        except ERRORS as error:
            raise DamagedArchive(f"{path} is damaged: {error}") from error

    def _whole(self, record: Record, path: str, start: int) -> bytes:
        self._meter.take(record.size)
        if record.method == _DEFLATED:
            data, unused = inflate(self._blob.at(start, record.packed), record.size)
            if unused:
                self._report_unused(path, unused)
        elif record.method == _STORED:
            data = self._blob.at(start, min(record.packed, record.size + 1))
        else:
            data = b"".join(self._unpacked(record, path, start))
        if len(data) != record.size or crc32(data) != record.crc:
            raise DamagedArchive(f"{path} is damaged: its checksum or size does not fit")
        return data

    def _stream(self, record: Record, path: str, start: int) -> Iterator[bytes]:
        crc = size = 0
        try:
            for piece in self._unpacked(record, path, start):
                self._meter.take(len(piece))
                crc = crc32(piece, crc)
                size += len(piece)
                yield piece
        except ERRORS as error:
            raise DamagedArchive(f"{path} is damaged: {error}") from error
        if size != record.size or crc != record.crc:
            raise DamagedArchive(f"{path} is damaged: its checksum or size does not fit")

    def _unpacked(self, record: Record, path: str, start: int) -> Iterator[bytes]:
        """Yield the pieces of an entry; a little more than its size where it has more."""
        end = start + record.packed
        left = record.size
        if record.method == _LZMA:
            decompressor: Decompressor = lzma_of_zip(self._blob.at(start, min(LZMA_HEADER, record.packed)))
            start += LZMA_HEADER
        elif record.method == _STORED:
            yield from (self._blob.at(offset, min(CHUNK, end - offset)) for offset in range(start, end, CHUNK))
            return
        else:
            decompressor = _METHODS[record.method]()
        for offset in range(start, end, CHUNK):
            for piece in pump(decompressor, self._blob.at(offset, min(CHUNK, end - offset))):
                yield piece
                left -= len(piece)
                if left < 0:
                    return
            if decompressor.eof:
                unused = len(decompressor.unused_data) + max(end - offset - CHUNK, 0)
                if unused:
                    self._report_unused(path, unused)
                return

    def _report_unused(self, path: str, unused: int) -> None:
        self.anomalies.append(Anomaly("hidden-data", path, f"{unused:,} bytes after its compressed data"))


def _wide_sizes(local: Record, extra: bytes) -> tuple[int, int]:
    """Return packed and unpacked size of a local header by its zip64 extra field (unpacked comes first there)."""
    value = dict(extra_fields(extra)).get(1, b"")
    numbers = iter(struct.unpack(f"<{len(value) // 8}Q", value[: len(value) // 8 * 8]))
    size = next(numbers, FULL) if local.size == FULL else local.size
    packed = next(numbers, FULL) if local.packed == FULL else local.packed
    return packed, size
