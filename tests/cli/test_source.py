"""``--source``: how a release was made joins what the release itself shows."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.conftest import Ran
from tests.repositories.gitbox import Box, served
from tests.trust.material import ssh_armour, string
from tests.world import World

Doorward = Callable[..., Ran]
NOW = datetime.now(UTC)
ALICE, MALLORY = "Alice Example <alice@example.org>", "Mallory Example <mallory@example.org>"
SO = {"examplelib/__init__.py": "", "examplelib/_speed.so": b"\x7fELF\x02\x01\x01" + bytes(57)}


class Key:
    """An SSH key that signs tags."""

    def __init__(self) -> None:
        self._secret = ed25519.Ed25519PrivateKey.generate()
        self.public = string(b"ssh-ed25519") + string(
            self._secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        )

    def sign(self, payload: bytes) -> bytes:
        parts = (b"git", b"", b"sha512")
        message = b"".join(map(string, (*parts, hashlib.sha512(payload).digest())))
        blob = string(b"ssh-ed25519") + string(self._secret.sign(b"SSHSIG" + message))
        return ssh_armour(b"SSHSIG\0\0\0\1" + b"".join(map(string, (self.public, *parts, blob)))).encode()


class Library:
    """A package of four releases, with the repository in which an honest maintainer made and signed them."""

    def __init__(self, world: World, folder: Path, *, bare: bool = False) -> None:
        self.world, self.box = world, Box(folder, bare=bare)
        self.alice, self.head = Key(), ""
        for month in range(30, 0, -1):
            self.commit(month * 30 + 90, ALICE)
        for minor, days in enumerate((400, 300, 200, 100)):
            self.release(f"1.{minor}.0", days, self.alice)

    def when(self, days: float) -> str:
        return f"{int((NOW - timedelta(days=days)).timestamp())} +0000"

    def commit(self, days: float, who: str) -> str:
        files = {"a": b"%f" % days}
        self.head = self.box.commit(files, parents=[self.head] if self.head else [], author=who, when=self.when(days))
        return self.head

    def tag(self, name: str, days: float, key: Key | None, who: str = ALICE) -> None:
        payload = f"object {self.head}\ntype commit\ntag {name}\ntagger {who} {self.when(days)}\n\nRelease\n".encode()
        self.box.tag(name, self.head, payload + (key.sign(payload) if key else b""))

    def release(self, version: str, days: float, key: Key | None, who: str = ALICE, files=None) -> None:
        self.commit(days + 1, who)
        self.tag(f"v{version}", days, key, who)
        self.world.publish_wheel("examplelib", version, files, when=NOW - timedelta(days=days))


@pytest.fixture
def library(world: World, project: Path, tmp_path: Path) -> Library:
    return Library(world, tmp_path / "library")


def diff(doorward: Doorward, library: Library, old: str, new: str, *more: str) -> Ran:
    where = f"pypi/examplelib={library.box.path}"
    purls = (f"pkg:pypi/examplelib@{old}", f"pkg:pypi/examplelib@{new}")
    return doorward("diff", *purls, "--repository", where, "--format", "json", *more)


def coverage(ran: Ran) -> dict[str, object]:
    return next(line for line in ran.json["coverage"] if line["kind"] == "source")


def test_off_it_says_how_to_turn_it_on(library: Library, doorward: Doorward) -> None:
    ran = doorward("scan", "pkg:pypi/examplelib@1.3.0", "--format", "json")
    assert coverage(ran) == {"kind": "source", "answered": 0, "of": 1, "cause": "off; add --source"}


def test_an_honest_release_is_clean_and_its_source_was_looked_at(library: Library, doorward: Doorward) -> None:
    ran = diff(doorward, library, "1.2.0", "1.3.0")
    assert (ran.code, ran.rules, ran.json["verdict"]) == (0, set(), "clean"), ran.out
    assert coverage(ran) == {"kind": "source", "answered": 1, "of": 1, "cause": ""}
    assert [item["subject"] for item in ran.json["subjects"]] == ["pkg:pypi/examplelib@1.3.0"]


def test_a_tag_by_a_new_key_and_a_new_binary_meet(library: Library, doorward: Doorward) -> None:
    library.release("1.4.0", 30, Key(), files=SO)
    alone = doorward("diff", "pkg:pypi/examplelib@1.3.0", "pkg:pypi/examplelib@1.4.0", "--format", "json")
    assert alone.json["verdict"] == "warn"
    ran = diff(doorward, library, "1.3.0", "1.4.0")
    assert ran.code == 1
    assert {"registry/new-binary", "repository/tag-key-changed"} <= ran.rules
    release = next(item for item in ran.json["subjects"] if item["subject"].startswith("pkg:"))
    assert release["verdict"] == "block"
    assert [name.rpartition("@")[2] for name in release["related"]] == ["refs/tags/v1.4.0"]


def test_only_what_came_between_the_two_releases_is_held_against_the_newer(
    library: Library, doorward: Doorward
) -> None:
    library.release("1.4.0", 60, library.alice, MALLORY)
    library.release("1.5.0", 30, library.alice)
    newer, with_stranger = (diff(doorward, library, *pair) for pair in (("1.4.0", "1.5.0"), ("1.3.0", "1.4.0")))
    assert newer.rules == set()
    assert "repository/new-integrator" in with_stranger.rules
    assert with_stranger.json["verdict"] == "warn"


def test_a_tag_that_moved_since_the_last_look_is_found(library: Library, doorward: Doorward) -> None:
    where = str(library.box.path)
    assert doorward("repo", where, "--format", "json").code == 0
    library.commit(50, ALICE)
    library.tag("v1.3.0", 100, library.alice)
    ran = diff(doorward, library, "1.2.0", "1.3.0")
    assert "repository/ref-moved" in ran.rules
    assert ran.json["verdict"] == "hold", "the move is young, whatever the release is"
    assert diff(doorward, library, "1.2.0", "1.3.0").json["verdict"] == "hold", "a second run does not forget it"
    assert "repository/ref-moved" in doorward("repo", where, "--format", "json").rules
    assert doorward("repo", where, "--format", "json").rules == {"repository/ref-moved"}, "nor does a later look"
    library.box.git("update-ref", "-d", "refs/tags/v1.3.0")
    assert "repository/ref-moved" in diff(doorward, library, "1.2.0", "1.3.0").rules


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ("no-tag", "its repository has no tag for this version"),
        ("no-old-tag", "its repository has no tag for the version before"),
        ("gone", "its repository: "),
    ],
)
def test_what_cannot_be_told_is_a_gap(library: Library, doorward: Doorward, change: str, cause: str) -> None:
    if change == "gone":
        library.box.path.rename(library.box.path.with_name("away"))
    else:
        library.box.git("update-ref", "-d", f"refs/tags/v1.{3 if change == 'no-tag' else 2}.0")
    ran = diff(doorward, library, "1.2.0", "1.3.0")
    assert coverage(ran)["answered"] == 0
    assert str(coverage(ran)["cause"]).startswith(cause)
    assert [gap["rule"] for gap in ran.json["gaps"] if gap["reason"].startswith(cause)] == ["source"]
    assert ran.json["verdict"] == "clean"


def test_a_policy_that_requires_it_calls_nothing_clean_without(
    library: Library, doorward: Doorward, project: Path
) -> None:
    (project / "doorward.toml").write_text('require = ["repository/*"]\n[source]\non = true\n')
    ran = doorward("scan", "pkg:pypi/examplelib@1.3.0", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (3, "not-evaluated")
    assert coverage(ran)["cause"] == "the release names no repository"


def test_the_policy_names_repositories_and_keys(library: Library, doorward: Doorward, project: Path) -> None:
    public = base64.b64encode(library.alice.public).decode()
    (project / "signers").write_text(f"alice@example.org ssh-ed25519 {public}\n")
    (project / "doorward.toml").write_text(
        "[source]\non = true\n"
        f'[source.repositories]\n"pkg:pypi/examplelib" = "{library.box.path}"\n'
        '[source.keyrings]\n"pkg:pypi/examplelib" = "signers"\n'
    )
    library.release("1.4.0", 30, Key())
    assert doorward("scan", "pkg:pypi/examplelib@1.3.0", "--format", "json").rules == set()
    ran = doorward("diff", "pkg:pypi/examplelib@1.3.0", "pkg:pypi/examplelib@1.4.0", "--format", "json")
    assert "repository/unrecognised-key" in ran.rules


def test_what_a_package_names_is_followed_to_public_hosts_only(
    world: World, project: Path, tmp_path: Path, doorward: Doorward
) -> None:
    library = Library(world, tmp_path / "served" / "library.git", bare=True)
    with served(tmp_path / "served") as (base, seen):
        for number in (1, 2):
            world.publish_npm("named", f"{number}.0.0", manifest={"repository": f"{base}/library.git"})
        ran = doorward("scan", "pkg:npm/named@2.0.0", "--source", "--format", "json")
        assert coverage(ran)["answered"] == 0
        assert seen == []
        where = f"pypi/examplelib={base}/library.git"
        ran = doorward("scan", "pkg:pypi/examplelib@1.3.0", "--repository", where, "--format", "json")
        assert coverage(ran)["answered"] == 1, ran.out
    library.box.path.rename(tmp_path / "away")
    ran = doorward("scan", "pkg:pypi/examplelib@1.3.0", "--repository", where, "--offline", "--format", "json")
    assert coverage(ran)["answered"] == 1, "what was fetched before is read without the network"


@pytest.mark.parametrize("wrong", ["examplelib", "pypi/examplelib=", "=x"])
def test_a_repository_of_no_package_is_a_usage_error(doorward: Doorward, wrong: str) -> None:
    with pytest.raises(SystemExit) as error:
        doorward("scan", "pkg:pypi/examplelib@1.3.0", "--repository", wrong)
    assert error.value.code == 2


def test_weak_findings_about_people_are_notes_of_the_release(library: Library, doorward: Doorward) -> None:
    """With a circle of four a new integrator is weak: with a new dependency that is no second witness."""
    for number, days in enumerate((95, 94, 93, 92)):
        library.commit(days, f"Person {number} <person{number}@example.org>")
    library.release("1.4.0", 60, library.alice)
    library.commit(50, MALLORY)
    library.world.publish_wheel("other", "1.0.0", when=NOW - timedelta(days=900))
    library.commit(40, ALICE)
    library.tag("v1.5.0", 30, library.alice)
    library.world.publish_wheel("examplelib", "1.5.0", requires=("other",), when=NOW - timedelta(days=30))
    ran = diff(doorward, library, "1.4.0", "1.5.0")
    assert {"registry/new-dependency", "repository/new-integrator"} <= ran.rules
    assert ran.json["verdict"] == "clean"
    assert (
        next(item for item in ran.json["subjects"] if item["subject"].startswith("pkg:pypi/examplelib"))["related"]
        == []
    )
