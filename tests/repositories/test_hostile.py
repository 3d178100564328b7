"""A repository that wants to run code, to be believed, or to be unreadable."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.errors import RepositoryError
from doorward.sources.repositories.location import open_repository
from doorward.sources.repositories.objects import parse_commit, parse_tag
from doorward.sources.repositories.tags import tags
from tests.repositories.gitbox import Box, object_id, read, write_loose

#: Everything in a repository's own hands that makes git start a program or go elsewhere. {mark} touches a file.
CONFIG = """
[core]
    fsmonitor = {mark}
    pager = {mark}
    editor = {mark}
    sshCommand = {mark}
    gitProxy = {mark}
    askPass = {mark}
    alternateRefsCommand = {mark}
    hooksPath = {folder}
    worktree = {folder}
    attributesFile = {folder}/attributes
[alias]
    log = !{mark}
    rev-list = !{mark}
    cat-file = !{mark}
[pager]
    log = {mark}
[diff]
    external = {mark}
[diff "evil"]
    textconv = {mark}
    command = {mark}
[filter "evil"]
    clean = {mark}
    smudge = {mark}
    process = {mark}
[gpg]
    program = {mark}
[gpg "ssh"]
    program = {mark}
    defaultKeyCommand = {mark}
[log]
    showSignature = true
    mailmap = true
[uploadpack]
    packObjectsHook = {mark}
[credential]
    helper = !{mark}
[extensions]
    partialClone = evil
[remote "evil"]
    url = ext::{mark}
    promisor = true
    uploadpack = {mark}
[protocol "ext"]
    allow = always
[include]
    path = {folder}/included
