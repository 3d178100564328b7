"""Build a sorted hash file of any size in little memory: a radix sort on disk by the first byte, then by the second.

Rows come in runs. Each run is parted by the first byte and appended to one spill file, and where its 256 partitions
begin is kept. In the end the parts of all runs that belong to one partition are read, parted by the second byte, and
what is left, a few thousand rows, is sorted: short lists whose rows lie side by side are compared from the processor's
cache, which a sort of a whole run is not. Held is one run, or one 256th of the whole. The file is written aside, synced
and renamed: a crash leaves the old one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from heapq import merge
from itertools import accumulate, chain, groupby, islice
from operator import eq
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import IO, Self, cast

from doorward.errors import InternalError, StoreError
from doorward.store.intel.hashes import HEADER, MAX_ROWS, Layout, table_bits

#: Rows that are parted by their first byte at a time.
RUN_ROWS = 1 << 18
PARTITIONS = 256
#: Bytes of one partition that are sorted in memory; a larger one, which only a crafted list has, is merged row by row.
PARTITION_BYTES = 256 << 20
#: Rows that are written, and read of each run of such a partition, at a time.
BLOCK_ROWS = 1 << 14
#: Rows that are parted before the next are split off, few enough for the cache; and rows that one call splits off.
_PIECE, _CALL = 1 << 13, 1 << 10


class HashBuilder:
    """Takes raw digests in any order, repeated or not, and writes one sorted file of the distinct ones.

    A context manager: leaving it removes what was spilled.
    """

    def __init__(self, folder: Path, width: int) -> None:
        """Build in ``folder``, which is made where it is missing; rows have ``width`` bytes."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._width = width
        self._spill = cast("IO[bytes]", tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - closed by __exit__()
        self._runs: list[_Run] = []
        self._pending = bytearray()
        self._rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spill.close()

    @property
    def rows(self) -> int:
        """Rows taken so far; those that came twice may count twice."""
        return self._rows + len(self._pending) // self._width

    def add(self, rows: bytes) -> None:
        """Take raw digests, one after another."""
        if len(rows) % self._width:
            raise InternalError(f"{len(rows)} bytes are no whole number of digests of {self._width} bytes")
        self._pending += rows
        size = RUN_ROWS * self._width
        while len(self._pending) >= size:
            self._spill_run(bytes(memoryview(self._pending)[:size]))
            del self._pending[:size]

    def finish(self, name: str) -> tuple[Path, int]:
        """Write ``<name>`` in the folder and return its path and its number of rows.

        Raise :class:`StoreError` where the disk fails; then an older file of that name is still there.
        """
        try:
            self._spill_run(bytes(self._pending))
            self._pending.clear()
            return self._write(self._folder / name)
        except OSError as error:
            raise StoreError(f"the hash file {name} cannot be written: {error.strerror or error}") from error

    def _spill_run(self, rows: bytes) -> None:
        """Append one run to the spill file, parted by the first byte."""
        if not rows:
            return
        parts = parted(rows, self._width, 0)
        self._runs.append(_Run(self._rows * self._width, parts))
        self._spill.writelines(parts)
        self._rows += len(rows) // self._width

    def _write(self, path: Path) -> tuple[Path, int]:
        if self._rows > MAX_ROWS:
            raise StoreError(f"{self._rows} digests are more than one hash file takes")
        self._spill.flush()
        aside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        try:
            with aside.open("xb") as file:
                layout = _Writer(file, self._width, table_bits(self._rows)).write(self._partitions())
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        sync_folder(self._folder)
        return path, layout.rows

    def _partitions(self) -> Iterator[bytes]:
        """Yield the sorted, distinct rows in blocks, in order."""
        for number in range(PARTITIONS):
            parts = [run.part(number) for run in self._runs]
            size = sum(end - start for start, end in parts)
            if size > PARTITION_BYTES:
                yield from self._merged(parts)
            elif size:
                rows = b"".join([self._read(start, end) for start, end in parts])
                few = len(rows) <= _PIECE * self._width
                parted_again = [rows] if few else parted(rows, self._width, 1)
                yield b"".join([distinct(part, self._width) for part in parted_again])

    def _merged(self, parts: list[tuple[int, int]]) -> Iterator[bytes]:
        """Sort each part where it stands, then yield the rows of all, in order."""
        block = bytearray()
        self._spill.flush()
        ordered = [self._sorted_in_place(start, end) for start, end in parts]
        for row, _ in groupby(merge(*(self._rows_between(start, end) for start, end in ordered))):
            block += row
            if len(block) >= BLOCK_ROWS * self._width:
                yield bytes(block)
                block.clear()
        yield bytes(block)

    def _sorted_in_place(self, start: int, end: int) -> tuple[int, int]:
        rows = distinct(self._read(start, end), self._width)
        if os.pwrite(self._spill.fileno(), rows, start) != len(rows):
            raise StoreError("the folder of the hash files has no room for what is sorted")
        return start, start + len(rows)

    def _rows_between(self, start: int, end: int) -> Iterator[bytes]:
        step = BLOCK_ROWS * self._width
        for offset in range(start, end, step):
            yield from _rows(self._read(offset, min(offset + step, end)), self._width)

    def _read(self, start: int, end: int) -> bytes:
        data = os.pread(self._spill.fileno(), end - start, start)
        if len(data) != end - start:
            raise StoreError("the folder of the hash files lost what was written to it")
        return data


class _Run:
    """Where one run stands in the spill file."""

    __slots__ = ("_cuts", "_start")

    def __init__(self, start: int, parts: Iterable[bytes]) -> None:
        self._start = start
        self._cuts = array("Q", accumulate(map(len, parts), initial=0))

    def part(self, number: int) -> tuple[int, int]:
        """Return where the rows of one partition begin and end, in bytes."""
        return self._start + self._cuts[number], self._start + self._cuts[number + 1]


class _Writer:
    """Writes rows that come in order, and the table that follows from them."""

    def __init__(self, file: IO[bytes], width: int, bits: int) -> None:
        self._file = file
        self._width = width
        self._bits = bits
        self._table = array("I", bytes(4 * ((1 << bits) + 1)))
        self._next = 0

    def write(self, blocks: Iterator[bytes]) -> Layout:
        """Write header, rows and table; return the layout."""
        self._file.write(bytes(HEADER.size))
        rows = 0
        for block in blocks:
            self._file.write(block)
            self._note(block, rows)
            rows += len(block) // self._width
        for bucket in range(self._next, len(self._table)):
            self._table[bucket] = rows
        if sys.byteorder == "big":
            self._table.byteswap()
        table = self._table.tobytes()
        self._file.write(table)
        layout = Layout(self._width, self._bits, rows, zlib.crc32(table))
        self._file.seek(0)
        self._file.write(layout.header())
        return layout

    def _note(self, block: bytes, before: int) -> None:
        """Enter for each bucket that begins in these rows where it does."""
        if not block:
            return
        width, shift = self._width, 32 - self._bits
        last = int.from_bytes(block[-width:][:4], "big") >> shift
        heads = _heads(block, width)
        for bucket in range(self._next, last + 1):
            self._table[bucket] = before + bisect_left(heads, bucket << shift)
        self._next = max(self._next, last + 1)


def _heads(rows: bytes, width: int) -> array[int]:
    """Return the first 32 bits of each row as a number."""
    heads = array("I", rows)[:: width // 4]
    if sys.byteorder == "little":
        heads.byteswap()
    return heads


@cache
def _calls(width: int) -> Struct:
    return Struct(f"{width}s" * _CALL)


def _rows(data: bytes, width: int) -> Iterable[bytes]:
    """Split rows; a thousand a call take half the time that slicing one by one does."""
    calls = _calls(width)
    whole = len(data) // calls.size * calls.size
    rest = [data[at : at + width] for at in range(whole, len(data), width)]
    return chain(chain.from_iterable(calls.iter_unpack(memoryview(data)[:whole])), rest)


def parted(rows: bytes, width: int, place: int) -> list[bytes]:
    """Return the rows in 256 parts, by the byte at a place of each; within a part in the order in which they came."""
    parts: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
    step = _PIECE * width
    for start in range(0, len(rows), step):
        piece = rows[start : start + step]
        mine: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        add = [part.append for part in mine]
        for byte, row in zip(piece[place::width], _rows(piece, width), strict=True):
            add[byte](row)
        for part, more in zip(parts, mine, strict=True):
            part.append(b"".join(more))
    return [b"".join(part) for part in parts]


def distinct(rows: bytes, width: int) -> bytes:
    """Return the distinct rows in order."""
    ordered = sorted(_rows(rows, width))
    if any(map(eq, ordered, islice(ordered, 1, None))):
        ordered = [row for row, _ in groupby(ordered)]
    return b"".join(ordered)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
