"""The list of learned keys: written once, reviewed by a person, and never trusting more by itself."""

from pathlib import Path

import pytest

from doorward.engine.gather.habits import History, KeyRecord, Keys
from doorward.engine.keyfile import key_list
from doorward.errors import UsageError
from doorward.sources.trust.keyring import read_keys

SUBJECT = "git+https://git.example/team/library"
ALICE = KeyRecord("openpgp", "A" * 40, "alice@example.org", 1_600_000_000, 12)
BOB = KeyRecord("ssh", "SHA256:" + "b" * 43, "bob@example.org", 1_700_000_000)
MALLORY = KeyRecord("openpgp", "D" * 40, "mallory\x1b[31m\nopenpgp " + "E" * 40, 1_750_000_000)


def learned(*records: KeyRecord, tags: tuple[KeyRecord, ...] = ()) -> History:
    made = History()
    made.keys, made.tag_keys = (Keys({record.issuer: record for record in some}) for some in (records, tags))
    return made


def trusted(tmp_path: Path, text: str) -> frozenset[str]:
    (tmp_path / "list").write_text(text)
    return read_keys([tmp_path / "list"]).names


def test_a_new_list_names_each_key_and_says_that_nobody_verified_it(tmp_path: Path) -> None:
    text = key_list(SUBJECT, learned(BOB, ALICE))
    assert (
        text.splitlines()[0]
        == f"# doorward keys 1: seen to sign in {SUBJECT}, learned by their first use and verified by nobody"
    )
    assert text.splitlines()[2:] == [
        f"openpgp {ALICE.issuer}  # since 2020-09-13, alice@example.org, 12 commits",
        f"ssh     {BOB.issuer}  # since 2023-11-14, bob@example.org, 1 commits",
    ]
    assert trusted(tmp_path, text) == {ALICE.issuer, BOB.issuer}


def test_keys_of_tags_stand_in_it_too(tmp_path: Path) -> None:
    earlier = KeyRecord("openpgp", ALICE.issuer, "alice@example.org", 1_500_000_000, 3)
    text = key_list(SUBJECT, learned(ALICE, tags=(earlier, BOB)))
    assert text.splitlines()[2:] == [
        f"openpgp {ALICE.issuer}  # since 2017-07-14, alice@example.org, 12 commits, 3 tags",
        f"ssh     {BOB.issuer}  # since 2023-11-14, bob@example.org, 1 tags",
    ]


def test_what_comes_later_is_named_and_not_trusted(tmp_path: Path) -> None:
    reviewed = key_list(SUBJECT, learned(ALICE)) + "# a line of the reviewer\n"
    text = key_list(SUBJECT, learned(ALICE, BOB), reviewed)
    assert text.startswith(reviewed)
    assert f"# ssh     {BOB.issuer}" in text
    assert trusted(tmp_path, text) == {ALICE.issuer}
    assert trusted(tmp_path, text.replace("# ssh", "ssh")) == {ALICE.issuer, BOB.issuer}
    assert key_list(SUBJECT, learned(ALICE, BOB), text) == text


def test_a_key_that_was_refused_stays_refused(tmp_path: Path) -> None:
    refused = key_list(SUBJECT, learned(ALICE, BOB)).replace("openpgp", "# openpgp")
    assert key_list(SUBJECT, learned(ALICE, BOB), refused) == refused
    assert trusted(tmp_path, refused) == {BOB.issuer}


def test_a_name_cannot_add_a_line(tmp_path: Path) -> None:
    text = key_list(SUBJECT, learned(MALLORY))
    assert trusted(tmp_path, text) == {MALLORY.issuer}
    assert "\x1b" not in text


def test_another_file_is_left_alone() -> None:
    with pytest.raises(UsageError, match="stays as it is"):
        key_list(SUBJECT, learned(ALICE), "my notes\n")