"""


@pytest.fixture
def marked(tmp_path):
    """A program that leaves a mark when anything runs it."""
    mark = tmp_path / "mark.sh"
    mark.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    mark.chmod(0o755)
    return mark


def test_nothing_in_its_configuration_is_run_or_believed(tmp_path, marked):
    box = Box(tmp_path / "box")
    first = box.commit(
        {"a": b"1", ".gitattributes": b"* diff=evil filter=evil\n", ".mailmap": b"X <x@y> <alice@example.org>\n"}
    )
    missing = "1234567890" * 4
    second = box.commit({"a": b"2", ".gitattributes": b"* diff=evil filter=evil\n"}, parents=[first])
    box.tag("v1", second)
    hooks = box.git_dir / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        (hooks / name).symlink_to(marked)
    (tmp_path / "attributes").write_text("* diff=evil\n")
    (tmp_path / "included").write_text(f"[core]\n pager = {marked}\n")
    (box.git_dir / "config").write_text(CONFIG.format(mark=marked, folder=tmp_path))
    with open_repository(str(box.path), tmp_path / "cache") as repository:
        found = read(repository)
        assert len(list(tags(repository))) == 1
        with pytest.raises(RepositoryError):
            repository.git.run("cat-file", "-p", missing)
    assert [raw.id for raw in found] == [first, second]
    assert found[0].author.email == "alice@example.org"
    assert not (tmp_path / "ran").exists()


def test_grafts_and_replacements_are_ignored_and_reported(tmp_path):
    box = Box(tmp_path / "box")
    first = box.commit({"a": b"1"})
    second = box.commit({"a": b"2"}, parents=[first])
    other = box.commit({"a": b"3"}, author="Mallory <mallory@example.org>", branch=None)
    box.git("update-ref", f"refs/replace/{first}", other)
    (box.git_dir / "info").mkdir(exist_ok=True)
    (box.git_dir / "info" / "grafts").write_text(f"{second}\n")
    with open_repository(str(box.path), tmp_path / "cache") as repository:
        assert [raw.id for raw in read(repository)] == [first, second]
        assert len(repository.notices) == 2
    assert "replacements" in repository.notices[0]
    assert "grafts" in repository.notices[1]


def test_an_object_with_other_bytes_than_its_id_is_refused(tmp_path):
    box = Box(tmp_path / "box")
    made = box.commit({"a": b"1"})
    forged = f"tree {box.tree({})}\nauthor M <m@b> 1 +0000\ncommitter M <m@b> 1 +0000\n\nx\n".encode()
    assert object_id("commit", forged) != made
    write_loose(box, made, b"commit", forged)
    with pytest.raises(RepositoryError, match=f"{made} does not match its id|hash mismatch"):
        box.read(tmp_path)


def test_a_missing_parent_and_a_damaged_object_are_typed_errors(tmp_path):
    box = Box(tmp_path / "box")
    first = box.commit({"a": b"1"})
    box.commit({"a": b"2"}, parents=[first])
    path = box.loose(first)
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(RepositoryError, match="failed"):
        box.read(tmp_path)
    path.write_bytes(content[:20])
    with pytest.raises(RepositoryError, match="failed"):
        box.read(tmp_path)


def test_a_missing_tree_is_a_typed_error_and_not_a_short_history(tmp_path):
    box = Box(tmp_path / "box")
    first = box.commit({"folder/a": b"1"})
    second = box.commit({"folder/a": b"2"}, parents=[first])
    box.loose(box.git("rev-parse", f"{second}^{{tree}}")).unlink()
    with pytest.raises(RepositoryError, match="git log failed"):
        box.read(tmp_path)


def test_a_commit_that_is_too_large_is_refused(tmp_path):
    box = Box(tmp_path / "box")
    box.commit(message=b"x" * (65 << 20))
    with pytest.raises(RepositoryError, match="larger than 64 MB"):
        box.read(tmp_path)


def test_pipes_in_place_of_files_do_not_make_us_wait(tmp_path):
    box = Box(tmp_path / "box")
    box.commit()
    (box.git_dir / "HEAD").unlink()
    os.mkfifo(box.git_dir / "HEAD")
    with pytest.raises(RepositoryError, match="is not a file"), open_repository(str(box.path), tmp_path):
        pass


@pytest.mark.parametrize(
    "where", ["refs/heads/pipe", "objects/ab/pipe", "objects/pack/a.idx", "objects/info/alternates"]
)
def test_pipes_among_refs_and_objects_are_refused(tmp_path, where):
    box = Box(tmp_path / "box")
    box.commit()
    pipe = box.git_dir / where
    pipe.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(pipe)
    with pytest.raises(RepositoryError, match="is not a file"):
        box.read(tmp_path)


def test_links_among_refs_and_objects_are_read(tmp_path):
    box = Box(tmp_path / "box")
    made = box.commit()
    (box.git_dir / "refs" / "tags").mkdir(exist_ok=True)
    (box.git_dir / "refs" / "tags" / "nowhere").symlink_to(tmp_path / "gone")
    (box.git_dir / "objects").rename(tmp_path / "elsewhere")
    (box.git_dir / "objects").symlink_to(tmp_path / "elsewhere")
    assert [raw.id for raw in box.read(tmp_path)] == [made]


def test_a_pointer_that_leads_nowhere(tmp_path):
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(RepositoryError), open_repository(str(tmp_path), tmp_path):
        pass
    (tmp_path / ".git").write_text("hello\n")
    with pytest.raises(RepositoryError, match="leads nowhere"), open_repository(str(tmp_path), tmp_path):
        pass


def test_a_repository_of_someone_else_is_read(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    box = Box(tmp_path / "box")
    made = box.commit()
    for folder, _, names in os.walk(box.path):
        for name in (folder, *(str(Path(folder) / name) for name in names)):
            os.chown(name, 12_345, 12_345)
    assert [raw.id for raw in box.read(tmp_path)] == [made]


def test_without_git_it_says_so(tmp_path, monkeypatch):
    box = Box(tmp_path / "box")
    box.commit()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="git program is not installed"):
        box.read(tmp_path)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_a_commit_and_as_a_tag(data):
    for content in (
        data,
        b"tree 1\nparent 2\n" + data,
        b"tree 1\nauthor " + data + b"\ncommitter " + data + b"\nencoding " + data[:9] + b"\ngpgsig " + data,
    ):
        for object_format in ("sha1", "sha256"):
            parsed = parse_commit(content, object_format)
            assert parsed.committer.time is None or parsed.committer.time >= 0
        parse_tag(content)


def test_a_head_that_leads_to_no_commit_is_refused(tmp_path):
    """Else the tags alone would be judged, and the branch be called clean."""
    box = Box(tmp_path / "box")
    commit = box.commit({"a": b"1"})
    box.tag("v1.0", commit)
    tree = box.git("rev-parse", f"{commit}^{{tree}}").strip()
    (box.git_dir / "refs/heads/main").write_text(f"{tree}\n")
    with pytest.raises(RepositoryError, match="leads to a tree"), open_repository(str(box.path), tmp_path):
        pass


def test_packed_refs_that_are_no_file_are_refused(tmp_path):
    box = Box(tmp_path / "box")
    box.commit({"a": b"1"})
    os.mkfifo(box.git_dir / "packed-refs")
    with pytest.raises(RepositoryError, match="is not a file"), open_repository(str(box.path), tmp_path):
        pass
