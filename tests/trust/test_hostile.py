"""Whatever stands in a signature or a key file, reading it ends in a value or a typed error."""

import base64
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.sources.trust import packets, sshcert, sshsig, sshwire
from doorward.sources.trust.allowed_signers import parse_allowed_signers
from doorward.sources.trust.certificates import read_certificate
from doorward.sources.trust.claims import parse_signatures, signed_object
from doorward.sources.trust.keyring import Keys
from doorward.sources.trust.verifier import Verifier
from tests.trust.material import PAYLOAD, VECTORS, certificates, signers

RING = Verifier(Keys(certificates().certificates, signers(f"a {VECTORS['ssh']['ed25519']['key']}").signers))
ARMOURS = [*VECTORS["signatures"].values(), *(item["signature"] for item in VECTORS["ssh"].values())]
LABELS = ["PGP SIGNATURE", "PGP MESSAGE", "SSH SIGNATURE", "SIGNED MESSAGE", "FISH"]


def judge(armour: bytes) -> None:
    claims, signed = signed_object(PAYLOAD, armour, 0)
    assert claims
    assert len(RING.check(claims, signed)) == len(claims)


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from(LABELS))
def test_any_bytes_in_any_armour(data, label):
    body = base64.b64encode(data).decode()
    judge(f"-----BEGIN {label}-----\n\n{body}\n-----END {label}-----\n".encode())


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_without_an_armour(data):
    judge(data)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ARMOURS), st.integers(min_value=0, max_value=2_000), st.integers(min_value=1, max_value=255))
def test_a_flipped_byte_never_verifies_for_another_payload(armour, place, mask):
    lines = armour.strip().split("\n")
    start = lines.index("") + 1 if "" in lines else 1
    body = [line for line in lines[start:-1] if not line.startswith("=")]
    data = bytearray(base64.b64decode("".join(body)))
    data[place % len(data)] ^= mask
    text = base64.b64encode(bytes(data)).decode()
    changed = f"{lines[0]}\n\n{text}\n{lines[-1]}\n".encode()
    for judged in RING.check(*signed_object(b"another payload", changed, 0)):
        assert not getattr(getattr(judged.state, "value", None), "good", False)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_packets_end_in_a_value_or_a_packet_error(data):
    try:
        parts = list(packets.packets(data))
        read_certificate(parts)
    except packets.PacketError:
        return
    for part in parts:
        assert len(part.whole) > len(part.body)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_ssh_blobs_end_in_a_value_or_an_ssh_error(data):
    for blob in (data, b"SSHSIG\0\0\0\1" + data):
        try:
            sshsig.parse(blob)
        except sshwire.SshError:
            continue


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_as_allowed_signers(text):
    assert all(entry for entry in parse_allowed_signers(text))


def test_a_huge_armour_and_thousands_of_them_are_bounded():
    huge = b"-----BEGIN PGP SIGNATURE-----\n\n" + b"A" * (1 << 20) + b"\n-----END PGP SIGNATURE-----\n"
    (parsed,) = parse_signatures(huge)
    assert "larger" in parsed.claim.problem
    assert len(parse_signatures(VECTORS["signatures"]["ed25519"].encode() * 5_000)) == 16


@pytest.mark.parametrize("size", [0, 1, 5, 20])
def test_a_truncated_signature_is_malformed(size):
    armour = VECTORS["signatures"]["ed25519"].encode()
    (parsed,) = parse_signatures(armour[: -60 - size])
    assert parsed.claim.problem


@given(st.binary(max_size=200))
def test_any_bytes_are_a_certificate_or_an_error(data):
    for kind in (b"ssh-ed25519", b"ssh-rsa", b"sk-ecdsa-sha2-nistp256", b"nonsense"):
        name = kind + sshcert.SUFFIX.encode()
        with contextlib.suppress(sshwire.SshError):
            sshcert.parse(len(name).to_bytes(4, "big") + name + data)
