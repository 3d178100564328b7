"""Documents with a mark at the beginning, as spreadsheets and Windows tools write them: in UTF-16, or in UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO

from doorward.sources.feeds._zip import buffered

#: Marks of the byte order (Unicode 23.8).
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Bytes that are read at a time.
_PIECE = 1 << 16


def data_in_utf8(data: bytes) -> bytes:
    """Return bytes behind a mark of UTF-8, and of UTF-16 with one the text in UTF-8; what is none becomes U+FFFD."""
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :]
    return data.decode("utf-16", "replace").encode("utf-8", "replace") if data.startswith(_MARKS) else data


def stream_in_utf8(stream: BinaryIO) -> BinaryIO:
    """Return a stream behind its mark of UTF-8, or one that reads its text in UTF-8, as :func:`data_in_utf8` does."""
    if isinstance(stream, io.BufferedReader):
        first = stream.peek(len(codecs.BOM_UTF8))
        if first.startswith(_MARKS):
            return buffered(_Recoded(stream))
        if first.startswith(codecs.BOM_UTF8):
            stream.read(len(codecs.BOM_UTF8))
    return stream


class _Recoded(io.RawIOBase):
    """A stream of UTF-16 as one of UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill a buffer."""
        while not self._ready and not self._ended:
            piece = self._stream.read(_PIECE)
            self._ended = not piece
            self._ready = self._decoder.decode(piece, final=self._ended).encode("utf-8", "replace")
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()
        super().close()
