"""OpenPGP signatures: every case of the reference's table is told apart, and nothing tampered with passes."""

import os
import shutil
import subprocess

import pytest

from doorward.model.facts import Known, Missing
from doorward.model.signature import SignatureState
from doorward.sources.trust.claims import parse_signatures
from doorward.sources.trust.keyring import Keys
from tests.trust.material import PAYLOAD, VECTORS, certificates, check

ALL = certificates()

STATES = {
    "ed25519": SignatureState.VALID,
    "rsa3072": SignatureState.VALID,
    "sha512": SignatureState.VALID,
    "nistp256": SignatureState.VALID,
    "dsa2048": SignatureState.VALID,
    "subkey": SignatureState.VALID,
    "signed-before-expiry": SignatureState.EXPIRED_SINCE,
    "superseded": SignatureState.SUPERSEDED,
    "retired": SignatureState.SUPERSEDED,
    "compromised": SignatureState.COMPROMISED,
    "noreason": SignatureState.COMPROMISED,
    "sha1": SignatureState.TOO_WEAK,
    "rsa1024": SignatureState.TOO_WEAK,
    "dsa1024": SignatureState.TOO_WEAK,
    "before-key": SignatureState.BEFORE_KEY,
}


@pytest.mark.parametrize("name", STATES)
def test_each_case_has_its_own_state(name):
    (judged,) = check(VECTORS["signatures"][name], ALL)
    assert judged.state == Known(STATES[name])
    assert judged.trusted
    assert judged.holder.endswith("@example.org>")


@pytest.mark.parametrize("name", [name for name in VECTORS["signatures"] if name != "two"])
@pytest.mark.parametrize("payload", [PAYLOAD + b"\n", PAYLOAD.replace(b"Alice", b"Mallory"), b""])
def test_a_tampered_payload_is_a_bad_signature_whatever_else_is_wrong(name, payload):
    (judged,) = check(VECTORS["signatures"][name], ALL, payload=payload)
    assert judged.state == Known(SignatureState.BAD)


def test_a_key_that_is_not_at_hand_is_a_gap_and_never_a_bad_signature():
    (judged,) = check(VECTORS["signatures"]["ed25519"], certificates("nistp256"), payload=b"something else")
    assert isinstance(judged.state, Missing)
    assert VECTORS["fingerprints"]["ed25519"] in judged.state.reason
    assert not judged.trusted


def test_a_weak_digest_needs_no_key_to_be_weak():
    (judged,) = check(VECTORS["signatures"]["sha1"], Keys())
    assert judged.state == Known(SignatureState.TOO_WEAK)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("signed-after-expiry", "expired"), ("brainpool", "does not accept")],
)
def test_what_is_neither_good_nor_bad_is_a_gap(name, reason):
    (judged,) = check(VECTORS["signatures"][name], ALL)
    assert isinstance(judged.state, Missing)
    assert reason in judged.state.reason


def test_both_signatures_of_one_armour_are_judged():
    armour = VECTORS["signatures"]["two"]
    both = check(armour, ALL)
    assert [judged.state for judged in both] == [Known(SignatureState.VALID)] * 2
    assert {judged.claim.issuer for judged in both} == {
        VECTORS["fingerprints"]["ed25519"],
        VECTORS["fingerprints"]["nistp256"],
    }
    one = check(armour, certificates("nistp256"))
    assert isinstance(one[0].state, Missing)
    assert one[1].state == Known(SignatureState.VALID)


def test_two_armours_after_each_other_are_both_judged():
    armour = VECTORS["signatures"]["ed25519"] + VECTORS["signatures"]["compromised"]
    assert [judged.state for judged in check(armour, ALL)] == [
        Known(SignatureState.VALID),
        Known(SignatureState.COMPROMISED),
    ]


def test_the_forge_is_never_a_trusted_person():
    (claim,) = (parsed.claim for parsed in parse_signatures(VECTORS["signatures"]["ed25519"].encode()))
    assert claim.key == claim.issuer[-16:]
    assert not claim.web_flow
    assert claim.created == 1_599_998_400


def test_garbage_in_an_armour_is_malformed_without_any_key():
    armour = "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"
    (judged,) = check(armour, Keys())
    assert judged.state == Known(SignatureState.MALFORMED)
    assert judged.detail


@pytest.mark.skipif(not shutil.which("gpg"), reason="GnuPG is not installed")
def test_gnupg_reads_both_signatures_of_one_armour(tmp_path):
    """The peer's own verdict on the same material: two signatures that stand one behind the other."""
    env = {"GNUPGHOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "payload").write_bytes(PAYLOAD)
    (tmp_path / "signature").write_text(VECTORS["signatures"]["two"])
    armours = "".join(VECTORS["certificates"].values()).encode()
    subprocess.run(["gpg", "--batch", "--import"], input=armours, env=env, capture_output=True, check=False)
    command = ["gpg", "--batch", "--status-fd", "1", "--verify", tmp_path / "signature", tmp_path / "payload"]
    told = subprocess.run(command, env=env, capture_output=True, check=True).stdout
    subprocess.run(["gpgconf", "--kill", "all"], env=env, capture_output=True, check=False)
    assert told.count(b"GOODSIG") == len(check(VECTORS["signatures"]["two"], ALL)) == 2
