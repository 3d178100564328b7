"""Signatures of X.509 (CMS, RFC 5652), taken apart: what gpgsm, OpenSSL, smimesign and gitsign make of a commit."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.records import dataclass
from doorward.sources.trust.der import OCTETS, SEQUENCE, SET, DerError, Node, parse

_SIGNED_DATA, _DATA = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
#: gitsign's attribute for the entry of a transparency log.
_LOG_ENTRY = "1.3.6.1.4.1.57264.3.1"
_CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_TIME = (f"1.2.840.113549.1.9.{number}" for number in (3, 4, 5))
_HASHES = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_ALGORITHMS = {
    "1.2.840.113549.1.1.1": "rsa",
    **{f"1.2.840.113549.1.1.{number}": "rsa" for number in (4, 5, 11, 12, 13)},
    "1.2.840.113549.1.1.10": "rsa-pss",
    "1.2.840.10045.2.1": "ecdsa",
    "1.2.840.10045.4.1": "ecdsa",
    **{f"1.2.840.10045.4.3.{number}": "ecdsa" for number in (2, 3, 4)},
    "1.3.101.112": "ed25519",
}
_CERTIFICATES, _ATTRIBUTES, _KEY_ID, _UNSIGNED = 0xA0, 0xA0, 0x80, 0xA1
#: Certificates of one signature.
_MOST = 16


@dataclass(frozen=True, slots=True)
class CmsSignature:
    """One signer's part."""

    #: "rsa", "ecdsa", "ed25519", else the object identifier; and the digest.
    algorithm: str
    hash: str
    #: The certificate meant: the issuer's name as it is encoded and the serial number, or the key's id.
    issuer: bytes
    serial: int
    key_id: bytes
    #: Attributes that are signed in place of the content, as a set; b"" where there are none.
    attributes: bytes
    digest: bytes
    #: By the signer's own clock.
    created: int | None
    value: bytes
    #: All certificates that the signature brings.
    certificates: tuple[bytes, ...]
    #: Entries of a transparency log that it brings, beside what is signed: values of gitsign's attribute, as they are.
    entries: tuple[Node, ...] = ()


def parse_cms(data: bytes) -> tuple[CmsSignature, ...]:
    """Take every signer's part out of a structure without content; raise DerError where it is none."""
    try:
        return _parse(data)
    except (IndexError, ValueError) as error:
        raise DerError(str(error) or "a structure with missing parts") from error


def _parse(data: bytes) -> tuple[CmsSignature, ...]:
    kind, wrapped = parse(data).expect(SEQUENCE).children()
    if kind.oid() != _SIGNED_DATA:
        raise DerError("a structure of CMS that is no signature")
    (signed,) = wrapped.children()
    _, _, content, *optional, signers = signed.expect(SEQUENCE).children()
    if [part.oid() for part in content.children()] != [_DATA]:
        raise DerError("a signature that brings its own content")
    certificates = [one.whole for part in optional if part.tag == _CERTIFICATES for one in part.children()]
    if len(certificates) > _MOST:
        raise DerError("a signature with too many certificates")
    found = tuple(_signer(one, tuple(certificates)) for one in signers.expect(SET).children())
    if not found:
        raise DerError("a structure of CMS that nobody signed")
    return found


def _signer(node: Node, certificates: tuple[bytes, ...]) -> CmsSignature:
    _, who, digest, *rest = node.expect(SEQUENCE).children()
    signed = rest.pop(0) if rest[0].tag == _ATTRIBUTES else None
    algorithm, value = rest[0].children()[0].oid(), rest[1].expect(OCTETS)
    told = _attributes(signed) if signed else {}
    if signed and (not signed.definite or told.get(_CONTENT_TYPE) is None or told[_CONTENT_TYPE].oid() != _DATA):
        raise DerError("attributes that sign no data")
    name = digest.children()[0].oid()
    issuer, serial = who.children() if who.tag == SEQUENCE else (None, None)
    return CmsSignature(
        algorithm=_ALGORITHMS.get(algorithm, algorithm),
        hash=_HASHES.get(name, name),
        issuer=issuer.whole if issuer else b"",
        serial=serial.integer() if serial else 0,
        key_id=who.content if who.tag == _KEY_ID else b"",
        attributes=bytes((SET,)) + signed.whole[1:] if signed else b"",
        digest=told[_MESSAGE_DIGEST].expect(OCTETS).content if _MESSAGE_DIGEST in told else b"",
        created=told[_SIGNING_TIME].time() if _SIGNING_TIME in told else None,
        value=value.content,
        certificates=certificates,
        entries=tuple(_entries(rest[2:])),
    )


def _entries(parts: list[Node]) -> Iterator[Node]:
    """Yield the log entries among the attributes that nobody signed. What else stands there says nothing."""
    for part in parts:
        for attribute in part.children() if part.tag == _UNSIGNED else ():
            name, values = attribute.expect(SEQUENCE).children()
            if name.oid() == _LOG_ENTRY:
                yield from values.expect(SET).children()


def _attributes(signed: Node) -> dict[str, Node]:
    """Return the one value of each attribute; raise DerError where one is there twice."""
    found = {}
    for attribute in signed.children():
        name, values = attribute.expect(SEQUENCE).children()
        (value, *others) = values.expect(SET).children()
        if name.oid() in found or others:
            raise DerError("an attribute with several values")
        found[name.oid()] = value
    return found
