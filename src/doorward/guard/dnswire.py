"""DNS messages (RFC 1035): the question, the addresses of an answer, and a refusal. Every byte is hostile."""

from __future__ import annotations

import ipaddress
import struct
from types import MappingProxyType

from doorward.records import dataclass

_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_RESPONSE, _RECURSION, _REFUSED = 0x8000, 0x0080, 5
_MAX_NAME, _MAX_LABELS, _MAX_RECORDS = 255, 128, 256
_LABEL, _POINTER = 63, 0xC0

TYPES = MappingProxyType(
    {
        1: "A",
        2: "NS",
        5: "CNAME",
        6: "SOA",
        10: "NULL",
        12: "PTR",
        13: "HINFO",
        15: "MX",
        16: "TXT",
        28: "AAAA",
        33: "SRV",
        35: "NAPTR",
        41: "OPT",
        64: "SVCB",
        65: "HTTPS",
        255: "ANY",
    }
)
_ADDRESS_SIZES = {1: 4, 28: 16}


class NotDns(ValueError):
    """The bytes are no DNS message."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for."""

    id: int
    #: Lower case, without the final dot; bytes outside printable ASCII are escaped.
    name: str
    type: str
    #: Offset of the end of the question.
    end: int


def parse_question(data: bytes) -> Question:
    """Return the first question of a message. Raises :class:`NotDns`."""
    if len(data) < _HEADER.size:
        raise NotDns("shorter than a header")
    identifier, _flags, questions, *_ = _HEADER.unpack_from(data)
    if not questions:
        raise NotDns("no question")
    name, end = _name(data, _HEADER.size)
    if end + 4 > len(data):
        raise NotDns("the question is cut off")
    number = int.from_bytes(data[end : end + 2], "big")
    return Question(identifier, name, TYPES.get(number, f"TYPE{number}"), end + 4)


def parse_addresses(data: bytes) -> tuple[str, ...]:
    """Return the addresses of an answer's A and AAAA records. Raises :class:`NotDns`."""
    question = parse_question(data)
    _id, flags, questions, answers, *_ = _HEADER.unpack_from(data)
    if not flags & _RESPONSE or questions != 1:
        raise NotDns("not an answer to one question")
    offset = question.end
    found = []
    for _ in range(min(answers, _MAX_RECORDS)):
        _owner, offset = _name(data, offset)
        if offset + _RECORD.size > len(data):
            raise NotDns("a record is cut off")
        number, _class, _ttl, length = _RECORD.unpack_from(data, offset)
        offset += _RECORD.size
        body = data[offset : offset + length]
        if len(body) != length:
            raise NotDns("a record is cut off")
        if _ADDRESS_SIZES.get(number) == length:
            found.append(str(ipaddress.ip_address(body)))
        offset += length
    return tuple(found)


def refusal(query: bytes) -> bytes:
    """Return the answer "refused" to a query whose question can be parsed."""
    question = parse_question(query)
    flags = int.from_bytes(query[2:4], "big") & 0x7900 | _RESPONSE | _RECURSION | _REFUSED
    return _HEADER.pack(question.id, flags, 1, 0, 0, 0) + query[_HEADER.size : question.end]


def _name(data: bytes, offset: int) -> tuple[str, int]:
    """Return a name and the offset after it. Pointers only lead backwards, so they end."""
    labels: list[str] = []
    end = -1
    lowest = len(data)
    while True:
        if offset >= len(data) or len(labels) > _MAX_LABELS:
            raise NotDns("a name is cut off")
        length = data[offset]
        if length >= _POINTER:
            target = int.from_bytes(data[offset : offset + 2], "big") & 0x3FFF
            end = offset + 2 if end < 0 else end
            lowest = min(lowest, offset)
            if target >= lowest:
                raise NotDns("a pointer leads forward")
            lowest = offset = target
            continue
        if length > _LABEL:
            raise NotDns("a label of an unknown kind")
        if length == 0:
            return ".".join(labels), (offset + 1 if end < 0 else end)
        labels.append(_label(data[offset + 1 : offset + 1 + length]))
        offset += 1 + length


def _label(label: bytes) -> str:
    return "".join(chr(byte) if 0x20 < byte < 0x7F else f"\\{byte:03d}" for byte in label.lower())  # noqa: PLR2004


def encode_question(identifier: int, name: str, number: int) -> bytes:
    """Return a query for one name, with recursion desired."""
    labels = b"".join(bytes([len(part)]) + part for part in name.encode("ascii").split(b".") if part)
    return _HEADER.pack(identifier, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", number, 1)
