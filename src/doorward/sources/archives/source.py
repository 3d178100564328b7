"""Random access to an artifact's bytes, in memory or in a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias

from doorward.errors import DamagedArchive

#: What an artifact can be handed over as. A file must be seekable; its position is not kept.
Source: TypeAlias = bytes | BinaryIO | Path

#: Bytes of compressed input that are read at once.
CHUNK = 1 << 18


class Blob(Protocol):
    """Bytes that can be read anywhere."""

    @property
    def size(self) -> int:
        """Length in bytes."""

    @property
    def in_memory(self) -> bool:
        """Whether all of it is in memory, so that threads may read it at the same time."""

    def at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``; fewer where the blob ends before."""


class MemoryBlob:
    """Bytes in memory."""

    __slots__ = ("_data", "size")
    in_memory = True

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``; fewer where the blob ends before."""
        return self._data[offset : offset + length]


class FileBlob:
    """Bytes of a seekable file."""

    __slots__ = ("_file", "size")
    in_memory = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, io.SEEK_END)

    def at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``; fewer where the blob ends before."""
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OSError as error:
            raise DamagedArchive(f"cannot be read at byte {offset:,}: {error}") from error


@contextmanager
def open_blob(source: Source, in_memory: int = 0) -> Iterator[Blob]:
    """Give random access to ``source``; a path is opened and closed again.

    A file of at most ``in_memory`` bytes is read into memory at once. Raises DamagedArchive where it cannot be read.
    """
    if isinstance(source, bytes):
        yield MemoryBlob(source)
    elif isinstance(source, Path):
        try:
            file = source.open("rb")
        except OSError as error:
            raise DamagedArchive(f"cannot be opened: {error.strerror}") from error
        with file:
            yield _of_file(file, in_memory)
    else:
        yield _of_file(source, in_memory)


def _of_file(file: BinaryIO, in_memory: int) -> Blob:
    blob = FileBlob(file)
    return MemoryBlob(blob.at(0, blob.size)) if blob.size <= in_memory else blob


def chunks(blob: Blob, size: int = CHUNK) -> Iterator[bytes]:
    """Yield the whole blob in pieces of ``size`` bytes."""
    for offset in range(0, blob.size, size):
        yield blob.at(offset, size)
