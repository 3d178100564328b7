"""The mathematics of an OpenPGP signature alone, with no policy around it.

A verifier that refuses does not say why. "It does not verify with its own key" may only be said where the numbers
themselves are wrong, and this is where that is found out. Used after a refusal, never to accept anything.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, utils

from doorward.records import dataclass
from doorward.sources.trust.packets import HASHES, TEXT, PacketError, SignaturePacket

_RSA, _DSA, _ECDSA, _EDDSA, _ED25519, _ED448 = frozenset({1, 3}), 17, 19, 22, 27, 28
_V4, _V6 = 4, 6
_CURVES: dict[bytes, ec.EllipticCurve] = {
    bytes.fromhex("2a8648ce3d030107"): ec.SECP256R1(),
    bytes.fromhex("2b81040022"): ec.SECP384R1(),
    bytes.fromhex("2b81040023"): ec.SECP521R1(),
    bytes.fromhex("2b2403030208010107"): ec.BrainpoolP256R1(),
    bytes.fromhex("2b240303020801010b"): ec.BrainpoolP384R1(),
    bytes.fromhex("2b240303020801010d"): ec.BrainpoolP512R1(),
}
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - judged by whoever asks; here only the numbers count
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha3-256": hashes.SHA3_256(),
    "sha3-512": hashes.SHA3_512(),
}


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """The numbers of a public key, as its packet holds them."""

    algorithm: int
    values: bytes


def holds(key: KeyMaterial, signature: SignaturePacket, payload: bytes) -> bool | None:
    """Whether the numbers are right; None where doorward cannot compute this algorithm."""
    name = HASHES.get(signature.hash, "")
    if name not in _DIGESTS:
        return None
    try:
        _verify(key, signature, _digest(signature, payload, name), _DIGESTS[name])
    except InvalidSignature:
        return False
    except (PacketError, UnsupportedAlgorithm, ValueError):
        return None
    return True


def _digest(signature: SignaturePacket, payload: bytes, name: str) -> bytes:
    """Return the digest that is signed: document, hashed part of the packet, trailer (RFC 9580, section 5.2.4)."""
    digest = hashlib.new(name.replace("-", "_"), usedforsecurity=False)
    if signature.version == _V6:
        digest.update(signature.values[1 : 1 + signature.values[0]])
    if signature.type == TEXT:
        payload = payload.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    digest.update(payload)
    digest.update(signature.hashed)
    if signature.version >= _V4:
        digest.update(bytes((signature.version, 0xFF)) + len(signature.hashed).to_bytes(4, "big"))
    return digest.digest()


def _verify(key: KeyMaterial, signature: SignaturePacket, digest: bytes, algorithm: hashes.HashAlgorithm) -> None:
    """Return where the numbers are right; raise :class:`InvalidSignature` where they are not."""
    values = signature.values
    if signature.version == _V6:
        values = values[1 + values[0] :]
    if key.algorithm in _RSA:
        n, e = _integers(key.values, 2)
        (s,) = _integers(values, 1)
        public = rsa.RSAPublicNumbers(e, n).public_key()
        raw = s.to_bytes((n.bit_length() + 7) // 8, "big") if s < n else b""
        public.verify(raw, digest, padding.PKCS1v15(), utils.Prehashed(algorithm))
    elif key.algorithm == _DSA:
        p, q, g, y = _integers(key.values, 4)
        numbers = dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g))
        shorter = digest[: (q.bit_length() + 7) // 8]
        numbers.public_key().verify(utils.encode_dss_signature(*_integers(values, 2)), shorter, _prehashed(shorter))
    elif key.algorithm == _ECDSA:
        curve, point = _curve(key.values)
        elliptic = ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve], point)
        elliptic.verify(utils.encode_dss_signature(*_integers(values, 2)), digest, ec.ECDSA(utils.Prehashed(algorithm)))
    else:
        _verify_edwards(key, values, digest)


def _prehashed(digest: bytes) -> utils.Prehashed:
    """Return the algorithm whose digests have this length: for DSA a digest is cut to the size of its group."""
    sizes: dict[int, hashes.HashAlgorithm] = {20: hashes.SHA1(), 28: hashes.SHA224(), 32: hashes.SHA256()}  # noqa: S303
    if len(digest) not in sizes:
        raise PacketError("a DSA group of an unusual size")
    return utils.Prehashed(sizes[len(digest)])


def _verify_edwards(key: KeyMaterial, values: bytes, digest: bytes) -> None:
    if key.algorithm == _EDDSA:
        _, point = _curve(key.values)
        r, s = _integers(values, 2)
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big") if max(r, s).bit_length() <= 256 else b""  # noqa: PLR2004
        ed25519.Ed25519PublicKey.from_public_bytes(point[1:]).verify(raw, digest)
    elif key.algorithm == _ED25519:
        ed25519.Ed25519PublicKey.from_public_bytes(key.values[:32]).verify(values[:64], digest)
    elif key.algorithm == _ED448:
        ed448.Ed448PublicKey.from_public_bytes(key.values[:57]).verify(values[:114], digest)
    else:
        raise PacketError(f"public-key algorithm {key.algorithm}")


def _integers(data: bytes, count: int) -> list[int]:
    """Read multi-precision integers: two bytes of bit length, then the number."""
    found, at = [], 0
    for _ in range(count):
        if at + 2 > len(data):
            raise PacketError("truncated numbers")
        size = (int.from_bytes(data[at : at + 2], "big") + 7) // 8
        if at + 2 + size > len(data):
            raise PacketError("truncated numbers")
        found.append(int.from_bytes(data[at + 2 : at + 2 + size], "big"))
        at += 2 + size
    return found


def _curve(values: bytes) -> tuple[bytes, bytes]:
    """Return a curve's object identifier and the encoded point."""
    size = values[0] if values else 0
    curve, rest = values[1 : 1 + size], values[1 + size :]
    (point,) = _integers(rest, 1)
    encoded = point.to_bytes((point.bit_length() + 7) // 8, "big")
    if curve not in _CURVES and curve != bytes.fromhex("2b06010401da470f01"):
        raise PacketError("a curve that doorward does not know")
    return curve, encoded


def bits(key: KeyMaterial) -> int:
    """Return the size of an RSA or DSA key in bits; 0 for other algorithms."""
    if key.algorithm in _RSA or key.algorithm == _DSA:
        return int.from_bytes(key.values[:2], "big")
    return 0
