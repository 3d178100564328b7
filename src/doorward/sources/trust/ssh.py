"""The mathematics of SSH signatures (OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f)."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from doorward.sources.trust.sshcert import SshCertificate
from doorward.sources.trust.sshsig import SshSignature
from doorward.sources.trust.sshwire import Reader, SshError

_CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    "nistp256": (ec.SECP256R1(), hashes.SHA256()),
    "nistp384": (ec.SECP384R1(), hashes.SHA384()),
    "nistp521": (ec.SECP521R1(), hashes.SHA512()),
}
_RSA_DIGESTS: dict[str, hashes.HashAlgorithm] = {"rsa-sha2-256": hashes.SHA256(), "rsa-sha2-512": hashes.SHA512()}
#: Hash of the message: the only two that the protocol allows.
_MESSAGE_HASHES = frozenset({"sha256", "sha512"})
#: Size in bits below which an RSA key does not count.
_WEAK_BITS = 2_048
_SECURITY_KEYS = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey


def verify(signature: SshSignature, message: bytes) -> bool:
    """Whether the numbers are right for the key inside the signature.

    Raises :class:`SshError` for what doorward cannot verify: DSA, and RSA with SHA-1.
    """
    key = public_key(signature.key)
    if signature.key_type not in {signature.algorithm, "ssh-rsa"}:
        raise SshError(f"a signature by {signature.algorithm} with a key of the type {signature.key_type}")
    data = _signed_data(signature, message)
    blob = signature.blob
    if signature.key_type in _SECURITY_KEYS:
        data, blob = _by_security_key(signature, data)
    try:
        _verify(key, signature.algorithm, blob, data)
    except InvalidSignature:
        return False
    return True


def is_certified(certificate: SshCertificate) -> bool:
    """Whether the authority that a certificate names signed it. Raises :class:`SshError` as :func:`verify` does."""
    authority = public_key(certificate.authority)
    if Reader(certificate.authority).string() in {kind.encode() for kind in _SECURITY_KEYS}:
        raise SshError("a certificate by an authority whose key is a security key")
    try:
        _verify(authority, certificate.algorithm, certificate.blob, certificate.signed)
    except InvalidSignature:
        return False
    return True


def _signed_data(signature: SshSignature, message: bytes) -> bytes:
    if signature.hash not in _MESSAGE_HASHES:
        raise SshError(f"an SSH signature over {signature.hash}")
    digest = hashlib.new(signature.hash, message).digest()
    parts = (signature.namespace, signature.reserved, signature.hash.encode(), digest)
    return b"SSHSIG" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _by_security_key(signature: SshSignature, data: bytes) -> tuple[bytes, bytes]:
    """Return what a security key signs (application, flags, counter, digest), and the signature in front of them."""
    blob = Reader(signature.blob)
    inner = blob.string()
    flags_and_counter = blob.take(5)
    key = Reader(signature.key)
    key.string()
    if signature.key_type.startswith("sk-ecdsa"):
        key.string()
    key.string()
    application = key.string()
    signed = hashlib.sha256(application).digest() + flags_and_counter + hashlib.sha256(data).digest()
    return signed, len(inner).to_bytes(4, "big") + inner


def _verify(key: PublicKey, algorithm: str, blob: bytes, data: bytes) -> None:
    raw = Reader(blob).string()
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(raw, data)
    elif isinstance(key, rsa.RSAPublicKey):
        if algorithm not in _RSA_DIGESTS:
            raise SshError(f"an SSH signature by {algorithm}")
        key.verify(raw, data, padding.PKCS1v15(), _RSA_DIGESTS[algorithm])
    else:
        numbers = Reader(raw)
        r, s = (int.from_bytes(numbers.string(), "big") for _ in range(2))
        digest = next(digest for curve, digest in _CURVES.values() if curve.name == key.curve.name)
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(digest))


def is_weak(wire: bytes) -> bool:
    """Whether a key is too small to count."""
    key = public_key(wire)
    return isinstance(key, rsa.RSAPublicKey) and key.key_size < _WEAK_BITS


@lru_cache(maxsize=1 << 12)
def public_key(wire: bytes) -> PublicKey:
    """Read a public key of SSH's wire format; raise :class:`SshError` for a kind that doorward does not verify."""
    reader = Reader(wire)
    kind = reader.string().decode("ascii", "replace")
    try:
        if kind in {"ssh-ed25519", _SECURITY_KEYS[0]}:
            return ed25519.Ed25519PublicKey.from_public_bytes(reader.string())
        if kind == "ssh-rsa":
            e, n = (int.from_bytes(reader.string(), "big") for _ in range(2))
            return rsa.RSAPublicNumbers(e, n).public_key()
        if kind.startswith("ecdsa-sha2-") or kind == _SECURITY_KEYS[1]:
            curve = reader.string().decode("ascii", "replace")
            if curve in _CURVES:
                return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve][0], reader.string())
    except ValueError as error:
        raise SshError(f"a damaged {kind} key") from error
    raise SshError(f"a key of the type {kind}, which is not supported")
