"""Signatures of X.509: the numbers, the chain, and what is honestly left open."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.facts import Known, Missing
from doorward.model.signature import SignatureState
from doorward.sources.trust.cms import parse_cms
from doorward.sources.trust.der import DerError, parse
from doorward.sources.trust.keyring import LIST_HEAD, Keys, read_keys
from tests.trust.material import PAYLOAD, check

#: The library signs with the clock of this machine.
NOW = datetime.now(UTC).replace(microsecond=0)
TIME = int(NOW.timestamp())
DAY = timedelta(days=1)
ROOT_KEY, OTHER_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
MIDDLE_KEY = ec.generate_private_key(ec.SECP256R1())
KEYS = {"ecdsa": ec.generate_private_key(ec.SECP256R1()), "rsa": rsa.generate_private_key(65537, 2048)}


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(subject: str, issuer: str, key, days: tuple[float, float]) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
    )


def authority(subject: str, issuer: str, key, signer) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        builder(subject, issuer, key, (-3_000, 3_000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )


ROOT = authority("Root", "Root", ROOT_KEY, ROOT_KEY)
OTHER = authority("Other", "Other", OTHER_KEY, OTHER_KEY)
MIDDLE = authority("Middle", "Root", MIDDLE_KEY, ROOT_KEY)


def leaf(key, *, days=(-100.0, 100.0), purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION, signer=MIDDLE_KEY):
    return (
        builder("Alice", "Middle", key, days)
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name("alice@example.org")]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )


def armour(data: bytes) -> str:
    return f"-----BEGIN SIGNED MESSAGE-----\n{base64.encodebytes(data).decode()}-----END SIGNED MESSAGE-----\n"


def sign(key, certificate, *, bare: bool = False, algorithm=None) -> bytes:
    options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary] + ([PKCS7Options.NoAttributes] if bare else [])
    made = PKCS7SignatureBuilder().set_data(PAYLOAD).add_signer(certificate, key, algorithm or hashes.SHA256())
    return made.add_certificate(MIDDLE).sign(Encoding.DER, options)


def keys(*roots: x509.Certificate, names: frozenset[str] = frozenset()) -> Keys:
    return Keys(roots=tuple(root.public_bytes(Encoding.PEM) for root in roots), names=names)


def judged(data: bytes, ring: Keys, **more):
    (found,) = check(armour(data), ring, **{"time": TIME, **more})
    return found


@pytest.mark.parametrize("bare", [False, True], ids=["attributes", "no attributes"])
@pytest.mark.parametrize("kind", sorted(KEYS))
def test_a_chain_to_a_root_of_the_user(kind, bare):
    found = judged(sign(KEYS[kind], leaf(KEYS[kind]), bare=bare), keys(ROOT))
    assert (found.state, found.trusted) == (Known(SignatureState.VALID), True)
    assert (found.holder, found.claim.algorithm, found.claim.hash) == ("alice@example.org", kind, "sha256")
    assert "revoked" in found.detail


@pytest.mark.parametrize("bare", [False, True], ids=["attributes", "no attributes"])
def test_other_bytes_do_not_verify(bare):
    found = judged(sign(KEYS["ecdsa"], leaf(KEYS["ecdsa"]), bare=bare), keys(ROOT), payload=PAYLOAD + b"x")
    assert (found.state, found.trusted) == (Known(SignatureState.BAD), False)


def test_a_damaged_signature_does_not_verify():
    broken = bytearray(sign(KEYS["ecdsa"], leaf(KEYS["ecdsa"])))
    broken[-1] ^= 1
    assert not judged(bytes(broken), keys(ROOT)).trusted


@pytest.mark.parametrize(
    ("make", "ring", "state"),
    [
        ({}, keys(), "no root is given for the certificate of alice@example.org"),
        ({}, keys(OTHER), "leads to no root that was given"),
        ({"signer": OTHER_KEY}, keys(ROOT), "leads to no root that was given"),
        ({"days": (-0.005, 0.005)}, keys(ROOT), "it brings no log entry"),
        ({"days": (-100, -1)}, keys(ROOT), SignatureState.OUT_OF_BOUNDS),
        ({"days": (1, 100)}, keys(ROOT), SignatureState.OUT_OF_BOUNDS),
        ({"purpose": ExtendedKeyUsageOID.SERVER_AUTH}, keys(ROOT), SignatureState.NOT_FOR_SIGNING),
        ({"purpose": ExtendedKeyUsageOID.CODE_SIGNING}, keys(ROOT), SignatureState.VALID),
    ],
)
def test_what_a_certificate_proves(make, ring, state):
    found = judged(sign(KEYS["ecdsa"], leaf(KEYS["ecdsa"], **make)), ring)
    if isinstance(state, str):
        assert isinstance(found.state, Missing)
        assert state in found.state.reason
        assert not found.trusted
    else:
        assert found.state == Known(state)


def test_the_time_of_the_commit_counts_too():
    found = judged(sign(KEYS["ecdsa"], leaf(KEYS["ecdsa"])), keys(ROOT), time=TIME - 200 * 86_400)
    assert found.state == Known(SignatureState.OUT_OF_BOUNDS)


def test_a_weak_key_does_not_count():
    weak = rsa.generate_private_key(65537, 1024)
    assert judged(sign(weak, leaf(weak)), keys(ROOT)).state == Known(SignatureState.TOO_WEAK)


@pytest.mark.parametrize(("listed", "trusted"), [("alice@example.org", True), ("bob@example.org", False)])
def test_where_identities_are_listed_only_these_are_trusted(listed, trusted, tmp_path):
    (tmp_path / "roots.pem").write_bytes(ROOT.public_bytes(Encoding.PEM))
    (tmp_path / "list").write_text(f"{LIST_HEAD}\nx509 {listed}  # by hand\n")
    ring = read_keys([tmp_path])
    assert not ring.problems
    assert judged(sign(KEYS["ecdsa"], leaf(KEYS["ecdsa"])), ring).trusted is trusted


def test_content_inside_and_nonsense_are_malformed():
    inside = PKCS7SignatureBuilder().set_data(PAYLOAD).add_signer(leaf(KEYS["rsa"]), KEYS["rsa"], hashes.SHA256())
    for data in (inside.sign(Encoding.DER, [PKCS7Options.Binary]), b"", b"\x30\x80", b"\x30\x80" * 5_000):
        assert judged(data, keys(ROOT)).state == Known(SignatureState.MALFORMED)


def test_lengths_may_stand_at_the_end_as_gnupg_writes_them():
    kind, wrapped = parse(sign(KEYS["ecdsa"], leaf(KEYS["ecdsa"]))).children()
    (signed,) = wrapped.children()
    parts = b"".join(part.whole for part in signed.children())
    inner = b"\x30\x80" + parts + b"\0\0"
    data = b"\x30\x80" + kind.whole + b"\xa0\x80" + inner + b"\0\0" + b"\0\0"
    assert judged(data, keys(ROOT)).state == Known(SignatureState.VALID)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_structure_or_an_error(data):
    try:
        parse_cms(data)
    except DerError:
        return


WHOLE = sign(KEYS["ecdsa"], leaf(KEYS["ecdsa"]))


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_one_changed_byte_is_never_accepted_with_other_meaning(at, change):
    changed = bytearray(WHOLE)
    changed[at] ^= change
    found = check(armour(bytes(changed)), keys(ROOT), time=TIME, payload=PAYLOAD + b"x")
    assert all(one.state != Known(SignatureState.VALID) for one in found)


@pytest.mark.parametrize("first", [0x00, 0x80])
def test_a_serial_number_that_is_none_makes_no_noise(first):
    """The library would print a warning of its own."""
    certificate = parse_cms(WHOLE)[0].certificates[0]
    number = x509.load_der_x509_certificate(certificate).serial_number
    written = number.to_bytes((number.bit_length() + 8) // 8)
    changed = WHOLE.replace(written, bytes([first]) + bytes(len(written) - 1), 1)
    assert changed != WHOLE
    (found,) = check(armour(changed), keys(ROOT), time=TIME, payload=PAYLOAD)
    assert found.state == Known(SignatureState.MALFORMED)
