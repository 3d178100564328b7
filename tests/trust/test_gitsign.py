"""What gitsign makes: valid where the log's entry proves it, with a trusted root and without a network."""

import hashlib
import subprocess
import sys
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.model.facts import Known, Missing
from doorward.model.signature import SignatureState
from doorward.sources.trust.claims import signed_object
from doorward.sources.trust.keyring import LIST_HEAD, Keys, joined, read_keys
from doorward.sources.trust.logentry import LogEntryError, read_entry
from doorward.sources.trust.verifier import Verifier
from tests.trust.keyless import (
    ALICE,
    CT_KEY,
    DAY,
    ISSUER,
    MIDDLE_KEY,
    MINUTE,
    NOW,
    OTHER_KEY,
    PAYLOAD,
    TIME,
    armour,
    attribute,
    bare,
    leaf,
    logged,
    made,
    tlv,
    trusted_root,
    with_unsigned,
)  # fmt: skip
from tests.trust.material import HERE, check

ROOT = trusted_root()


def ring(*names: str, roots: tuple[bytes, ...] = (ROOT,)) -> Keys:
    return Keys(names=frozenset(names), trusted_roots=roots)


def judged(data: bytes, keys: Keys, payload: bytes = PAYLOAD):
    (found,) = check(armour(data), keys, time=TIME, payload=payload)
    return found


@pytest.mark.parametrize(
    ("listed", "trusted"),
    [
        ((), False),
        (("bob@example.org",), False),
        ((ALICE,), True),
        ((f"{ALICE} {ISSUER}",), True),
        ((f"{ALICE} https://elsewhere.example.org",), False),
        ((ISSUER,), False),
    ],
)
def test_a_proof_makes_it_valid_and_a_list_makes_it_trusted(listed, trusted):
    found = judged(made(), ring(*listed))
    assert (found.state, found.trusted) == (Known(SignatureState.VALID), trusted)
    assert found.holder == ALICE
    assert found.detail == f"logged {NOW:%Y-%m-%d}, vouched for by {ISSUER}"


def test_the_log_tells_the_time_whatever_the_commit_claims():
    (found,) = check(armour(made()), ring(ALICE), time=1_000_000_000)
    assert found.state == Known(SignatureState.VALID)


