"""Verify signatures of X.509 in this process: the numbers, then the chain of certificates up to a root of the user's.

What is not checked is said: no list of revoked certificates is asked for, and the time is the signer's claim. Of a
certificate that lives for minutes (gitsign's, by Fulcio) the entry of a transparency log proves chain and time, or the
signature stays a gap.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from doorward.model.facts import Fact, Known, Missing
from doorward.model.signature import SignatureState
from doorward.records import dataclass
from doorward.sources.trust.cms import CmsSignature
from doorward.sources.trust.der import INTEGER, DerError, parse
from doorward.sources.trust.transparency import TransparencyLogs

_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - graded as too weak where the numbers hold
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_WEAK_HASHES, _WEAK_BITS = frozenset({"sha1", "md5"}), 2_048
#: A certificate that lives shorter than this proves nothing without a proof of when it was used.
_SHORT = timedelta(days=1)
_PURPOSES = frozenset(
    {
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
)
#: Fulcio's claim of who knows the identity: as a string of ASN.1, and as bare bytes in certificates of before 2023.
_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_OLD_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_UTF8, _LONGEST_ISSUER = 0x0C, 200
UNREVOKED = "whether its certificate was revoked is not checked"


@dataclass(frozen=True, slots=True)
class X509Verdict:
    """What came of one signature."""

    state: Fact[SignatureState]
    #: E-mail addresses, URIs, else the common name of the certificate.
    identities: tuple[str, ...] = ()
    #: Whether its chain leads to a root of the user's, at the claimed time.
    rooted: bool = False
    detail: str = ""
    #: Who, by Fulcio's claim, knows the identity: the address of a provider of log-ins. "" where it claims none.
    issuer: str = ""


#: What the library raises for certificates that it cannot read; some of it is no ValueError.
_UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion)


class X509Roots:
    """The roots that the user gives."""

    def __init__(self, logs: TransparencyLogs) -> None:
        """Begin without any. ``logs`` prove what certificates of minutes signed."""
        self._roots: list[x509.Certificate] = []
        self._logs = logs

    def __len__(self) -> int:
        """Return the number of roots."""
        return len(self._roots)

    def add(self, data: bytes) -> list[str]:
        """Take over certificates in PEM; return what cannot be read, in sentences."""
        try:
            self._roots += x509.load_pem_x509_certificates(data)
        except _UNREADABLE:
            return ["a certificate of X.509 cannot be read"]
        return []

    def verify(self, signature: CmsSignature, payload: bytes, signed_at: int | None) -> X509Verdict:
        """Judge one signature over ``payload``, which claims to be made at a time (seconds since 1970)."""
        try:
            given = [_loaded(one) for one in signature.certificates]
            leaf = _meant(signature, [*given, *self._roots])
            if leaf is None:
                return X509Verdict(Missing("the certificate of the signer is not at hand"))
            who = _identities(leaf)
        except _UNREADABLE:
            return X509Verdict(Known(SignatureState.MALFORMED), detail="its certificates cannot be read")
        right = _holds(leaf, signature, payload)
        if right is not True:
            told = f"a signature by {signature.algorithm} with {signature.hash}, which is not supported"
            return X509Verdict(Missing(told) if right is None else Known(SignatureState.BAD), who)
        refused = _refused(leaf, signature)
        if refused:
            return X509Verdict(Known(refused), who)
        if leaf.not_valid_after_utc - leaf.not_valid_before_utc < _SHORT:
            proof, issuer = self._logs.prove(signature, leaf, payload), _issuer(leaf)
            return X509Verdict(proof.state, who, detail=proof.detail, issuer=issuer)
        return self._chain(leaf, given, [at for at in (signature.created, signed_at) if at is not None], who)

    def _chain(
        self, leaf: x509.Certificate, given: Sequence[x509.Certificate], times: Sequence[int], who: tuple[str, ...]
    ) -> X509Verdict:
        """Follow the certificates up to a root at every time that is claimed."""
        moments = [datetime.fromtimestamp(at, UTC) for at in times]
        if not moments or not all(leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc for at in moments):
            detail = "made outside the time of its certificate"
            return X509Verdict(Known(SignatureState.OUT_OF_BOUNDS), who, detail=detail)
        if not self._roots:
            return X509Verdict(Missing(f"no root is given for the certificate of {who[0]}"), who)
        if not all(self._leads_up(leaf, given, at) for at in moments):
            return X509Verdict(Missing(f"the certificate of {who[0]} leads to no root that was given"), who)
        expired = leaf.not_valid_after_utc.timestamp() < time.time()
        state = SignatureState.EXPIRED_SINCE if expired else SignatureState.VALID
        return X509Verdict(Known(state), who, rooted=True, detail=UNREVOKED)

    def _leads_up(self, leaf: x509.Certificate, given: Sequence[x509.Certificate], at: datetime) -> bool:
        # What the leaf may be used for is judged here; of the others the library demands what the web does.
        policy = PolicyBuilder().store(Store(self._roots)).time(at.replace(tzinfo=None)).extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )  # fmt: skip
        try:
            policy.build_client_verifier().verify(leaf, [one for one in given if one != leaf])
        except (VerificationError, ValueError):
            return leaf in self._roots
        return True


def _loaded(data: bytes) -> x509.Certificate:
    """Return a certificate; raise one of ``_UNREADABLE`` where it is none.

    The library prints a warning of a serial number below one, which RFC 5280, 4.1.2.2, forbids, before it refuses it.
    """
    number = next(
        (part for inner in parse(data).children()[:1] for part in inner.children() if part.tag == INTEGER), None
    )
    if number is None or number.integer() <= 0:
        raise DerError("a certificate without a serial number above zero")
    return x509.load_der_x509_certificate(data)


def _meant(signature: CmsSignature, certificates: Sequence[x509.Certificate]) -> x509.Certificate | None:
    for one in certificates:
        if signature.key_id:
            names = [e.value.digest for e in one.extensions if isinstance(e.value, x509.SubjectKeyIdentifier)]
            if signature.key_id in names:
                return one
        elif one.serial_number == signature.serial and one.issuer.public_bytes() == signature.issuer:
            return one
    return None


def _holds(leaf: x509.Certificate, signature: CmsSignature, payload: bytes) -> bool | None:
    """Whether the numbers are right; None where doorward cannot compute this algorithm."""
    if signature.hash not in _DIGESTS or signature.algorithm not in {"rsa", "ecdsa", "ed25519"}:
        return None
    if signature.attributes:
        if hashlib.new(signature.hash, payload, usedforsecurity=False).digest() != signature.digest:
            return False
        payload = signature.attributes
    try:
        return _verify(leaf.public_key(), signature.value, payload, _DIGESTS[signature.hash])
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError):
        return None


def _verify(key: object, value: bytes, payload: bytes, algorithm: hashes.HashAlgorithm) -> bool | None:
    """Return True where the numbers are right; raise :class:`InvalidSignature` where they are not."""
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(value, payload, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(value, payload, ec.ECDSA(algorithm))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(value, payload)
    else:
        return None
    return True


def _refused(leaf: x509.Certificate, signature: CmsSignature) -> SignatureState | None:
    """Return why a signature whose numbers hold does not count."""
    key = leaf.public_key()
    if signature.hash in _WEAK_HASHES or (isinstance(key, rsa.RSAPublicKey) and key.key_size < _WEAK_BITS):
        return SignatureState.TOO_WEAK
    extensions = {one.oid: one.value for one in leaf.extensions}
    usage = extensions.get(x509.KeyUsage.oid)
    purposes = extensions.get(x509.ExtendedKeyUsage.oid)
    if isinstance(usage, x509.KeyUsage) and not (usage.digital_signature or usage.content_commitment):
        return SignatureState.NOT_FOR_SIGNING
    if isinstance(purposes, x509.ExtendedKeyUsage) and not _PURPOSES & set(purposes):
        return SignatureState.NOT_FOR_SIGNING
    return None


def _identities(leaf: x509.Certificate) -> tuple[str, ...]:
    """Return whom a certificate names, with who vouches for it where Fulcio made it."""
    extensions = {one.oid: one.value for one in leaf.extensions}
    names = extensions.get(x509.SubjectAlternativeName.oid)
    found: list[str] = []
    if isinstance(names, x509.SubjectAlternativeName):
        found += names.get_values_for_type(x509.RFC822Name)
        found += names.get_values_for_type(x509.UniformResourceIdentifier)
    found = found or [str(one.value) for one in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return tuple(found) or ("nobody",)


def _issuer(leaf: x509.Certificate) -> str:
    """Return who, by Fulcio's claim, knows the identity; "" where it makes none."""
    found = {one.oid: one.value for one in leaf.extensions if one.oid in {_ISSUER, _OLD_ISSUER}}
    new, old = found.get(_ISSUER), found.get(_OLD_ISSUER)
    if isinstance(new, x509.UnrecognizedExtension):
        with suppress(DerError):
            return parse(new.value).expect(_UTF8).content.decode("utf-8", "backslashreplace")[:_LONGEST_ISSUER]
    if isinstance(old, x509.UnrecognizedExtension):
        return old.value.decode("utf-8", "backslashreplace")[:_LONGEST_ISSUER]
    return ""
