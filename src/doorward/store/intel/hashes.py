"""Sorted hash files: is this digest among 100 million others, within microseconds and in constant memory.

A file holds a header, the raw digests in order, and a table of 2^b + 1 row numbers: digests whose top b bits are i lie
in the rows from table[i] to table[i + 1]. One look-up reads two numbers of the table and, with one ``pread``, about a
hundred rows. Files are built by :mod:`doorward.store.intel.hashbuild` and never change afterwards.
"""

from __future__ import annotations

import os
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from mmap import ACCESS_READ, mmap
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from doorward.errors import StoreError
from doorward.model.intelligence import DIGESTS
from doorward.records import dataclass

#: Magic, version, bytes of a row, bits of the table, CRC-32 of the table, number of rows.
HEADER = struct.Struct("<8sHHIIQ36x")
MAGIC = b"dwhashes"
VERSION = 1
#: A table's entry is a 32-bit number.
MAX_ROWS = (1 << 32) - 1
#: Wanted rows of one bucket: 64 to 128 of them are some 3 kB, which one read brings.
BUCKET_ROWS = 64
MAX_BITS = 26
#: In a batch of sorted look-ups that lie closer than NEAR bytes on average, CHUNK bytes are read at once.
NEAR = 16 << 10
CHUNK = 256 << 10
#: Rows of a bucket that are read at once; a larger one, which only a crafted list has, is halved until it is smaller.
MOST_ROWS = 4096
#: A batch reads the whole file where that has at most this many rows for each digest asked for.
THROUGH = 8
#: Digests from which importing numpy pays.
NUMPY_BATCH = 1 << 17


