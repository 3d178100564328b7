"""A private Sigstore: an authority like Fulcio, a log of certificates, a log like Rekor, and what gitsign makes of them.

Written from the formats' own definitions (RFC 6962, RFC 8785, Protocol Buffers, signed notes), not from the code that
reads them.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from doorward.sources.trust.cms import parse_cms
from doorward.sources.trust.der import parse
from tests.trust.material import PAYLOAD

NOW = datetime.now(UTC).replace(microsecond=0)
TIME = int(NOW.timestamp())
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ALICE, ISSUER = "alice@example.org", "https://login.example.org"
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
LOG_ENTRY = bytes.fromhex("060a2b0601040183bf300301")


def key():
    return ec.generate_private_key(ec.SECP256R1())


ROOT_KEY, MIDDLE_KEY, LOG_KEY, CT_KEY, OTHER_KEY, LEAF_KEY = (key() for _ in range(6))


def spki(secret) -> bytes:
    return secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_id(secret) -> bytes:
    return hashlib.sha256(spki(secret)).digest()


def sign(secret, data: bytes) -> bytes:
    return secret.sign(data, ec.ECDSA(hashes.SHA256()))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def authority(subject: str, issuer: str, secret, signer) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder(name(issuer), name(subject), secret.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - 900 * DAY)
        .not_valid_after(NOW + 900 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(secret.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )


ROOT = authority("fulcio root", "fulcio root", ROOT_KEY, ROOT_KEY)
MIDDLE = authority("fulcio", "fulcio root", MIDDLE_KEY, ROOT_KEY)


def trusted_root(log=LOG_KEY, ct=CT_KEY, chain=(MIDDLE, ROOT)) -> bytes:
    def instance(secret) -> dict:
        public = {"rawBytes": b64(spki(secret)), "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
        public["validFor"] = {"start": "2021-01-01T00:00:00Z"}
        return {"baseUrl": "https://log.invalid", "hashAlgorithm": "SHA2_256", "publicKey": public,
                "logId": {"keyId": b64(key_id(secret))}}  # fmt: skip

    certificates = [{"rawBytes": b64(one.public_bytes(Encoding.DER))} for one in chain]
    return json.dumps(
        {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [instance(log)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "example", "commonName": "fulcio"},
                    "uri": "https://fulcio.invalid",
                    "certChain": {"certificates": certificates},
                    "validFor": {"start": "2021-01-01T00:00:00Z"},
                }
            ],
            "ctlogs": [instance(ct)],
            "timestampAuthorities": [],
        }
    ).encode()


def leaf(
    *, signer=MIDDLE_KEY, ct=CT_KEY, purpose=ExtendedKeyUsageOID.CODE_SIGNING, start=NOW - 5 * MINUTE
) -> x509.Certificate:
    """What Fulcio issues; ``ct`` None leaves out the proof that it was made public."""
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    issuer = b"\x0c" + bytes([len(ISSUER)]) + ISSUER.encode()
    builder = (
        x509.CertificateBuilder(name("fulcio"), x509.Name([]), LEAF_KEY.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + 10 * MINUTE)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(ALICE)]), critical=True)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8"), issuer), False)
    )
    if ct is None:
        return builder.sign(signer, hashes.SHA256())
    body = builder.sign(signer, hashes.SHA256()).tbs_certificate_bytes
    when = int(start.timestamp() * 1000).to_bytes(8, "big")
    entry = key_id(signer) + len(body).to_bytes(3, "big") + body
    signature = sign(ct, b"\0\0" + when + b"\0\1" + entry + b"\0\0")
    sct = b"\0" + key_id(ct) + when + b"\0\0" + b"\4\3" + len(signature).to_bytes(2, "big") + signature
    scts = len(sct).to_bytes(2, "big") + sct
    value = tlv(0x04, len(scts).to_bytes(2, "big") + scts)
    return builder.add_extension(x509.UnrecognizedExtension(SCT_LIST, value), critical=False).sign(
        signer, hashes.SHA256()
    )


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 0x80 else b"\x84" + size.to_bytes(4, "big")
    return bytes([tag]) + length + content


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True)
class Logged:
    """What the log says of one signature; each case of a test changes some of it."""

    value: bytes
    signed: bytes
    certificate: bytes
    time: int = TIME
    #: The time that the entry tells, where it is not the one that the log signed.
    told: int | None = None
    index: int = 77
    log: object = LOG_KEY
    #: The key by which the entry names its log.
    named: object = LOG_KEY
    checkpoint_by: object = LOG_KEY
    promise: bool = True
    proof: bool = True
    kind: bytes = b"hashedrekord"
    sibling: bytes = hashlib.sha256(b"\0another entry").digest()
    told_sibling: bytes | None = None

    def body(self) -> bytes:
        pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(self.certificate).replace(b"\n", b"")
        text = x509.load_der_x509_certificate(self.certificate).public_bytes(Encoding.PEM)
        assert text.replace(b"\n", b"").startswith(pem.replace(b"\n", b""))
        digest = hashlib.sha256(self.signed).hexdigest()
        return (
            f'{{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{{"data":{{"hash":{{"algorithm":"sha256","value":'
            f'"{digest}"}}}},"signature":{{"content":"{b64(self.value)}","publicKey":{{"content":"{b64(text)}"}}}}}}}}'
        ).encode()

    def encoded(self) -> bytes:
        body, log_id = self.body(), key_id(self.named)
        promised = (
            f'{{"body":"{b64(body)}","integratedTime":{self.time},"logID":"{log_id.hex()}","logIndex":{self.index}}}'
        )
        root = node(self.sibling, hashlib.sha256(b"\0" + body).digest())
        note = f"log.invalid - 1\n2\n{b64(root)}\n"
        line = b64(log_id[:4] + sign(self.checkpoint_by, note.encode()))
        envelope = f"{note}\n\u2014 log.invalid {line}\n".encode()
        proof = (
            field(1, 1) + field(2, root) + field(3, 2) + field(4, self.told_sibling or self.sibling)
            + field(5, field(1, envelope))
        )  # fmt: skip
        return (
            field(1, self.index)
            + field(2, field(1, log_id))
            + field(3, field(1, self.kind) + field(2, b"0.0.1"))
            + field(4, self.time if self.told is None else self.told)
            + (field(5, field(1, sign(self.log, promised.encode()))) if self.promise else b"")
            + (field(6, proof) if self.proof else b"")
        )


def bare(certificate: x509.Certificate, payload: bytes = PAYLOAD) -> bytes:
    """A signature without a log entry, as gitsign makes it in its online mode."""
    made = PKCS7SignatureBuilder().set_data(payload).add_signer(certificate, LEAF_KEY, hashes.SHA256())
    return made.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])


def logged(data: bytes, **change) -> bytes:
    """The log's entry of a signature."""
    (signature,) = parse_cms(data)
    return replace(Logged(signature.value, signature.attributes, signature.certificates[0]), **change).encoded()


def attribute(*entries: bytes, tag: int = 0x04) -> bytes:
    return tlv(0x30, LOG_ENTRY + tlv(0x31, b"".join(tlv(tag, entry) for entry in entries)))


def with_unsigned(data: bytes, *attributes: bytes) -> bytes:
    """Put attributes that nobody signed into the one signer's part."""
    kind, wrapped = parse(data).children()
    (signed,) = wrapped.children()
    *parts, signers = signed.children()
    (signer,) = signers.children()
    grown = tlv(0x31, tlv(0x30, signer.content + tlv(0xA1, b"".join(attributes))))
    inner = tlv(0x30, b"".join(part.whole for part in parts) + grown)
    return tlv(0x30, kind.whole + tlv(0xA0, inner))


def made(by: x509.Certificate | None = None, **change) -> bytes:
    """A signature with its entry."""
    data = bare(by or leaf())
    return with_unsigned(data, attribute(logged(data, **change)))


def armour(data: bytes) -> str:
    return f"-----BEGIN SIGNED MESSAGE-----\n{base64.encodebytes(data).decode()}-----END SIGNED MESSAGE-----\n"
