"""Zip archives of very many small records: some 5 us an entry.

Feeds come in archives of up to a million members, for each of which the reader of artifacts, which looks for more,
takes ten times as long. They are read once, in the order of the central directory, without a list of them in memory;
what a member may unpack to is capped, and so is the whole. The format is PKWARE's APPNOTE 6.3.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from mmap import ACCESS_READ, MADV_DONTNEED, mmap
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

from doorward.errors import FeedError
from doorward.records import dataclass
from doorward.sources.archives.inflate import ERRORS, fast, inflate_each

END, END64, LOCATOR64, CENTRAL, LOCAL = b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\1\2", b"PK\3\4"
_END_RECORD = struct.Struct("<4sHHHHIIH")
_LOCATOR = struct.Struct("<4sIQI")
_END64_RECORD = struct.Struct("<4sQHHIIQQQQ")
#: Mark, flags, method, CRC-32, packed and unpacked size, lengths of name, extra field and comment, offset.
_CENTRAL_RECORD = struct.Struct("<4s4xHH4xIIIHHH8xI")
_CENTRAL_SIZE = _CENTRAL_RECORD.size
#: Mark, and the lengths of name and extra field.
_LOCAL_RECORD = struct.Struct("<4s22xHH")
_LOCAL_SIZE = _LOCAL_RECORD.size
_LENGTHS = struct.Struct("<HH")
_COMMENT = 0xFFFF
_FULL = 0xFFFFFFFF
_STORED, _DEFLATED, _ENCRYPTED = 0, 8, 1
#: What reading a member that is not sound raises.
_UNSOUND: tuple[type[Exception], ...] = (*ERRORS, FeedError)
#: Deflate never makes more than about 1,032 bytes of one, so members that are together this small need no watch while
#: they unpack; at most so many are read together.
_SMALL, BATCH = 64 << 10, 128
_PIECE = 1 << 20
_NO_MEMBER = "damaged: the directory points to where no member is"
_TOO_EARLY = "damaged: the zip archive's directory ends too early"
#: Members of an archive, and bytes that all of them may unpack to for each byte of the archive, once over FREE bytes.
MAX_MEMBERS = 5_000_000
RATIO, FREE = 200, 256 << 20
#: Unpacked bytes after which the pages of the archive that were read are given back.
_MAPPED = 64 << 20


#: Name and content of a member that was small and sound.
Small: TypeAlias = tuple[str, bytes]
#: Of a member: name, flags, method, CRC-32, packed and unpacked size, offset of its local header.
_Entry: TypeAlias = tuple[str, int, int, int, int, int, int]


@dataclass(slots=True)
class Member:
    """One member, as its archive's directory has it."""

    archive: Archive
    name: str
    method: int
    flags: int
    crc: int
    packed: int
    offset: int

    def open(self) -> BinaryIO:
        """Return a stream of it, which raises :class:`FeedError` where it is damaged."""
        return buffered(Stream(self.pieces()))

    def pieces(self) -> Iterator[bytes]:
        """Yield it in pieces of at most a megabyte; raise where the checksum of all of them is wrong."""
        checksum = 0
        for piece in self._stored() if self.method == _STORED else self._inflated():
            checksum = zlib.crc32(piece, checksum)
            self.archive.account(len(piece))
            yield piece
        if checksum != self.crc:
            raise FeedError("damaged: its checksum does not match")

    def _stored(self) -> Iterator[bytes]:
        data = memoryview(self._packed())
        for at in range(0, len(data), _PIECE):
            yield bytes(data[at : at + _PIECE])

    def _inflated(self) -> Iterator[bytes]:
        data = memoryview(self._packed())
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        for at in range(0, len(data), _SMALL):
            pending = bytes(data[at : at + _SMALL])
            while pending and not unpacker.eof:
                piece = _decompress(unpacker, pending)
                pending = unpacker.unconsumed_tail
                if piece:
                    yield piece
        if not unpacker.eof:
            raise FeedError("truncated")

    def _packed(self) -> bytes:
        if self.flags & _ENCRYPTED:
            raise FeedError("encrypted")
        if self.method not in {_STORED, _DEFLATED}:
            raise FeedError(f"packed by a method that doorward does not read ({self.method})")
        return self.archive.packed(self.offset, self.packed)


def _decompress(unpacker: zlib._Decompress, data: bytes) -> bytes:
    try:
        return unpacker.decompress(data, _PIECE)
    except zlib.error as error:
        raise FeedError(f"damaged: {error}") from error


def buffered(raw: io.RawIOBase) -> BinaryIO:
    """Return a raw stream as one that people read from."""
    return cast("BinaryIO", io.BufferedReader(cast("Any", raw), _PIECE))


