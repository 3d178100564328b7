"""Build a sorted hash file of any size in little memory: sorted runs on disk, then one partition of all runs at a time.

A run is sorted in memory and appended to one spill file; where its 256 partitions (by the first byte) begin is kept.
In the end the parts of all runs that belong to one partition are read, sorted and written, so that what is held is one
run, or one 256th of the whole. The file is written aside, synced and renamed: a crash leaves the old one.

numpy sorts about five times as fast and is used where it is installed and the set is large.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from heapq import merge
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from doorward.errors import InternalError, StoreError
from doorward.store.intel.hashes import HEADER, MAX_ROWS, Layout, table_bits

#: Rows that are sorted in memory at a time.
RUN_ROWS = 1 << 18
PARTITIONS = 256
#: Bytes of one partition that are sorted in memory; a larger one, which only a crafted list has, is merged row by row.
PARTITION_BYTES = 256 << 20
#: Rows that are written, and read of each run of such a partition, at a time.
BLOCK_ROWS = 1 << 14
#: Rows from which importing numpy pays; once it is imported it is used for all.
NUMPY_ROWS = 1 << 16


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
        self._numpy = False

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
        """Sort one run and append it to the spill file."""
        if not rows:
            return
        self._numpy = self._numpy or (len(rows) >= NUMPY_ROWS * self._width and find_spec("numpy") is not None)
        rows = self._sorted(rows)
        self._runs.append(_Run(self._rows * self._width, _cuts(rows, self._width)))
        self._spill.write(rows)
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
                yield self._sorted(b"".join([self._read(start, end) for start, end in parts]))

    def _sorted(self, rows: bytes) -> bytes:
        """Return the distinct rows in order."""
        quick = numpy_sorted(rows, self._width) if self._numpy else None
        return quick if quick is not None else python_sorted(rows, self._width)

    def _merged(self, parts: list[tuple[int, int]]) -> Iterator[bytes]:
        block = bytearray()
        for row, _ in groupby(merge(*(self._rows_between(start, end) for start, end in parts))):
            block += row
            if len(block) >= BLOCK_ROWS * self._width:
                yield bytes(block)
                block.clear()
        yield bytes(block)

    def _rows_between(self, start: int, end: int) -> Iterator[bytes]:
        step = BLOCK_ROWS * self._width
        for offset in range(start, end, step):
            yield from _split(self._read(offset, min(offset + step, end)), self._width)

    def _read(self, start: int, end: int) -> bytes:
        data = os.pread(self._spill.fileno(), end - start, start)
        if len(data) != end - start:
            raise StoreError("the folder of the hash files lost what was written to it")
        return data


class _Run:
    """One sorted run in the spill file."""

    __slots__ = ("_cuts", "_start")

    def __init__(self, start: int, cuts: array[int]) -> None:
        self._start = start
        self._cuts = cuts

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


def _cuts(rows: bytes, width: int) -> array[int]:
    """Return where each partition begins in sorted rows, in bytes, and where the last ends."""
    heads = _heads(rows, width)
    return array("Q", [bisect_left(heads, number << 24) * width for number in range(PARTITIONS + 1)])


def _heads(rows: bytes, width: int) -> array[int]:
    """Return the first 32 bits of each row as a number."""
    heads = array("I", rows)[:: width // 4]
    if sys.byteorder == "little":
        heads.byteswap()
    return heads


def _split(rows: bytes, width: int) -> list[bytes]:
    return [rows[at : at + width] for at in range(0, len(rows), width)]


def python_sorted(rows: bytes, width: int) -> bytes:
    """Return the distinct rows in order."""
    return b"".join([row for row, _ in groupby(sorted(_split(rows, width)))])


def numpy_sorted(rows: bytes, width: int) -> bytes | None:
    """Return the distinct rows in the order of their first eight bytes; None where these do not tell rows apart."""
    np: Any = import_module("numpy")
    count = len(rows) // width
    keys = np.ndarray((count,), ">u8", rows, strides=(width,)).astype("u8")
    order = np.argsort(keys)
    table = np.frombuffer(rows, "u1").reshape(count, width)[order]
    keys = keys[order]
    alike = np.flatnonzero(keys[1:] == keys[:-1]) + 1
    if (table[alike] != table[alike - 1]).any():
        return None
    kept = np.ones(count, bool)
    kept[alike] = False
    return bytes(table[kept].tobytes())


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