OTHER_BYTES = logged(bare(leaf(), b"another commit"))
HASH = hashlib.sha256(b"no such entry").digest()
TAMPERED = {
    "the log's key is another": (made(log=OTHER_KEY), SignatureState.FALSE_ENTRY),
    "the checkpoint's key is another": (made(checkpoint_by=OTHER_KEY), SignatureState.FALSE_ENTRY),
    "a log that no root names": (
        made(log=OTHER_KEY, named=OTHER_KEY, checkpoint_by=OTHER_KEY),
        "the trusted root does not know the log",
    ),
    "an entry of another commit": (with_unsigned(bare(leaf()), attribute(OTHER_BYTES)), SignatureState.FALSE_ENTRY),
    "another digest": (made(signed=b"another commit"), SignatureState.FALSE_ENTRY),
    "another certificate of the same key": (
        made(certificate=leaf().public_bytes(Encoding.DER)),
        SignatureState.FALSE_ENTRY,
    ),
    "logged after the certificate's life": (made(time=TIME + 301), SignatureState.OUT_OF_BOUNDS),
    "logged before it": (made(time=TIME - 301), SignatureState.OUT_OF_BOUNDS),
    "a time that the log did not sign": (made(time=TIME + 900, told=TIME), SignatureState.FALSE_ENTRY),
    "no time": (made(told=0), "tells no time"),
    "no promise of the log": (made(promise=False), "tells no time"),
    "no proof": (made(proof=False), "its log entry proves nothing ("),
    "a wrong proof": (made(told_sibling=HASH), SignatureState.FALSE_ENTRY),
    "a place that no JSON can tell": (made(index=1 << 62), "its log entry proves nothing ("),
    "an entry of another kind": (made(kind=b"intoto"), "its log entry proves nothing ("),
    "no entry": (bare(leaf()), "it brings no log entry"),
    "another attribute only": (
        with_unsigned(bare(leaf()), tlv(0x30, bytes.fromhex("06032a0304") + tlv(0x31, tlv(4, b"")))),
        "it brings no log entry",
    ),
    "two entries": (
        with_unsigned(bare(leaf()), attribute(OTHER_BYTES), attribute(OTHER_BYTES)),
        "several log entries",
    ),
    "two values": (with_unsigned(bare(leaf()), attribute(OTHER_BYTES, OTHER_BYTES)), "several log entries"),
    "the form of early 2023": (with_unsigned(bare(leaf()), attribute(b"c0d23d6a", tag=0x13)), "gave up in 2023"),
    "junk": (with_unsigned(bare(leaf()), attribute(b"\xff" * 40)), SignatureState.FALSE_ENTRY),
    "an authority of their own": (made(leaf(signer=OTHER_KEY)), "leads to no authority of the trusted root"),
    "a certificate that no log shows": (made(leaf(ct=None)), "made public"),
    "a certificate shown by a log of their own": (made(leaf(ct=OTHER_KEY)), "made public"),
    "a certificate for servers": (
        made(leaf(purpose=ExtendedKeyUsageOID.SERVER_AUTH)),
        SignatureState.NOT_FOR_SIGNING,
    ),
    "a certificate that is over": (
        made(leaf(start=NOW - DAY)),
        SignatureState.OUT_OF_BOUNDS,
    ),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_what_proves_nothing_is_never_valid(case):
    data, wanted = TAMPERED[case]
    found = judged(data, ring(ALICE))
    assert not found.trusted
    if isinstance(wanted, str):
        assert isinstance(found.state, Missing)
        assert wanted in found.state.reason
    else:
        assert found.state == Known(wanted)


def test_a_proof_of_long_ago_still_holds():
    """The certificate and its proof are as good a year later."""
    start = NOW - timedelta(days=365)
    data = made(leaf(start=start), time=int((start + MINUTE).timestamp()))
    assert judged(data, ring(ALICE)).state == Known(SignatureState.VALID)


def test_other_bytes_are_bad_with_or_without_a_proof():
    for data in (made(), bare(leaf())):
        assert judged(data, ring(ALICE), b"other").state == Known(SignatureState.BAD)


def test_one_of_several_roots_is_enough_and_one_that_cannot_be_read_is_told():
    other = trusted_root(OTHER_KEY)
    assert judged(made(), ring(ALICE, roots=(other, ROOT))).trusted
    for broken in (b"{}", b'{"tlogs": [{"logId": {"keyId": "%"}}]}', ROOT.replace(b"rawBytes", b"raw")):
        found = judged(made(), ring(ALICE, roots=(ROOT, broken)))
        assert isinstance(found.state, Missing)
        assert found.state.reason.startswith("a trusted root cannot be read")


def test_the_root_of_another_deployment_proves_nothing():
    for other in (trusted_root(ct=OTHER_KEY), trusted_root(chain=(leaf(signer=MIDDLE_KEY, ct=CT_KEY),))):
        assert isinstance(judged(made(), ring(ALICE, roots=(other,))).state, Missing)


def test_a_keyring_holds_roots_and_identities(tmp_path):
    (tmp_path / "trusted_root.json").write_bytes(ROOT)
    (tmp_path / "people").write_text(f"{LIST_HEAD}\nx509 {ALICE} {ISSUER}\nx509 bob@example.org  # by hand\n")
    keys = read_keys([tmp_path])
    assert keys == Keys(names=frozenset({f"{ALICE} {ISSUER}", "bob@example.org"}), trusted_roots=(ROOT,))
    assert joined(Keys(), keys).trusted_roots == (ROOT,)
    assert keys.digest != Keys(names=keys.names).digest
    assert judged(made(), keys).trusted


def test_a_trusted_root_alone_is_no_keyring():
    assert not ring()
    assert isinstance(Verifier(ring()).keyring, Missing)


SCRIPT = """
import sys
asked = []
sys.addaudithook(lambda event, _: asked.append(event) if event in {"socket.connect", "socket.getaddrinfo"} else None)
BEFORE
from pathlib import Path
from tests.trust.material import check
from doorward.sources.trust.keyring import Keys
print("sigstore" in sys.modules and sys.modules["sigstore"] is not None)
(found,) = check(sys.stdin.read(), Keys())
print(found.state.reason)
print(len(asked), "sigstore.verify" in sys.modules)
"""


@pytest.mark.parametrize(
    ("before", "data", "reason", "loaded"),
    [
        ("", made(), "the trusted root does not know the log of its entry", True),
        ("", bare(leaf()), "it brings no log entry", False),
        ("sys.modules['sigstore'] = None", made(), "install doorward[sigstore]", False),
    ],
    ids=["the public root", "no entry", "without the extra"],
)
def test_the_public_root_comes_with_the_extra_and_nothing_is_fetched_or_written(
    before, data, reason, loaded, tmp_path, monkeypatch
):
    """In a process of its own, with an empty home: the public root is there, and what it does not need stays unloaded."""
    for variable in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("BEFORE", before)],
        input=armour(data), capture_output=True, text=True, check=True, cwd=HERE.parent.parent,
    )  # fmt: skip
    before_use, told, after = done.stdout.splitlines()
    assert before_use == "False"
    assert reason in told
    assert after == f"0 {loaded}"
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


@given(st.binary(max_size=200))
def test_any_bytes_are_an_entry_or_an_error(data):
    try:
        read_entry(data)
    except LogEntryError:
        return


GOOD = bare(leaf())
ENTRY = logged(GOOD)
#: The name before a checkpoint's signature is the one thing in an entry that no signature covers.
NAME = ENTRY.rindex(b"log.invalid ")
FREE = range(NAME, NAME + len(b"log.invalid"))
KEYRING = Verifier(ring(ALICE))


@settings(deadline=None)
@given(st.integers(0, len(ENTRY) - 1).filter(lambda at: at not in FREE), st.integers(1, 255))
def test_one_changed_byte_of_an_entry_proves_nothing(at, change):
    changed = bytearray(ENTRY)
    changed[at] ^= change
    data = with_unsigned(GOOD, attribute(bytes(changed)))
    (found,) = KEYRING.check(*signed_object(PAYLOAD, armour(data).encode(), TIME))
    assert found.state != Known(SignatureState.VALID)
