"""Signatures of commits and tags: what one claims by its own bytes, and what verifying it said."""

from __future__ import annotations

from enum import Enum

from doorward.model.facts import Fact
from doorward.records import dataclass

#: The keys with which GitHub signs what is made on its pages, by 64-bit id. They prove "through the forge", not who.
WEB_FLOW_KEYS = frozenset({"4AEE18F83AFDEB23", "B5690EEEBB952194"})


class SignatureState(Enum):
    """What verifying with the matching key said. The value is the phrase in reports."""

    VALID = "valid"
    #: Valid, and the key expired after the signature was made.
    EXPIRED_SINCE = "valid; the key expired afterwards"
    #: Valid, and the key was superseded or retired later (a soft revocation).
    SUPERSEDED = "valid, but the key was superseded or retired"
    #: The key is revoked as compromised, or without a reason, which counts as the same.
    COMPROMISED = "made with a key that is revoked as compromised"
    #: A digest or a key that can be forged today: SHA-1, MD5, RSA or DSA below 2,048 bits.
    TOO_WEAK = "too weak to count"
    #: The signer's time lies before the key existed.
    BEFORE_KEY = "dated before its key existed"
    #: The allowed-signers file limits the key to another time or another purpose.
    OUT_OF_BOUNDS = "made outside the time or purpose for which the key is allowed"
    #: The mathematics holds, and the log entry that should prove its time is damaged or another signature's.
    FALSE_ENTRY = "with a log entry that does not prove it"
    #: The mathematics holds, but the certificate does not allow this key to sign.
    NOT_FOR_SIGNING = "made with a key that may not sign"
    #: The bytes form no signature.
    MALFORMED = "malformed"
    #: The mathematics is wrong for the matching key.
    BAD = "does not verify with its own key"

    @property
    def good(self) -> bool:
        """Whether it proves that the key's holder signed these bytes."""
        return self in _GOOD


_GOOD = frozenset({SignatureState.VALID, SignatureState.EXPIRED_SINCE, SignatureState.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class SignatureClaim:
    """What a signature says of itself. Anyone can write it: without verification it is only a claim."""

    #: "openpgp", "ssh", "x509"; "other" for one over the object's form in git's other object format; "unknown" for an
    #: armour of another kind.
    kind: str
    #: OpenPGP: fingerprint in upper-case hex where the packet names it, else the 64-bit key id; "" where it names none.
    #: SSH: "SHA256:" and the base64 of the key's digest. x509: "", for keyless certificates last minutes.
    issuer: str = ""
    #: "rsa", "dsa", "ecdsa", "eddsa", "ssh-ed25519" ...
    algorithm: str = ""
    #: "sha256", "sha1" ...
    hash: str = ""
    #: Seconds since 1970 by the signer's own clock; None where the format has no time.
    created: int | None = None
    #: Why the bytes could not be read as a signature; "" where they could.
    problem: str = ""

    @property
    def key(self) -> str:
        """The shortest name under which two claims of one key agree: the 64-bit id of OpenPGP, else the issuer."""
        if self.kind != "openpgp" or len(self.issuer) <= _KEY_ID:
            return self.issuer
        return self.issuer[:_KEY_ID] if len(self.issuer) == _V6_FINGERPRINT else self.issuer[-_KEY_ID:]

    @property
    def web_flow(self) -> bool:
        """Whether it claims one of GitHub's own keys."""
        return self.key in WEB_FLOW_KEYS


_KEY_ID, _V6_FINGERPRINT = 16, 64


@dataclass(frozen=True, slots=True)
class SignedObject:
    """The bytes that the signatures of one object cover, and the signatures themselves."""

    payload: bytes
    #: Each signature without its armour, in the order of the claims; b"" for one that could not be read.
    signatures: tuple[bytes, ...]
    #: Time of the commit or tag by its own header, seconds since 1970; None where it has none.
    time: int | None = None


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """One signature, judged by itself."""

    claim: SignatureClaim
    #: ``Missing`` where it could not be verified: no key, no verifier, a kind that is not supported.
    state: Fact[SignatureState]
    #: Whether the key that it was verified with is in the keyring that the user trusts for this repository.
    trusted: bool = False
    #: Whom the keyring names as the key's holder; "" where unknown.
    holder: str = ""
    #: What else there is to know of the verdict, as a short phrase.
    detail: str = ""
    #: Whether it claims a key of that keyring and nothing proves it: the certificate is not at hand, or it cannot be
    #: verified. Then ``trusted`` is false.
    claims_trusted: bool = False
