"""SSH certificates: a key that an authority vouches for, in place of a key that is listed itself."""

import base64
import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
)

from doorward.model.facts import Known, Missing
from doorward.model.signature import SignatureState
from tests.trust.material import PAYLOAD, TIME, check, mpint, signers, ssh_armour, string

CA = ed25519.Ed25519PrivateKey.generate()
RSA_CA = rsa.generate_private_key(65537, 2048)
OTHER = ed25519.Ed25519PrivateKey.generate()
KEYS = {
    "ssh-ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ecdsa-sha2-nistp256": ec.generate_private_key(ec.SECP256R1()),
    "ssh-rsa": rsa.generate_private_key(65537, 2048),
}
DAY = 86_400


def line(key, options: str = "cert-authority") -> str:
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return f"*@example.org {options} {public}\n"


def certify(key, authority=CA, **changes) -> bytes:
    builder = (
        SSHCertificateBuilder()
        .public_key(key.public_key())
        .serial(1)
        .type(changes.get("type", SSHCertificateType.USER))
        .key_id(b"alice")
        .valid_principals(changes.get("principals", [b"alice@example.org"]))
        .valid_after(changes.get("after", TIME - DAY))
        .valid_before(changes.get("before", TIME + DAY))
    )
    for name in changes.get("critical", ()):
        builder = builder.add_critical_option(name, b"")
    return base64.b64decode(builder.sign(authority).public_bytes().split()[1])


def sign(key, certificate: bytes, *, namespace: bytes = b"git", payload: bytes = PAYLOAD) -> str:
    parts = (namespace, b"", b"sha512")
    data = b"SSHSIG" + b"".join(map(string, (*parts, hashlib.sha512(payload).digest())))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        name, raw = b"ssh-ed25519", key.sign(data)
    elif isinstance(key, rsa.RSAPrivateKey):
        name, raw = b"rsa-sha2-512", key.sign(data, padding.PKCS1v15(), SHA512())
    else:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
        name, raw = b"ecdsa-sha2-nistp256", mpint(r) + mpint(s)
    blob = string(name) + string(raw)
    return ssh_armour(b"SSHSIG\0\0\0\1" + b"".join(map(string, (certificate, *parts, blob))))


def state(armour: str, allowed: str, **more):
    (found,) = check(armour, signers(allowed), **more)
    return found


@pytest.mark.parametrize("authority", [CA, RSA_CA], ids=["ed25519", "rsa"])
@pytest.mark.parametrize("kind", sorted(KEYS))
def test_a_certified_key_may_sign(kind, authority):
    key = KEYS[kind]
    found = state(sign(key, certify(key, authority)), line(authority))
    assert (found.state, found.trusted) == (Known(SignatureState.VALID), True)
    assert found.holder == "alice@example.org"
    assert found.claim.algorithm == kind


def test_the_certificate_names_the_same_key_as_the_key_itself():
    key = KEYS["ssh-ed25519"]
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    plain = string(b"ssh-ed25519") + string(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    both = [state(sign(key, wire), f"alice@example.org {public}\n") for wire in (plain, certify(key))]
    assert both[0] == both[1]
    assert both[0].trusted


@pytest.mark.parametrize(
    ("changes", "options", "detail"),
    [
        ({"principals": [b"mallory@elsewhere.example"]}, "cert-authority", "names nobody"),
        ({"after": TIME - 2 * DAY, "before": TIME}, "cert-authority", "outside the time of its certificate"),
        ({"after": TIME + 1}, "cert-authority", "outside the time of its certificate"),
        ({"type": SSHCertificateType.HOST}, "cert-authority", "for a host"),
        ({"critical": [b"verify-required"]}, "cert-authority", "conditions of its own: verify-required"),
        ({}, 'cert-authority,namespaces="file"', "not allowed at that time or for git"),
        ({}, 'cert-authority,valid-before="20200101Z"', "not allowed at that time or for git"),
    ],
)
def test_what_the_certificate_or_the_authority_does_not_allow(changes, options, detail):
    key = KEYS["ssh-ed25519"]
    found = state(sign(key, certify(key, **changes)), line(CA, options))
    assert (found.state, found.trusted) == (Known(SignatureState.OUT_OF_BOUNDS), False)
    assert detail in found.detail


def test_another_namespace_is_out_of_bounds():
    key = KEYS["ssh-ed25519"]
    found = state(sign(key, certify(key), namespace=b"file"), line(CA))
    assert (found.state, "not for git" in found.detail) == (Known(SignatureState.OUT_OF_BOUNDS), True)


@pytest.mark.parametrize("allowed", ["", line(OTHER), line(CA, 'namespaces="git"')], ids=["none", "other", "as a key"])
def test_an_unknown_authority_is_a_gap(allowed):
    key = KEYS["ssh-ed25519"]
    found = state(sign(key, certify(key)), allowed)
    assert isinstance(found.state, Missing)
    assert "authority SHA256:" in found.state.reason
    assert not found.trusted


def forged_certificate(key) -> bytes:
    """A certificate that names the authority, which never signed it."""
    wire = bytearray(certify(key))
    wire[-1] ^= 1
    return bytes(wire)


@pytest.mark.parametrize(
    "make",
    [
        lambda key: (sign(key, forged_certificate(key)), PAYLOAD),
        lambda key: (sign(key, certify(key)), PAYLOAD + b"x"),
        lambda key: (sign(OTHER, certify(key)), PAYLOAD),
    ],
    ids=["certificate", "payload", "key"],
)
def test_what_does_not_verify_is_bad(make: Callable):
    armour, payload = make(KEYS["ssh-ed25519"])
    found = state(armour, line(CA), payload=payload)
    assert (found.state, found.trusted) == (Known(SignatureState.BAD), False)
