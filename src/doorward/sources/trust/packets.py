"""OpenPGP packets, as far as doorward has to read them itself (RFC 4880 and RFC 9580, sections 4 and 5).

A verifier that only says yes or no cannot tell a weak digest from a forgery. So the packet is read here first, and
only then is anything verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from doorward.records import dataclass

SIGNATURE, PUBLIC_KEY, PUBLIC_SUBKEY = 2, 6, 14

#: Signature types of interest: over data; over keys.
BINARY, TEXT = 0x00, 0x01
SUBKEY_BINDING, DIRECT_KEY, KEY_REVOCATION, SUBKEY_REVOCATION = 0x18, 0x1F, 0x20, 0x28
CERTIFICATIONS = (0x10, 0x11, 0x12, 0x13)

ALGORITHMS = {1: "rsa", 2: "rsa", 3: "rsa", 17: "dsa", 19: "ecdsa", 22: "eddsa", 27: "ed25519", 28: "ed448"}
HASHES = {
    1: "md5", 2: "sha1", 3: "ripemd160", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224", 12: "sha3-256",
    14: "sha3-512",
}  # fmt: skip

_CREATED, _KEY_EXPIRES, _ISSUER, _FLAGS, _REASON, _FINGERPRINT = 2, 9, 16, 27, 29, 33
_TAG_BITS, _NEW_FORMAT, _OLD_INDETERMINATE = 0x80, 0x40, 3
_ONE_OCTET, _TWO_OCTETS, _FIVE_OCTETS = 192, 224, 255
_V3, _V4, _V6, _V3_HASHED = 3, 4, 6, 5
_FPR_V4, _FPR_V6 = 21, 33


class PacketError(ValueError):
    """The bytes are no OpenPGP packets that doorward reads."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet."""

    tag: int
    body: bytes
    #: The packet with its header.
    whole: bytes


@dataclass(frozen=True, slots=True)
class SignaturePacket:
    """What a signature packet says."""

    version: int
    type: int
    algorithm: int
    hash: int
    #: The bytes that are hashed after the document: everything up to the end of the hashed subpackets.
    hashed: bytes
    #: First two bytes of the digest, by the signer.
    prefix: bytes
    #: The algorithm's numbers, undecoded; of version 6 with the salt before them.
    values: bytes
    #: Seconds since 1970.
    created: int | None
    #: Upper-case hex: the fingerprint, else the key id, else "".
    issuer: str
    #: Seconds after the key's creation, of a binding; None: never.
    key_expires: int | None
    #: Reason code of a revocation; None where it gives none.
    reason: int | None
    #: Key flags; None where there are none.
    flags: int | None


def packets(data: bytes) -> Iterator[Packet]:
    """Yield the packets of ``data``; raise :class:`PacketError` at the first that is damaged."""
    position = 0
    while position < len(data):
        start, first = position, data[position]
        if not first & _TAG_BITS:
            raise PacketError("not an OpenPGP packet")
        if first & _NEW_FORMAT:
            tag, (length, position) = first & 0x3F, _new_length(data, position + 1)
        else:
            tag, (length, position) = (first >> 2) & 0x0F, _old_length(data, position + 1, first & 3)
        if position + length > len(data):
            raise PacketError("a truncated OpenPGP packet")
        yield Packet(tag, data[position : position + length], data[start : position + length])
        position += length


def _new_length(data: bytes, at: int) -> tuple[int, int]:
    """Return a length of the new format, and where the body begins. Subpackets are measured the same way."""
    first = _octet(data, at)
    if first < _ONE_OCTET:
        return first, at + 1
    if first < _TWO_OCTETS:
        return ((first - _ONE_OCTET) << 8) + _octet(data, at + 1) + _ONE_OCTET, at + 2
    if first < _FIVE_OCTETS:
        raise PacketError("an OpenPGP packet of partial length")
    return _number(data, at + 1, 4), at + 5


