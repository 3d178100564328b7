"""ASN.1 in its encodings DER and BER (X.690), as far as signatures of X.509 use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from doorward.records import dataclass

SEQUENCE, SET, INTEGER, OCTETS, OID = 0x30, 0x31, 0x02, 0x04, 0x06
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_CONSTRUCTED, _LONG_TAG, _INDEFINITE = 0x20, 0x1F, 0x80
#: Values within values, beyond which it is no signature but a burden.
_DEEPEST = 12


class DerError(ValueError):
    """The bytes are no such encoding, or one that doorward does not read."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes
    #: Whether its length stands before it, as DER demands.
    definite: bool
    depth: int

    def children(self) -> list[Node]:
        """Return the values in it."""
        return list(_nodes(self.content, self.depth + 1))

    def expect(self, tag: int) -> Node:
        """Return it; raise :class:`DerError` where its tag is another."""
        if self.tag != tag:
            raise DerError(f"a value of the tag {self.tag:#x} in place of {tag:#x}")
        return self

    def oid(self) -> str:
        """Return an object identifier in dotted form."""
        numbers, value = list[int](), 0
        for byte in self.expect(OID).content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2) if numbers else 0
        return ".".join(map(str, (first, (numbers or [0])[0] - 40 * first, *numbers[1:])))

    def integer(self) -> int:
        """Return an integer."""
        return int.from_bytes(self.expect(INTEGER).content, "big", signed=True)

    def time(self) -> int | None:
        """Return a time as seconds since 1970; None where it is none that can be read."""
        text = self.content.decode("ascii", "replace")
        formats = {_UTC_TIME: "%y%m%d%H%M%SZ", _GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}
        try:
            return int(datetime.strptime(text, formats[self.tag]).replace(tzinfo=UTC).timestamp())
        except (KeyError, ValueError):
            return None


def parse(data: bytes) -> Node:
    """Return the one value that the bytes are."""
    node, end = _read(data, 0, 0)
    if end != len(data):
        raise DerError("bytes after the end")
    return node


def _nodes(data: bytes, depth: int) -> Iterator[Node]:
    at = 0
    while at < len(data):
        node, at = _read(data, at, depth)
        yield node


def _read(data: bytes, at: int, depth: int) -> tuple[Node, int]:
    if depth > _DEEPEST:
        raise DerError("too many values within values")
    if at + 2 > len(data) or data[at] & _LONG_TAG == _LONG_TAG:
        raise DerError("a value that ends too early, or with a tag that is not read")
    tag, length, start = data[at], data[at + 1], at + 2
    if length == _INDEFINITE:
        return _indefinite(data, at, depth)
    if length > _INDEFINITE:
        count = length - _INDEFINITE
        if count > 4 or start + count > len(data):  # noqa: PLR2004 - four gigabytes
            raise DerError("a length that is none")
        length, start = int.from_bytes(data[start : start + count], "big"), start + count
    end = start + length
    if end > len(data):
        raise DerError("a value that ends too early")
    return Node(tag, data[start:end], data[at:end], definite=True, depth=depth), end


def _indefinite(data: bytes, at: int, depth: int) -> tuple[Node, int]:
    """Read a value whose end is marked by two zero bytes."""
    if not data[at] & _CONSTRUCTED:
        raise DerError("a plain value without a length")
    end = at + 2
    while data[end : end + 2] != b"\0\0":
        _, end = _read(data, end, depth + 1)
    return Node(data[at], data[at + 2 : end], data[at : end + 2], definite=False, depth=depth), end + 2
