"""Decompression, with ISA-L where it is installed (``doorward[speed]``) and zlib where it is not."""

from __future__ import annotations

import bz2
import importlib
import lzma
import zlib
from collections.abc import Iterable, Iterator
from itertools import repeat
from types import ModuleType
from typing import Protocol

try:
    from isal import isal_zlib as _found
except ImportError:  # pragma: no cover - the tests run with it and, in a process of their own, without it
    import zlib as _found  # type: ignore[no-redef]

#: The quicker of the two libraries.
fast = _found


def crc32(data: bytes, value: int = 0) -> int:
    """Return the CRC-32 of ``data``, continued from ``value``."""
    return int(fast.crc32(data, value))


_FAST_ERRORS: tuple[type[Exception], ...] = (fast.error,)  # type: ignore[assignment]
try:  # the standard library has it from Python 3.14 on
    _zstd: ModuleType | None = importlib.import_module("compression.zstd")
except ImportError:
    _zstd = None
#: Whether streams of Zstandard can be read.
HAS_ZSTD = _zstd is not None
#: What decompressors raise on damaged input.
ERRORS: tuple[type[Exception], ...] = (
    *_FAST_ERRORS,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
    *((_zstd.ZstdError,) if _zstd else ()),
)
#: Bytes that come out at once.
PIECE = 1 << 20
#: Memory that an xz or LZMA stream may ask for.
MEMORY = 256 << 20
#: Bytes before the LZMA data of a zip entry, and the number of combinations of its three properties (9 * 5 * 5).
LZMA_HEADER, _LZMA_PROPERTIES = 9, 225


class Decompressor(Protocol):
    """The interface of bz2's and lzma's decompressors."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out before more goes in."""

    @property
    def unused_data(self) -> bytes:
        """What followed the end of the stream in the last input."""

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Take ``data`` in, give at most ``max_length`` bytes out."""


class Inflater:
    """zlib's decompression object behind that interface. ``wbits`` is 31 for gzip, -15 for raw deflate."""

    __slots__ = ("_inner", "_tail", "needs_input")

    def __init__(self, wbits: int) -> None:
        self._inner = fast.decompressobj(wbits)
        self._tail = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """What followed the end of the stream in the last input."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Take ``data`` in, give at most ``max_length`` bytes out."""
        out = self._inner.decompress(self._tail + data if self._tail else data, max_length)
        self._tail = self._inner.unconsumed_tail
        self.needs_input = not self._tail and len(out) < max_length
        return out


def inflate(data: bytes, size: int) -> tuple[bytes, int]:
    """Return raw deflate ``data``, which should give ``size`` bytes, unpacked, and how much of it was left over.

    At most ``size`` + 1 bytes come out. Raises one of ``ERRORS`` where the data is damaged or ends too early.
    """
    inner = fast.decompressobj(-15)
    out = inner.decompress(data, size + 1)
    if not inner.eof and len(out) <= size:
        raise EOFError("the compressed data ends before its end")
    return out, len(inner.unused_data)


def inflate_each(parts: Iterable[bytes], sizes: Iterable[int]) -> list[bytes]:
    """Return raw deflate data unpacked, many at once. For small data only: nothing bounds what comes out but its size.

    ``sizes`` are what each should unpack to; they save work where they are right and are not believed. Raises one of
    ``ERRORS`` where any of the data is damaged or ends too early.
    """
    return list(map(fast.decompress, parts, repeat(-15), [min(size, PIECE) for size in sizes]))


def lzma_of_zip(header: bytes) -> Decompressor:
    """Return the decompressor for method 14 of zip, whose data opens with nine bytes of ``header``.

    Raises one of ``ERRORS``.
    """
    if len(header) < LZMA_HEADER or header[2:4] != b"\x05\x00" or header[4] >= _LZMA_PROPERTIES:
        raise ValueError("the properties of LZMA are damaged")
    rest, lc = divmod(header[4], 9)
    pb, lp = divmod(rest, 5)
    dictionary = int.from_bytes(header[5:9], "little")
    if dictionary > MEMORY:
        raise ValueError(f"LZMA asks for {dictionary:,} bytes of memory")
    options = {"id": lzma.FILTER_LZMA1, "dict_size": max(dictionary, 4096), "lc": lc, "lp": lp, "pb": pb}
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[options])


def new_decompressor(method: str) -> Decompressor:
    """Return a decompressor for a stream of "gzip", "bz2", "xz" or, with ``HAS_ZSTD``, "zstd", or for raw "deflate"."""
    if method == "zstd" and _zstd:
        found: Decompressor = _zstd.ZstdDecompressor()
        return found
    if method == "bz2":
        return bz2.BZ2Decompressor()
    if method == "xz":
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)
    return Inflater(31 if method == "gzip" else -15)


def pump(decompressor: Decompressor, data: bytes) -> Iterator[bytes]:
    """Yield what comes out of ``data``, in pieces of at most ``PIECE`` bytes, until more input is needed."""
    while not decompressor.eof:
        out = decompressor.decompress(data, PIECE)
        data = b""
        if out:
            yield out
        if decompressor.needs_input or not out:
            return
