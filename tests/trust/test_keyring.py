"""Keys from files: certificates, GnuPG's key box, allowed signers; and a verifier without its extra."""

import base64
import subprocess
import sys
from dataclasses import replace

import pytest

from doorward.errors import UsageError
from doorward.model.facts import Known, Missing
from doorward.model.signature import SignatureState
from doorward.sources.trust.allowed_signers import AllowedSigner, parse_allowed_signers
from doorward.sources.trust.claims import signed_object
from doorward.sources.trust.forge import pinned
from doorward.sources.trust.keyring import Keys, read_keys
from doorward.sources.trust.sshwire import fingerprint
from doorward.sources.trust.verifier import Verifier
from tests.trust.material import HERE, PAYLOAD, TIME, VECTORS, certificates, check

SSH_NAME = fingerprint(base64.b64decode(VECTORS["ssh"]["ed25519"]["key"].split()[1]))


def test_a_folder_of_mixed_keys_is_read(tmp_path):
    for name, text in list(VECTORS["certificates"].items())[:3]:
        (tmp_path / f"{name}.asc").write_text(text)
    (tmp_path / "allowed_signers").write_text(f"a@example.org {VECTORS['ssh']['rsa']['key']}\nnonsense\n")
    keys = read_keys([tmp_path])
    verifier = Verifier(keys)
    assert verifier.keyring == Known(4)
    assert verifier.problems == ["allowed_signers, line 2: no key"]


def test_the_key_box_of_gnupg_is_read():
    verifier = Verifier(read_keys([HERE / "pubring.kbx"]))
    assert verifier.keyring == Known(len(VECTORS["certificates"]))
    assert not verifier.problems


def test_several_certificates_in_one_file_are_all_read(tmp_path):
    (tmp_path / "keys.asc").write_text("".join(VECTORS["certificates"].values()))
    assert Verifier(read_keys([tmp_path / "keys.asc"])).keyring == Known(len(VECTORS["certificates"]))


def test_a_path_without_keys_is_an_error_of_the_user(tmp_path):
    with pytest.raises(UsageError, match="there are no keys"):
        read_keys([tmp_path / "missing"])


