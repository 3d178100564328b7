"""Read what a signature of a commit or tag claims, before anything is verified.

No public key and no third-party library is needed for it, so the continuity of keys can be judged everywhere.
"""

from __future__ import annotations

import binascii
import re

from doorward.model.signature import SignatureClaim, SignedObject
from doorward.records import dataclass
from doorward.sources.trust import packets, sshsig
from doorward.sources.trust.cms import parse_cms
from doorward.sources.trust.der import DerError
from doorward.sources.trust.sshwire import SshError

_ARMOUR = re.compile(rb"^-----BEGIN ([A-Z ]{1,32})-----[ \t\r]*$", re.MULTILINE)
_KINDS = {
    b"PGP SIGNATURE": "openpgp",
    b"PGP MESSAGE": "openpgp",
    b"SSH SIGNATURE": "ssh",
    b"SIGNED MESSAGE": "x509",
}
#: Bytes of one armour, and signatures of one object, beyond which it is no signature but a burden.
_MAX_ARMOUR, _MAX_SIGNATURES = 256 << 10, 16


@dataclass(frozen=True, slots=True)
class ParsedSignature:
    """One signature: its claim, and its bytes without armour.

    These are an OpenPGP packet, an SSH blob, or the number of a signer and a CMS structure.
    """

    claim: SignatureClaim
    data: bytes = b""


def parse_signatures(signature: bytes) -> tuple[ParsedSignature, ...]:
    """Take every signature out of the armours in ``signature``. What is damaged is a claim with a ``problem``."""
    found: list[ParsedSignature] = []
    for begin in _ARMOUR.finditer(signature):
        found += _armour(begin[1], signature[begin.end() :])
    return tuple(found[:_MAX_SIGNATURES]) or (_broken("unknown", "not in an armour that git knows"),)


def signed_object(
    payload: bytes, signature: bytes, time: int | None
) -> tuple[tuple[SignatureClaim, ...], SignedObject]:
    """Return what the signatures over ``payload`` claim, and what verifying them needs."""
    parsed = parse_signatures(signature)
    return tuple(one.claim for one in parsed), SignedObject(payload, tuple(one.data for one in parsed), time)


def _armour(label: bytes, rest: bytes) -> list[ParsedSignature]:
    kind = _KINDS.get(label, "unknown")
    if kind == "unknown":
        return [_broken(kind, "not in an armour that git knows")]
    end = rest.find(b"-----END " + label + b"-----")
    if end < 0:
        return [_broken(kind, "an armour without an end")]
    if end > _MAX_ARMOUR:
        return [_broken(kind, "larger than a signature can be")]
    try:
        return _READERS[kind](armour_body(rest[:end]))
    except (binascii.Error, packets.PacketError, SshError, DerError) as error:
        return [_broken(kind, str(error))]


def _broken(kind: str, problem: str) -> ParsedSignature:
    return ParsedSignature(SignatureClaim(kind, problem=problem))


def armour_body(armour: bytes) -> bytes:
    """Return the bytes of an armour's body: without its headers, and without OpenPGP's checksum.

    Raises ``binascii.Error`` where it is no base64.
    """
    lines = armour.strip(b"\r\n").split(b"\n")
    while lines and b":" in lines[0]:
        lines.pop(0)
    body = [line for line in lines if not line.startswith(b"=")]
    return binascii.a2b_base64(b"".join(body))


def _openpgp(data: bytes) -> list[ParsedSignature]:
    """Every signature packet is a signature of its own; a verifier that reads only the first can be led astray."""
    found = [
        ParsedSignature(_openpgp_claim(packet.body), packet.whole)
        for packet in packets.packets(data)
        if packet.tag == packets.SIGNATURE
    ]
    return found or [_broken("openpgp", "an armour without a signature")]


def _openpgp_claim(body: bytes) -> SignatureClaim:
    packet = packets.signature(body)
    return SignatureClaim(
        "openpgp",
        issuer=packet.issuer,
        algorithm=packets.ALGORITHMS.get(packet.algorithm, f"algorithm {packet.algorithm}"),
        hash=packets.HASHES.get(packet.hash, f"hash {packet.hash}"),
        created=packet.created,
    )


def _ssh(data: bytes) -> list[ParsedSignature]:
    parsed = sshsig.parse(data)
    return [ParsedSignature(SignatureClaim("ssh", parsed.fingerprint, parsed.key_type, parsed.hash), data)]


def _x509(data: bytes) -> list[ParsedSignature]:
    """Every signer's part is a signature of its own; its number stands before the structure that holds them all."""
    return [
        ParsedSignature(
            SignatureClaim("x509", algorithm=one.algorithm, hash=one.hash, created=one.created), bytes((number,)) + data
        )
        for number, one in enumerate(parse_cms(data)[:_MAX_SIGNATURES])
    ]


_READERS = {"openpgp": _openpgp, "ssh": _ssh, "x509": _x509}