class Stream(io.RawIOBase):
    """Pieces as a raw stream, whose source is closed with it."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill a buffer as far as the current piece goes."""
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        """Close what the pieces come from."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
        super().close()


class Archive:
    """One open archive, to be read once."""

    def __init__(self, path: Path) -> None:
        """Map the file; raise :class:`FeedError` where it is no complete zip archive."""
        try:
            with path.open("rb") as file:
                self._data = mmap(file.fileno(), 0, access=ACCESS_READ)
        except (OSError, ValueError) as error:
            raise FeedError(f"{path.name}: cannot be read: {error}") from error
        self._size = len(self._data)
        self._unpacked, self._most = 0, FREE + RATIO * self._size
        self._pause = min(_MAPPED, self._most)
        try:
            self.count, self._start, self._end = self._locate()
        except BaseException:
            self._data.close()
            raise

    def close(self) -> None:
        """Unmap the file."""
        self._data.close()

    def batches(self) -> Iterator[list[Small | Member]]:
        """Yield the members that are files, in the order of the central directory, several at a time.

        Small, sound ones are read already; reading another as a stream tells what is wrong with it. Archives of a
        million members are common, hence the plainness here, and that many are unpacked with few calls.
        """
        small: list[_Entry] = []
        size = 0
        for entry in self._entries():
            _, flags, method, _, packed, _, _ = entry
            if packed > _SMALL or method != _DEFLATED or flags & _ENCRYPTED:
                if small:
                    yield self._read(small)
                    small, size = [], 0
                yield [self._member(entry)]
                continue
            if size + packed > _SMALL or len(small) == BATCH:
                yield self._read(small)
                small, size = [], 0
            small.append(entry)
            size += packed
        if small:
            yield self._read(small)

    def _entries(self) -> Iterator[_Entry]:
        """Yield what the central directory says of each member that is a file."""
        data, at, end, unpack = self._data, self._start, self._end, _CENTRAL_RECORD.unpack_from
        for _ in range(self.count):
            if at + _CENTRAL_SIZE > end:
                raise FeedError(_TOO_EARLY)
            mark, flags, method, crc, packed, unpacked, name_size, extra_size, comment_size, offset = unpack(data, at)
            if mark != CENTRAL:
                raise FeedError(_TOO_EARLY)
            at += _CENTRAL_SIZE
            name_end = at + name_size
            name = data[at:name_end].decode("utf-8", "backslashreplace")
            if _FULL in (packed, unpacked, offset):
                packed, unpacked, offset = _wide(data[name_end : name_end + extra_size], packed, unpacked, offset)
            at = name_end + extra_size + comment_size
            if not name.endswith("/"):
                yield name, flags, method, crc, packed, unpacked, offset

    def _read(self, entries: list[_Entry]) -> list[Small | Member]:
        """Return small members read; those that are not sound, as what is still to be read."""
        names, _, _, checksums, packed, sizes, offsets = zip(*entries, strict=True)
        try:
            contents = inflate_each(list(map(self.packed, offsets, packed)), sizes)
        except _UNSOUND:
            # One of them is damaged: read each by itself.
            return [self._member(entries[0])] if len(entries) == 1 else [self._read([one])[0] for one in entries]
        self.account(sum(map(len, contents)))
        if tuple(map(fast.crc32, contents)) == checksums:
            return list(zip(names, contents, strict=True))
        return [
            (entry[0], content) if fast.crc32(content) == entry[3] else self._member(entry)
            for entry, content in zip(entries, contents, strict=True)
        ]

    def _member(self, entry: _Entry) -> Member:
        name, flags, method, crc, packed, _, offset = entry
        return Member(self, name, method, flags, crc, packed, offset)

    def packed(self, offset: int, size: int) -> bytes:
        """Return the packed bytes of the member whose local header is at ``offset``."""
        data = self._data
        if offset + _LOCAL_SIZE > self._size:
            raise FeedError(_NO_MEMBER)
        mark, name_size, extra_size = _LOCAL_RECORD.unpack_from(data, offset)
        if mark != LOCAL:
            raise FeedError(_NO_MEMBER)
        start: int = offset + _LOCAL_SIZE + name_size + extra_size
        if start + size > self._size:
            raise FeedError("truncated")
        return data[start : start + size]

    def account(self, size: int) -> None:
        """Count unpacked bytes; raise :class:`FeedError` where they are out of proportion."""
        self._unpacked += size
        if self._unpacked > self._pause:
            self._rest()

    def _rest(self) -> None:
        """Give back the pages that were read, which count as this process's memory, and mind bombs."""
        if self._unpacked > self._most:
            raise FeedError("a zip bomb: it unpacks to more than 200 times its size")
        self._pause = min(self._unpacked + _MAPPED, self._most)
        self._data.madvise(MADV_DONTNEED)

    def _locate(self) -> tuple[int, int, int]:
        """Return how many members there are, and where the central directory begins and ends."""
        data = self._data
        at = data.rfind(END, max(0, len(data) - _END_RECORD.size - _COMMENT))
        if at < 0 or at + _END_RECORD.size > len(data):
            raise FeedError("truncated: the zip archive has no end record")
        _, _, _, _, count, size, offset, _ = _END_RECORD.unpack_from(data, at)
        end = at
        if data[max(at - _LOCATOR.size, 0) : at][:4] == LOCATOR64:
            _, _, end, _ = _LOCATOR.unpack_from(data, at - _LOCATOR.size)
            if end + _END64_RECORD.size > at or data[end : end + 4] != END64:
                raise FeedError("damaged: the zip archive's end record is not where it should be")
            count, size, offset = _END64_RECORD.unpack_from(data, end)[7:10]
        if offset + size > end or count > MAX_MEMBERS:
            raise FeedError("damaged: the zip archive's directory is not where it should be")
        return count, offset, end


def _wide(extra: bytes, packed: int, unpacked: int, offset: int) -> tuple[int, int, int]:
    """Return packed and unpacked size and offset, from the zip64 extra field where they are too large for their own."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = _LENGTHS.unpack_from(extra, at)
        if kind == 1:
            values = iter(struct.unpack_from(f"<{min(size, len(extra) - at - 4) // 8}Q", extra, at + 4))
            sizes = [next(values, 0) if value == _FULL else value for value in (unpacked, packed, offset)]
            return sizes[1], sizes[0], sizes[2]
        at += 4 + size
    return packed, unpacked, offset
