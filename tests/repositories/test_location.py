"""Where repositories are found, by which name they go, and what is fetched of them."""

import pytest

from doorward.errors import RepositoryError
from doorward.model.limits import RepositoryLimits
from doorward.sources.repositories.announcement import announcement
from doorward.sources.repositories.location import https_form, open_repository
from doorward.sources.repositories.refs import is_ancestor, outside, parse_remote_listing
from doorward.sources.repositories.remote import fetch
from doorward.sources.repositories.tags import tags
from tests.repositories.gitbox import Box, read, served


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("https://Git.Example/a/b.git", "https://git.example/a/b"),
        ("https://user:secret@git.example/a/b", "https://git.example/a/b"),
        ("http://git.example:8080/a/b/", "https://git.example:8080/a/b"),
        ("ssh://git@git.example:22/a/b.git", "https://git.example/a/b"),
        ("git@git.example:a/b.git", "https://git.example/a/b"),
        ("git.example:a/b", "https://git.example/a/b"),
    ],
)
def test_the_https_form(address, form):
    assert https_form(address) == form


@pytest.mark.parametrize("origin", ["git@git.example:a/b.git", "https://user:secret@git.example/a/b"])
def test_a_clone_is_named_by_its_origin_and_kept_by_its_path(tmp_path, origin):
    box = Box(tmp_path / "box")
    box.commit()
    box.git("remote", "add", "other", "https://elsewhere.example/x")
    box.git("remote", "add", "origin", origin)
    with open_repository(str(box.path), tmp_path) as repository:
        assert repository.subject == "git+https://git.example/a/b"
        assert repository.ledger_key == f"git+file://{box.path}"


@pytest.mark.parametrize("origin", ["", "../sibling", "file:///elsewhere", "https://[bad", "ext::sh"])
def test_without_an_origin_on_the_network_the_path_is_the_name(tmp_path, origin):
    box = Box(tmp_path / "box")
    box.commit()
    if origin:
        box.git("remote", "add", "origin", origin)
    for location in (str(box.path), f"file://{box.path}", f"git+file://{box.path}"):
        with open_repository(location, tmp_path) as repository:
            assert repository.subject == f"git+file://{box.path}"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("ext::sh -c touch% /tmp/x", "cannot be read"),
        ("ext://x/y", "does not fetch repositories by 'ext'"),
        ("ftp://git.example/a", "does not fetch repositories by 'ftp'"),
        ("/nowhere/at/all", "cannot be read"),
        ("https:///no-host", "names no host"),
        ("https://[::1/a", "damaged"),
        ("https://git.example:99999/a", "damaged"),
    ],
)
def test_what_is_no_repository_is_a_typed_error(tmp_path, location, reason):
    with pytest.raises(RepositoryError, match=reason), open_repository(location, tmp_path):
        pass


def test_a_plain_folder_is_no_repository(tmp_path):
    with pytest.raises(RepositoryError, match="no git repository"), open_repository(str(tmp_path), tmp_path):
        pass


def test_a_fetched_repository_has_history_but_no_contents(tmp_path):
    box = Box(tmp_path / "served" / "box.git", bare=True)
    box.git("config", "uploadpack.allowFilter", "true")
    first = box.commit({"tests/a.xz": b"content one", "b": b"1"})
    second = box.commit({"tests/a.xz": b"content two", "b": b"1"}, parents=[first])
    box.tag("v1", second)
    with served(tmp_path / "served") as (base, seen):
        with open_repository(f"{base}/box.git", tmp_path / "cache") as repository:
            assert repository.listing.default_branch == "refs/heads/main"
            assert [ref.name for ref in repository.listing.refs] == ["refs/heads/main", "refs/tags/v1"]
            assert [raw.id for raw in read(repository)] == [first, second]
            assert not repository.has_contents
            kinds = repository.git.run("cat-file", "--batch-all-objects", "--batch-check").decode().split()
            assert "blob" not in kinds
        asked = len(seen)
        with open_repository(f"{base}/box.git", tmp_path / "cache") as repository:
            assert [raw.id for raw in read(repository)] == [first, second]
        assert [path for path, _ in seen[asked:] if "git-upload-pack" in path and "info/refs" not in path] == [
            "/box.git/git-upload-pack"
        ], "nothing but the list of refs is asked for when nothing is new"


def test_a_fetch_follows_what_moved_and_keeps_what_was(tmp_path):
    box = Box(tmp_path / "served" / "box.git", bare=True)
    first = box.commit({"a": b"1"})
    gone = box.commit({"a": b"2"}, parents=[first])
    box.tag("v1", gone)
    with served(tmp_path / "served") as (base, _):
        with open_repository(f"{base}/box.git", tmp_path / "cache"):
            pass
        new = box.commit({"a": b"3"}, parents=[first])
        box.tag("v1", new)
        box.git("update-ref", "-d", "refs/heads/topic")
        with open_repository(f"{base}/box.git", tmp_path / "cache") as repository:
            assert repository.listing.head == new
            assert not is_ancestor(repository.git, gone, new)
            assert is_ancestor(repository.git, first, new)
            assert not is_ancestor(repository.git, "0" * 40, new)
            assert [raw.id for raw in read(repository, [gone])] == [first, gone]
            assert outside(repository.git, [first, gone, new], [new]) == {gone}


