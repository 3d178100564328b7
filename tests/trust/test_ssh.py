"""SSH signatures: every key type, allowed signers with their limits, and nothing tampered with."""

import shutil
import subprocess

import pytest

from doorward.model.facts import Known, Missing
from doorward.model.signature import SignatureState
from doorward.sources.trust.keyring import Keys
from tests.trust.material import PAYLOAD, TIME, VECTORS, check, security_key, signers

GOOD = ["ed25519", "p256", "p384", "p521", "rsa"]


def line(name: str, options: str = "") -> str:
    return f"alice@example.org {options} {VECTORS['ssh'][name]['key']}"


@pytest.mark.parametrize("name", GOOD)
def test_every_key_type_verifies_and_tampering_does_not(name):
    armour, keys = VECTORS["ssh"][name]["signature"], signers(line(name, 'namespaces="git,file"'))
    (good,) = check(armour, keys)
    assert (good.state, good.trusted, good.holder) == (Known(SignatureState.VALID), True, "alice@example.org")
    (bad,) = check(armour, keys, payload=PAYLOAD + b" ")
    assert bad.state == Known(SignatureState.BAD)


@pytest.mark.parametrize("kind", ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"])
def test_security_keys_verify_and_tampering_does_not(kind):
    public, armour = security_key(kind)
    keys = signers(f"alice@example.org {public}")
    assert check(armour, keys)[0].state == Known(SignatureState.VALID)
    assert check(armour, keys, payload=b"other")[0].state == Known(SignatureState.BAD)


def test_a_small_rsa_key_is_too_weak():
    assert check(VECTORS["ssh"]["rsa1024"]["signature"], signers(line("rsa1024")))[0].state == Known(
        SignatureState.TOO_WEAK
    )


def test_an_unknown_key_is_a_gap_but_its_numbers_are_checked():
    armour = VECTORS["ssh"]["ed25519"]["signature"]
    (unknown,) = check(armour, Keys())
    assert isinstance(unknown.state, Missing)
    assert "allowed signers" in unknown.state.reason
    assert not unknown.trusted
    assert check(armour, Keys(), payload=b"other")[0].state == Known(SignatureState.BAD)


def test_a_signature_for_another_purpose_is_refused():
    (judged,) = check(VECTORS["ssh"]["other-namespace"]["signature"], signers(line("ed25519")))
    assert judged.state == Known(SignatureState.OUT_OF_BOUNDS)
    assert "'file'" in judged.detail


@pytest.mark.parametrize(
    ("options", "time", "state"),
    [
        ('namespaces="git"', TIME, SignatureState.VALID),
        ('namespaces="g*"', TIME, SignatureState.VALID),
        ('namespaces="file"', TIME, SignatureState.OUT_OF_BOUNDS),
        ('valid-after="20200101Z"', TIME, SignatureState.VALID),
        ('valid-after="20210101Z"', TIME, SignatureState.OUT_OF_BOUNDS),
        ('valid-before="20210101Z"', TIME, SignatureState.VALID),
        ('valid-before="20200101Z",valid-after="20190101Z"', TIME, SignatureState.OUT_OF_BOUNDS),
        ('valid-before="20210101Z"', None, SignatureState.OUT_OF_BOUNDS),
        ("cert-authority", TIME, SignatureState.OUT_OF_BOUNDS),
    ],
)
def test_the_limits_of_an_allowed_signer_hold(options, time, state):
    (judged,) = check(VECTORS["ssh"]["ed25519"]["signature"], signers(line("ed25519", options)), time=time)
    assert judged.state == Known(state)


def test_one_line_that_allows_is_enough():
    keys = signers(line("ed25519", 'valid-before="20190101Z"') + "\n# renewed\n" + line("ed25519"))
    assert check(VECTORS["ssh"]["ed25519"]["signature"], keys)[0].state == Known(SignatureState.VALID)


SECURITY_KEYS = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="OpenSSH is not installed")
@pytest.mark.parametrize("name", ["p384", *SECURITY_KEYS])
def test_openssh_agrees(tmp_path, name):
    """The peer's own verdict on the same material, so that both stay honest: that of tokens is made here."""
    public, armour = security_key(name) if name in SECURITY_KEYS else ("", VECTORS["ssh"][name]["signature"])
    (tmp_path / "allowed").write_text((f"alice@example.org {public}" if public else line(name)) + "\n")
    (tmp_path / "signature").write_text(armour)
    command = ["ssh-keygen", "-Y", "verify", "-n", "git", "-I", "alice@example.org"]
    command += ["-f", str(tmp_path / "allowed"), "-s", str(tmp_path / "signature")]
    assert subprocess.run(command, input=PAYLOAD, capture_output=True, check=False).returncode == 0
    assert subprocess.run(command, input=PAYLOAD + b"x", capture_output=True, check=False).returncode != 0
