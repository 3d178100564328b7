"""Verify OpenPGP signatures in this process, and say why where one is refused (reference: repository, section 6)."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pysequoia

from doorward.model.facts import Fact, Known, Missing
from doorward.model.signature import SignatureClaim, SignatureState
from doorward.records import dataclass
from doorward.sources.trust import packets
from doorward.sources.trust.certificates import PgpKey, read_certificate
from doorward.sources.trust.maths import bits, holds

#: Digests that can be forged today, and the size below which RSA and DSA keys can.
_WEAK_HASHES = frozenset({"md5", "sha1", "ripemd160"})
_WEAK_BITS = 2_048


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as the verifier reads it and as its packets say it."""

    cert: pysequoia.Cert
    user_id: str
    trusted: bool
    revoked: bool


@dataclass(frozen=True, slots=True)
class _Found:
    certificate: Certificate
    key: PgpKey


class PgpRing:
    """Certificates, found by the ids of all their keys."""

    def __init__(self) -> None:
        """Begin empty."""
        self._keys: dict[str, list[_Found]] = {}
        self._count = 0
        self._now = int(time.time())

    def __len__(self) -> int:
        """Return the number of certificates."""
        return self._count

    def add(self, data: bytes, *, trusted: bool) -> list[str]:
        """Take over the certificates in ``data``, armoured or not; return what cannot be read, in sentences."""
        try:
            certs = pysequoia.Cert.split_bytes(data)
        except RuntimeError as error:
            return [f"a certificate cannot be read: {_first_line(error)}"]
        problems = []
        for cert in certs:
            try:
                facts = read_certificate(packets.packets(bytes(cert)))
            except packets.PacketError as error:
                problems.append(f"the certificate {cert.fingerprint.upper()} cannot be read: {error}")
                continue
            certificate = Certificate(cert, facts.user_id, trusted, cert.is_revoked)
            self._count += 1
            for key in facts.keys:
                self._keys.setdefault(key.key_id, []).append(_Found(certificate, key))
        return problems

    def find(self, claim: SignatureClaim) -> list[_Found]:
        """Return the keys that a claim can mean: several only where 64-bit ids collide."""
        found = self._keys.get(claim.key, [])
        if len(claim.issuer) > len(claim.key):
            return [one for one in found if one.key.fingerprint == claim.issuer]
        return found

    def verify(self, claim: SignatureClaim, packet: bytes, payload: bytes) -> Fact[SignatureState]:
        """Judge one signature packet over ``payload``."""
        found = self.find(claim)
        if found:
            states = [self._judge(one, claim, packet, payload) for one in found]
            return next((state for state in states if isinstance(state, Known) and state.value.good), states[0])
        if claim.hash in _WEAK_HASHES:
            return Known(SignatureState.TOO_WEAK)
        return Missing(f"the key {claim.issuer or '(unnamed)'} is not available")

    def _judge(self, found: _Found, claim: SignatureClaim, packet: bytes, payload: bytes) -> Fact[SignatureState]:
        key = found.key
        reason = _plain_reason(key, claim)
        if reason is None and _accepted(found.certificate.cert, packet, payload):
            return Known(self._valid(found))
        (parsed,) = (packets.signature(one.body) for one in packets.packets(packet))
        right = holds(key.material, parsed, payload)
        if right is False:
            return Known(SignatureState.BAD)
        if reason is not None:
            return Known(reason)
        if right is None:
            return Missing(f"a signature by {claim.algorithm} with {claim.hash}, which is not supported")
        return _why_refused(key, claim)

    def _valid(self, found: _Found) -> SignatureState:
        if found.certificate.revoked or found.key.soft_revoked:
            return SignatureState.SUPERSEDED
        expired = found.key.expires is not None and found.key.expires <= self._now
        return SignatureState.EXPIRED_SINCE if expired else SignatureState.VALID


def _accepted(cert: pysequoia.Cert, packet: bytes, payload: bytes) -> bool:
    try:
        signature = pysequoia.Sig.from_bytes(packet)
        pysequoia.verify(bytes=payload, store=lambda _: [cert], signature=signature)
    except RuntimeError:  # the one exception of the library, whatever the reason
        return False
    return True


def _plain_reason(key: PgpKey, claim: SignatureClaim) -> SignatureState | None:
    """Return why a signature does not count that needs no verifier to see."""
    if claim.hash in _WEAK_HASHES or 0 < bits(key.material) < _WEAK_BITS:
        return SignatureState.TOO_WEAK
    if claim.created is not None and claim.created < key.created:
        return SignatureState.BEFORE_KEY
    return None


def _why_refused(key: PgpKey, claim: SignatureClaim) -> Fact[SignatureState]:
    """Tell why the verifier refuses a signature whose numbers are right."""
    if key.hard_revoked:
        return Known(SignatureState.COMPROMISED)
    if key.expires is not None and claim.created is not None and claim.created >= key.expires:
        return Missing("signed after the key expired, by the copy of the key that is at hand")
    if key.may_sign is False:
        return Known(SignatureState.NOT_FOR_SIGNING)
    return Missing("the numbers are right, but the verifier does not accept the key's certificate")


def _first_line(error: RuntimeError) -> str:
    return next(iter(str(error).splitlines()), "damaged")


def holders(found: Iterable[_Found]) -> tuple[bool, str]:
    """Return whether one of the keys is trusted, and whom its certificate names."""
    ordered = sorted(found, key=lambda one: not one.certificate.trusted)
    return (ordered[0].certificate.trusted, ordered[0].certificate.user_id) if ordered else (False, "")