def test_a_served_tag_may_lead_to_anything(tmp_path):
    box = Box(tmp_path / "served" / "box.git", bare=True)
    box.git("config", "uploadpack.allowFilter", "true")
    commit = box.commit({"a": b"1"})
    blob = box.raw("blob", b"a key")
    box.tag("light", commit)
    box.tag("key", blob)
    for name, target, kind in (("v1.0", commit, "commit"), ("signed-key", blob, "blob")):
        box.tag(name, target, f"object {target}\ntype {kind}\ntag {name}\ntagger A <a@b> 1 +0000\n\nx\n".encode())
    with served(tmp_path / "served") as (base, _), open_repository(f"{base}/box.git", tmp_path / "cache") as repository:
        assert {tag.name: tag.target for tag in tags(repository)} == {
            "light": commit,
            "key": "",
            "v1.0": commit,
            "signed-key": "",
        }


def test_credentials_reach_the_server_and_nothing_else(tmp_path, monkeypatch):
    box = Box(tmp_path / "served" / "box.git", bare=True)
    box.commit()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "hostile"))
    with served(tmp_path / "served") as (base, seen):
        location = base.replace("http://", "http://user:s%40cret@") + "/box.git"
        with open_repository(location, tmp_path / "cache") as repository:
            assert "cret" not in repository.subject
    assert all(headers["Authorization"] == "Basic dXNlcjpzQGNyZXQ=" for _, headers in seen)
    written = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert written
    assert not any(b"cret" in path.read_bytes() for path in written)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:9/a.git",
        "https://127.0.0.1:9/a.git",
        "https://user:secret@git.example/a.git",
        "ssh://git.example/a",
        "git@git.example:a",
        "file:///etc",
        ".",
    ],
)
def test_a_location_that_only_a_package_names_must_be_public(tmp_path, location):
    with (
        pytest.raises(RepositoryError, match=r"only https|not a public one|no address"),
        open_repository(location, tmp_path, public_only=True),
    ):
        pass


def test_a_damaged_list_of_refs_is_refused():
    with pytest.raises(RepositoryError, match="damaged"):
        parse_remote_listing(b"nonsense\trefs/heads/main\n")


def test_a_server_that_is_no_git_server(tmp_path):
    (tmp_path / "served").mkdir()
    with (
        served(tmp_path / "served") as (base, _),
        pytest.raises(RepositoryError, match="git ls-remote failed"),
        open_repository(f"{base}/nothing.git", tmp_path / "cache"),
    ):
        pass


KEY = "22D465F2B4C173803B20C6DE59FCF207FEA7F445"


@pytest.mark.parametrize(
    "text",
    [KEY, KEY.lower(), "22D4 65F2 B4C1 7380 3B20  C6DE 59FC F207 FEA7 F445"],
)
def test_an_announced_key_is_found_with_the_commit_that_brought_it(tmp_path, text):
    box = Box(tmp_path / "box")
    first = box.commit({"docs/KEYS": b"none yet\n"})
    second = box.commit({"docs/KEYS": f"new: {text}\n".encode()}, parents=[first], committer="Bob <bob@example.org>")
    third = box.commit({"docs/KEYS": f"our new key: {text}\n".encode(), "a": b""}, parents=[second])
    with open_repository(str(box.path), tmp_path) as repository:
        found = announcement(repository.git, KEY, third)
        assert found is not None
        assert (found.path, found.commit, found.committer.name) == ("docs/KEYS", second, "Bob")
        assert announcement(repository.git, KEY, first) is None
        assert announcement(repository.git, "SHA256:.*", third) is None


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (RepositoryLimits(listing_bytes=10), "brought more than is allowed"),
        (RepositoryLimits(clone_bytes=10), "brought more than is allowed"),
        (RepositoryLimits(listing_seconds=0.0), "took longer than"),
    ],
)
def test_a_fetch_has_its_limits(tmp_path, limits, reason):
    box = Box(tmp_path / "served" / "box.git", bare=True)
    box.tag("v1", box.commit({"a": b"1"}))
    with served(tmp_path / "served") as (base, _), pytest.raises(RepositoryError, match=reason):
        fetch(f"{base}/box.git", "http", tmp_path / "clone.git", limits, public_only=False)


def test_offline_a_clone_is_read_as_it_was(tmp_path):
    box = Box(tmp_path / "served" / "box.git", bare=True)
    box.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    made = box.commit({"a": b"1"}, branch="trunk")
    with served(tmp_path / "served") as (base, _):
        location = f"{base}/box.git"
        with (
            pytest.raises(RepositoryError, match="offline"),
            open_repository(location, tmp_path / "cache", offline=True),
        ):
            pass
        with open_repository(location, tmp_path / "cache"):
            pass
    with open_repository(location, tmp_path / "cache", offline=True) as repository:
        assert (repository.listing.default_branch, repository.listing.head) == ("refs/heads/trunk", made)