def _old_length(data: bytes, at: int, kind: int) -> tuple[int, int]:
    if kind == _OLD_INDETERMINATE:
        raise PacketError("an OpenPGP packet of indeterminate length")
    size = 1 << kind
    return _number(data, at, size), at + size


def _octet(data: bytes, at: int) -> int:
    if at >= len(data):
        raise PacketError("a truncated OpenPGP packet")
    return data[at]


def _number(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise PacketError("a truncated OpenPGP packet")
    return int.from_bytes(data[at : at + size], "big")


def signature(body: bytes) -> SignaturePacket:
    """Read the body of a signature packet (versions 3, 4 and 6)."""
    version = _octet(body, 0)
    if version == _V3:
        return _version_3(body)
    if version not in {_V4, _V6}:
        raise PacketError(f"an OpenPGP signature of version {version}")
    size = 4 if version == _V6 else 2
    hashed_length = _number(body, 4, size)
    hashed_end = 4 + size + hashed_length
    unhashed_length = _number(body, hashed_end, size)
    rest = hashed_end + size + unhashed_length
    if rest + 2 > len(body):
        raise PacketError("a truncated OpenPGP signature")
    hashed = _subpackets(body[4 + size : hashed_end])
    unhashed = _subpackets(body[hashed_end + size : rest])
    return SignaturePacket(
        version=version,
        type=body[1],
        algorithm=body[2],
        hash=body[3],
        hashed=body[:hashed_end],
        prefix=body[rest : rest + 2],
        values=body[rest + 2 :],
        created=_value(hashed, _CREATED),
        issuer=_issuer(hashed, unhashed),
        key_expires=_value(hashed, _KEY_EXPIRES),
        reason=hashed[_REASON][0] if hashed.get(_REASON) else None,
        flags=hashed[_FLAGS][0] if hashed.get(_FLAGS) else None,
    )


def _version_3(body: bytes) -> SignaturePacket:
    if _octet(body, 1) != _V3_HASHED or len(body) < 19:  # noqa: PLR2004 - the fixed part of the format
        raise PacketError("a damaged OpenPGP signature of version 3")
    return SignaturePacket(
        version=_V3,
        type=body[2],
        algorithm=body[15],
        hash=body[16],
        hashed=body[2:7],
        prefix=body[17:19],
        values=body[19:],
        created=_number(body, 3, 4),
        issuer=body[7:15].hex().upper(),
        key_expires=None,
        reason=None,
        flags=None,
    )


def _subpackets(area: bytes) -> dict[int, bytes]:
    """Return the content of each subpacket by type; the first of a type counts."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(area):
        first = area[at]
        if _ONE_OCTET <= first < _FIVE_OCTETS:  # lengths of two octets reach further here than for packets
            length, at = ((first - _ONE_OCTET) << 8) + _octet(area, at + 1) + _ONE_OCTET, at + 2
        else:
            length, at = _new_length(area, at)
        if not length or at + length > len(area):
            raise PacketError("a damaged OpenPGP subpacket")
        found.setdefault(area[at] & 0x7F, area[at + 1 : at + length])
        at += length
    return found


def _value(subpackets: dict[int, bytes], kind: int) -> int | None:
    content = subpackets.get(kind)
    return int.from_bytes(content, "big") if content is not None and len(content) == 4 else None  # noqa: PLR2004


def _issuer(hashed: dict[int, bytes], unhashed: dict[int, bytes]) -> str:
    """Return the fingerprint where one of the areas names it, else the key id: a hint, signed or not."""
    for area in (hashed, unhashed):
        content = area.get(_FINGERPRINT, b"")
        if len(content) in {_FPR_V4, _FPR_V6}:
            return content[1:].hex().upper()
    content = hashed.get(_ISSUER) or unhashed.get(_ISSUER) or b""
    return content.hex().upper() if len(content) == 8 else ""  # noqa: PLR2004


def digest_hex(name: str, data: bytes) -> str:
    """Return a digest in upper-case hex. Fingerprints of version 4 are SHA-1 by definition."""
    return hashlib.new(name, data, usedforsecurity=False).hexdigest().upper()