def test_no_trusted_key_and_an_unreadable_one_are_gaps():
    assert isinstance(Verifier(Keys()).keyring, Missing)
    broken = Verifier(Keys((b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",)))
    assert broken.keyring == Missing("no key of the trusted keyring can be read")
    assert broken.problems


def test_keys_at_hand_verify_but_are_not_trusted():
    verifier = Verifier(Keys(), certificates("ed25519"))
    assert isinstance(verifier.keyring, Missing)
    (judged,) = check(VECTORS["signatures"]["ed25519"], certificates("ed25519"))
    assert judged.trusted


def test_the_digest_names_exactly_these_keys():
    one, other = Verifier(certificates("ed25519")), Verifier(certificates("rsa3072"))
    assert one.digest == Verifier(certificates("ed25519")).digest != other.digest
    assert one.digest != Verifier(Keys(), certificates("ed25519")).digest


def test_a_reviewed_list_of_names_trusts_what_it_names(tmp_path):
    (tmp_path / "keys").write_text(
        "# doorward keys 1: a list\n"
        f"openpgp {VECTORS['fingerprints']['ed25519']}  # somebody\n"
        f"ssh     {SSH_NAME}\n"
        "ssh     SHA256:short\n# openpgp 0123456789ABCDEF\n"
    )
    keys = read_keys([tmp_path / "keys"])
    assert keys.names == {VECTORS["fingerprints"]["ed25519"], SSH_NAME}
    assert Verifier(keys).keyring == Known(2)
    (openpgp,) = check(VECTORS["signatures"]["ed25519"], keys)
    assert isinstance(openpgp.state, Missing), "a name is no certificate"
    assert (openpgp.trusted, openpgp.claims_trusted) == (False, True), "anyone can claim a name"
    parsed = signed_object(PAYLOAD, VECTORS["signatures"]["ed25519"].encode(), TIME)
    (proven,) = Verifier(keys, certificates("ed25519")).check(*parsed)
    assert (proven.trusted, proven.claims_trusted, proven.state) == (True, False, Known(SignatureState.VALID))
    (ssh,) = check(VECTORS["ssh"]["ed25519"]["signature"], keys)
    assert (ssh.trusted, ssh.state) == (True, Known(SignatureState.VALID))
    assert not check(VECTORS["signatures"]["rsa3072"], keys)[0].trusted


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("alice@example.org", "no key"),
        ("alice@example.org ssh-ed25519 !!!!", "base64"),
        ("alice@example.org frobnicate ssh-ed25519 AAAA", "unknown option: frobnicate"),
        ('alice@example.org valid-after="yesterday" ssh-ed25519 AAAA', "a time that cannot be read"),
        ('alice@example.org =" ssh-ed25519 AAAA', "no key"),
    ],
)
def test_a_line_that_is_no_entry_says_why(text, problem):
    (entry,) = parse_allowed_signers(text)
    assert isinstance(entry, str)
    assert entry.startswith("line 1: ")
    assert problem in entry or problem == "base64"


def test_quoted_principals_and_blanks():
    (entry,) = parse_allowed_signers(
        f'"alice@example.org,bob b"  namespaces="git"\t{VECTORS["ssh"]["p256"]["key"]} note'
    )
    assert isinstance(entry, AllowedSigner)
    assert entry.principals == "alice@example.org,bob b"
    assert entry.namespaces == ("git",)


def test_without_the_extra_claims_are_read_and_nothing_is_verified():
    """In a process of its own, where the libraries are not to be had."""
    script = """
import sys
sys.modules["pysequoia"] = None
from tests.trust.material import VECTORS, PAYLOAD
from doorward.sources.trust.claims import signed_object
from doorward.sources.trust.keyring import Keys
from doorward.sources.trust.verifier import Verifier
verifier = Verifier(Keys((VECTORS["certificates"]["ed25519"].encode(),)))
(judged,) = verifier.check(*signed_object(PAYLOAD, VECTORS["signatures"]["ed25519"].encode(), 0))
print(verifier.keyring.reason, judged.state.reason, judged.claim.issuer, sep="|")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=HERE.parent.parent
    )
    assert done.stdout.strip().split("|") == [
        "install doorward[signing]",
        "install doorward[signing]",
        VECTORS["fingerprints"]["ed25519"],
    ]


ALL = "".join(VECTORS["certificates"].values())


def test_a_forges_keys_are_held_to_pinned_fingerprints():
    wanted = frozenset({VECTORS["fingerprints"]["ed25519"], VECTORS["fingerprints"]["rsa3072"]})
    keys = pinned(ALL.encode(), wanted)
    verifier = Verifier(Keys(), keys)
    assert not verifier.problems
    for name in ("ed25519", "rsa3072", "nistp256"):
        claims, signed = signed_object(PAYLOAD, VECTORS["signatures"][name].encode(), 0)
        (judged,) = verifier.check(claims, signed)
        assert isinstance(judged.state, Known) == (VECTORS["fingerprints"][name] in wanted)
    assert not pinned(ALL.encode(), frozenset({"0" * 40}))
    assert not pinned(b"<html>not found</html>", wanted)
    assert not pinned(ALL.encode()[:300], wanted)


class Forge:
    """The forge's own key, by another id than GitHub's real ones: the test makes its claim with it."""

    def __init__(self, answer):
        self.answer, self.asked = answer, 0

    def __call__(self):
        self.asked += 1
        return self.answer


@pytest.mark.parametrize("answer", [Missing("offline"), Known(Keys())])
def test_a_forge_is_asked_once_and_only_for_its_own_signatures(answer):
    forge = Forge(answer)
    verifier = Verifier(Keys(), None, forge)
    claims, signed = signed_object(PAYLOAD, VECTORS["signatures"]["ed25519"].encode(), 0)
    verifier.check(claims, signed)
    assert forge.asked == 0
    of_forge = tuple(replace(claim, issuer=claim.issuer[:-16] + "B5690EEEBB952194") for claim in claims)
    for _ in range(3):
        (judged,) = verifier.check(of_forge, signed)
        assert isinstance(judged.state, Missing)
    assert forge.asked == 1
    assert [("offline" in problem) for problem in verifier.problems] == ([True] if isinstance(answer, Missing) else [])
