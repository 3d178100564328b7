"""OpenPGP certificates, read packet by packet: which keys they hold, and what their owner said of each.

Which of it is valid is for the verifier to say. What is read here tells *why* it refuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from doorward.records import dataclass, field
from doorward.sources.trust import packets
from doorward.sources.trust.maths import KeyMaterial

#: Reasons of a revocation that leave earlier signatures standing (RFC 9580, section 5.2.3.31): superseded, retired,
#: user id no longer valid.
_SOFT = frozenset({1, 3, 32})
_FLAG_SIGN = 0x02
_V4, _V6 = 4, 6
_USER_ID = 13
#: First byte of what is hashed for a fingerprint, by version.
_FINGERPRINT = {_V4: 0x99, _V6: 0x9B}


@dataclass(slots=True)
class PgpKey:
    """One key of a certificate, primary or not."""

    fingerprint: str
    key_id: str
    material: KeyMaterial
    #: Seconds since 1970; ``expires`` is None where it never does.
    created: int
    expires: int | None = None
    #: Revocations by the owner that leave earlier signatures standing, and ones that do not.
    soft_revoked: bool = False
    hard_revoked: bool = False
    #: Whether the owner lets it sign data; None where nothing is said.
    may_sign: bool | None = None


@dataclass(slots=True)
class CertificateFacts:
    """What the packets of one certificate say."""

    keys: list[PgpKey] = field(default_factory=list)
    user_id: str = ""


def read_certificate(parts: Iterable[packets.Packet]) -> CertificateFacts:
    """Read the packets of one certificate. What other people say of it, and what cannot be read, is passed over."""
    facts = CertificateFacts()
    for packet in parts:
        if packet.tag in {packets.PUBLIC_KEY, packets.PUBLIC_SUBKEY}:
            facts.keys.append(_key(packet.body))
        elif packet.tag == _USER_ID and not facts.user_id:
            facts.user_id = packet.body[:512].decode("utf-8", "backslashreplace")
        elif packet.tag == packets.SIGNATURE and facts.keys:
            with suppress(packets.PacketError):
                _statement(facts, packets.signature(packet.body))
    return facts


def _key(body: bytes) -> PgpKey:
    version = body[0] if body else 0
    if version not in _FINGERPRINT or len(body) < 6:  # noqa: PLR2004 - version, time, algorithm
        raise packets.PacketError(f"an OpenPGP key of version {version}")
    digest, length = ("sha1", 2) if version == _V4 else ("sha256", 4)
    framed = bytes([_FINGERPRINT[version]]) + len(body).to_bytes(length, "big") + body
    fingerprint = packets.digest_hex(digest, framed)
    values = body[6:] if version == _V4 else body[10:]
    return PgpKey(
        fingerprint,
        fingerprint[-16:] if version == _V4 else fingerprint[:16],
        KeyMaterial(body[5], values),
        int.from_bytes(body[1:5], "big"),
    )


def _statement(facts: CertificateFacts, said: packets.SignaturePacket) -> None:
    """Take over what the owner says of the whole certificate or of its latest key."""
    primary, latest = facts.keys[0], facts.keys[-1]
    if said.issuer not in {primary.fingerprint, primary.key_id}:
        return
    if said.type in {packets.KEY_REVOCATION, packets.SUBKEY_REVOCATION}:
        revoked = primary if said.type == packets.KEY_REVOCATION else latest
        if said.reason in _SOFT:
            revoked.soft_revoked = True
        else:
            revoked.hard_revoked = True
        return
    about = latest if said.type == packets.SUBKEY_BINDING else primary
    if said.type in {packets.SUBKEY_BINDING, packets.DIRECT_KEY, *packets.CERTIFICATIONS}:
        about.expires = about.created + said.key_expires if said.key_expires else None
        if said.flags is not None:
            about.may_sign = bool(said.flags & _FLAG_SIGN)