def table_bits(rows: int) -> int:
    """Return how many top bits of a digest select its bucket."""
    return min(max((rows // BUCKET_ROWS).bit_length() - 1, 0), MAX_BITS)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie in a file."""

    width: int
    bits: int
    rows: int
    checksum: int

    @property
    def table_at(self) -> int:
        """Offset of the table in bytes."""
        return HEADER.size + self.width * self.rows

    @property
    def end(self) -> int:
        """Bytes of the whole file."""
        return self.table_at + 4 * ((1 << self.bits) + 1)

    def header(self) -> bytes:
        """Return the bytes at the beginning of the file."""
        return HEADER.pack(MAGIC, VERSION, self.width, self.bits, self.checksum, self.rows)


class HashFile:
    """One open hash file. Look-ups are safe from any number of threads."""

    def __init__(self, path: Path) -> None:
        """Open; raise :class:`StoreError` where it is missing, truncated, or not a hash file."""
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise StoreError(f"the hash file {path} cannot be opened: {error.strerror or error}") from error
        try:
            self.layout = self._layout()
            self._table = self._read_table()
            self._size = self.layout.rows * self.layout.width
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def __len__(self) -> int:
        return self.layout.rows

    def __contains__(self, digest: bytes) -> bool:
        """Whether the raw digest is listed. One of another length never is."""
        width = self.layout.width
        if len(digest) != width:
            return False
        first, end = self._bucket(digest)
        rows = self._read((end - first) * width, HEADER.size + first * width)
        return _is_row(rows, digest, width, 0, len(rows))

    def find(self, digests: Iterable[bytes]) -> set[bytes]:
        """Return those of many raw digests that are listed.

        Where about as many are asked for as there are, the file is read through; else they are looked up in order, and
        by numpy where it is installed and they are many.
        """
        width = self.layout.width
        wanted = [digest for digest in digests if len(digest) == width]
        if not wanted or not self.layout.rows:
            return set()
        if self.layout.rows <= max(len(wanted) * THROUGH, CHUNK // width):
            return self._pass(set(wanted))
        if len(wanted) >= NUMPY_BATCH and find_spec("numpy"):
            return self._numpy_sweep(wanted)  # a set of a million is a fifth of the time, and it needs none
        return self._sweep(sorted(set(wanted)))

    def blocks(self) -> Iterator[bytes]:
        """Yield all rows, many at a time."""
        step = CHUNK // self.layout.width * self.layout.width
        for offset in range(HEADER.size, self.layout.table_at, step):
            yield self._read(min(step, self.layout.table_at - offset), offset)

    def _pass(self, wanted: set[bytes]) -> set[bytes]:
        """Look at every row."""
        width, found = self.layout.width, set()
        for rows in self.blocks():
            found |= wanted.intersection([rows[at : at + width] for at in range(0, len(rows), width)])
        return found

    def _sweep(self, wanted: list[bytes]) -> set[bytes]:
        """Look up sorted digests. Where they lie close, much is read at once."""
        width, size, table, shift = self.layout.width, self._size, self._table, 32 - self.layout.bits
        chunk = CHUNK if size // len(wanted) < NEAR else 0
        found = set()
        window, start, stop = b"", 0, 0
        for digest in wanted:
            bucket = int.from_bytes(digest[:4], "big") >> shift
            first, end = table[bucket] * width, table[bucket + 1] * width
            if end > stop or first < start:
                if end - first > MOST_ROWS * width:
                    first, end = (row * width for row in self._bucket(digest))
                window = self._read(max(end - first, min(chunk, size - first)), HEADER.size + first)
                start, stop = first, first + len(window)
            if _is_row(window, digest, width, first - start, end - start):
                found.add(digest)
        return found

    def _numpy_sweep(self, wanted: list[bytes]) -> set[bytes]:
        """Bisect for all digests at once, by their first eight bytes."""
        np: Any = import_module("numpy")
        width, count = self.layout.width, len(wanted)
        keys = np.ndarray((count,), ">u8", b"".join(wanted), strides=(width,)).astype("u8")
        buckets = (keys >> np.uint64(64 - self.layout.bits)).astype("i8")
        table = np.frombuffer(self._table, np.uintc)
        low, high = table[buckets].astype("i8"), table[buckets + 1].astype("i8")
        with mmap(self._descriptor, 0, access=ACCESS_READ) as content:
            heads = np.ndarray((self.layout.rows,), ">u8", content, HEADER.size, (width,))
            last = self.layout.rows - 1
            for _ in range(int((high - low).max()).bit_length()):
                middle = (low + high) >> 1
                smaller = (heads[np.minimum(middle, last)] < keys) & (low < high)
                low, high = np.where(smaller, middle + 1, low), np.where(smaller, high, middle)
            likely = np.flatnonzero(heads[np.minimum(low, last)] == keys)
            del heads
        return {digest for at in likely if (digest := wanted[at]) in self}

    def _bucket(self, digest: bytes) -> tuple[int, int]:
        """Return the first row among which the digest would be, and the one after the last."""
        bucket = int.from_bytes(digest[:4], "big") >> (32 - self.layout.bits)
        first, end = self._table[bucket], self._table[bucket + 1]
        while end - first > MOST_ROWS:
            middle = (first + end) // 2
            row = self._read(self.layout.width, HEADER.size + middle * self.layout.width)
            first, end = (middle, end) if row <= digest else (first, middle)
        return first, end

    def _layout(self) -> Layout:
        head = self._read_upto(HEADER.size, 0)
        if len(head) < HEADER.size or not head.startswith(MAGIC):
            raise StoreError(f"{self.path} is not a hash file")
        _, version, width, bits, checksum, rows = HEADER.unpack(head)
        if version != VERSION:
            raise StoreError(f"the hash file {self.path} is of another version of doorward: import its sources again")
        layout = Layout(width, bits, rows, checksum)
        if width not in DIGESTS.values() or bits > MAX_BITS or os.fstat(self._descriptor).st_size != layout.end:
            raise self._damaged()
        return layout

    def _read_table(self) -> array[int]:
        data = self._read(self.layout.end - self.layout.table_at, self.layout.table_at)
        if zlib.crc32(data) != self.layout.checksum:
            raise self._damaged()
        table = array("I", data)
        if sys.byteorder == "big":
            table.byteswap()
        return table

    def _damaged(self) -> StoreError:
        return StoreError(f"the hash file {self.path} is damaged: import its sources again")

    def _read(self, size: int, offset: int) -> bytes:
        data = self._read_upto(size, offset)
        if len(data) < size:
            raise self._damaged()
        return data

    def _read_upto(self, size: int, offset: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise StoreError(f"the hash file {self.path} cannot be read: {error.strerror or error}") from error


def _is_row(rows: bytes, digest: bytes, width: int, start: int, end: int) -> bool:
    """Whether a digest is one of the rows between two offsets. Bytes that only straddle two rows are not it."""
    at = rows.find(digest, start, end)
    while at >= 0 and (at - start) % width:
        at = rows.find(digest, at + 1, end)
    return at >= 0
