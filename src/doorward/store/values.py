"""How values become bytes and text in the store, and back.

Whatever does not come back as a value of its type counts as absent: the store is a memory, and what it cannot say is
looked up again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from json import dumps
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")

_ENCODER = msgspec.msgpack.Encoder()


class Codec(Generic[T]):
    """Packs values of one type as MessagePack.

    ``compressed`` pays for texts that repeat: package documents shrink to a fifth, at 0.15 ms each. It does not for
    contents, of which most bytes are digests: a half remains, and reading takes twice the time.
    """

    def __init__(self, type_: Any, *, compressed: bool = False) -> None:
        self._type, self._compressed = type_, compressed

    @cached_property
    def _decoder(self) -> msgspec.msgpack.Decoder[T]:
        """Made when something is first read: most commands read few of the types."""
        return msgspec.msgpack.Decoder(self._type)

    def pack(self, value: T) -> bytes | None:
        """Return the value's bytes; None where it cannot be stored (a lone surrogate, a number above 64 bits)."""
        try:
            data = _ENCODER.encode(value)
        except (ValueError, OverflowError):
            return None
        return zlib.compress(data, 1) if self._compressed else data

    def unpack(self, data: bytes) -> T | None:
        """Return the value; None where the bytes are damaged."""
        try:
            return self._decoder.decode(zlib.decompress(data) if self._compressed else data)
        except (msgspec.DecodeError, zlib.error, TypeError, ValueError, RecursionError):
            return None


def key(text: str) -> str:
    """Return a text that SQLite takes as a key: lone surrogates, of odd file names, as visible escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def keys(texts: Iterable[str]) -> str:
    """Return many keys as one parameter for ``json_each``, so that a query takes any number of them."""
    return dumps([key(text) for text in texts])


def moment(time: datetime) -> str:
    """Return a moment as text in UTC that sorts as the moments do."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def parse_moment(text: object) -> datetime | None:
    """Return the moment, None where the text is none."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
