"""Histories that do not lie open: what refs do not lead to, submodules, work trees elsewhere."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.exposed.test_exposed import ASKED, BAD, DAY, GOOD, START, asked, details, history, traces
from tests.repositories.gitbox import Box

Doorward = Callable[..., Ran]
NOWHERE = "deadbeef" * 5


@pytest.fixture
def box(project: Path) -> Box:
    """A project that was clean at all times, as far as its one branch tells."""
    made = Box(project)
    history(made, GOOD)
    (project / "requirements.txt").write_bytes(GOOD)
    return made


def git(folder: Path, *words: str) -> None:
    settings = ("user.name=N", "user.email=n@mail.invalid", "protocol.file.allow=always", "core.logAllRefUpdates=false")
    told = [word for setting in settings for word in ("-c", setting)]
    subprocess.run(["git", "-C", str(folder), *told, *words], check=True, capture_output=True)


def test_a_history_that_lies_open_is_an_answer(box: Box, doorward: Doorward) -> None:
    assert asked(doorward).code == 0


@pytest.mark.parametrize("ref", ["refs/pull/7/head", "refs/remotes/origin/side", "refs/tags/v1", "refs/notes/odd"])
def test_a_commit_that_only_an_odd_ref_has_counts(box: Box, doorward: Doorward, ref: str) -> None:
    commit = box.commit({"requirements.txt": BAD}, branch=None)
    box.git("update-ref", ref, commit)
    assert asked(doorward).code == 1


def broken_ref(box: Box) -> None:
    (box.git_dir / "refs/heads/lost").write_text(f"{NOWHERE}\n")


def damaged_ref(box: Box) -> None:
    (box.git_dir / "refs/heads/lost").write_text("nonsense\n")


def tag_of_nothing(box: Box) -> None:
    content = f"object {NOWHERE}\ntype commit\ntag lost\ntagger A <a@mail.invalid> {START} +0000\n\nx\n"
    box.tag("lost", "", content.encode())


def tree(box: Box) -> None:
    box.git("update-ref", "refs/tags/lost", box.tree({"requirements.txt": BAD}))


def tag_of_a_tree(box: Box) -> None:
    target = box.tree({"requirements.txt": BAD})
    content = f"object {target}\ntype tree\ntag lost\ntagger A <a@mail.invalid> {START} +0000\n\nx\n"
    box.tag("lost", "", content.encode())


def grafts(box: Box) -> None:
    old = box.commit({"requirements.txt": BAD}, branch=None)
    (box.git_dir / "info").mkdir(exist_ok=True)
    (box.git_dir / "info/grafts").write_text(f"{box.git('rev-parse', 'main')} {old}\n")


@pytest.mark.parametrize("make", [broken_ref, damaged_ref, tag_of_nothing, tree, tag_of_a_tree, grafts])
def test_what_refs_do_not_lead_to_is_no_no(box: Box, doorward: Doorward, make: Callable[[Box], None]) -> None:
    make(box)
    ran = asked(doorward)
    assert (ran.code, len(ran.json["gaps"])) == (3, 1)
    assert ("grafts" if make is grafts else "lost") in ran.json["gaps"][0]["reason"]


def test_a_tag_of_a_file_hides_nothing(box: Box, doorward: Doorward) -> None:
    box.git("update-ref", "refs/tags/key", box.raw("blob", b"a key"))
    assert asked(doorward).code == 0


@pytest.mark.parametrize("what", ["blob", "commit"])
def test_replacements_hide_nothing(box: Box, project: Path, doorward: Doorward, what: str) -> None:
    history(box, GOOD, BAD, GOOD)
    if what == "blob":
        git(
            project,
            "replace",
            box.git("rev-parse", "main~1:requirements.txt"),
            box.git("rev-parse", "main:requirements.txt"),
        )
    else:
        git(project, "replace", "--graft", "main")
    ran = asked(doorward)
    (trace,) = traces(ran, "lock")
    assert [mark["did"] for mark in trace["commits"]] == ["brought", "removed"]


@pytest.fixture
def module(project: Path, tmp_path: Path) -> Path:
    """A submodule of the project that had the release once."""
    source = Box(tmp_path / "source")
    history(source, BAD, GOOD)
    git(project, "submodule", "add", str(source.path), "apps/one")
    git(project, "add", "-A")
    git(project, "commit", "-m", "Add a submodule")
    return project / "apps/one"


def test_a_submodule_that_is_checked_out(box: Box, module: Path, doorward: Doorward) -> None:
    ran = asked(doorward)
    (trace,) = traces(ran, "lock")
    assert (ran.code, trace["where"]) == (1, "apps/one/requirements.txt")
    assert ran.json["gaps"] == []


def test_a_submodule_that_is_not_checked_out_is_no_no(
    box: Box, module: Path, project: Path, doorward: Doorward, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(project), str(clone))
    ran = asked(doorward, ASKED, "--path", str(clone))
    assert (ran.code, ran.json["gaps"][0]["where"]) == (3, "apps/one")
    assert "git submodule update" in ran.json["gaps"][0]["reason"]
    (clone / "docs").mkdir()
    assert asked(doorward, ASKED, "--path", str(clone / "docs")).code == 3, "there is nothing to look at"
    (clone / "doorward.toml").write_text('[scan]\nexclude = ["apps"]\n')
    assert asked(doorward, ASKED, "--path", str(clone)).code == 0


def test_a_submodule_that_is_gone_from_the_work_tree(box: Box, module: Path, project: Path, doorward: Doorward) -> None:
    git(project, "rm", "-q", "apps/one")
    git(project, "commit", "-m", "Drop the submodule")
    ran = asked(doorward)
    (trace,) = traces(ran, "lock")
    assert (ran.code, trace["where"]) == (1, ".git/modules/apps/one/requirements.txt")


def test_submodules_of_other_peoples_code_are_left_out(
    box: Box, project: Path, doorward: Doorward, tmp_path: Path
) -> None:
    source = Box(tmp_path / "source")
    history(source, BAD)
    git(project, "submodule", "add", str(source.path), "third_party/one")
    git(project, "commit", "-m", "Add a submodule")
    assert asked(doorward).code == 0
    shutil.rmtree(project / "third_party/one")
    (project / "third_party/one").mkdir()
    assert asked(doorward).code == 0


def test_where_a_work_tree_elsewhere_is_counts_without_a_journal(
    box: Box, project: Path, doorward: Doorward, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    git(project, "worktree", "add", "--detach", str(other), "main")
    (other / "requirements.txt").write_bytes(BAD)
    git(other, "commit", "-am", "Pin")
    for journals in list(box.git_dir.rglob("logs")):
        shutil.rmtree(journals)
    ran = asked(doorward)
    (trace,) = traces(ran, "lock")
    assert (ran.code, "work tree" in details(trace)["state"]) == (1, True)


def test_what_was_fetched_and_has_no_ref_counts(box: Box, project: Path, doorward: Doorward, tmp_path: Path) -> None:
    source = Box(tmp_path / "source")
    history(source, GOOD, BAD)
    git(project, "fetch", "-q", str(source.path), "main")
    assert asked(doorward).code == 1


def test_a_lock_that_was_moved_is_told_in_both_places(box: Box, doorward: Doorward) -> None:
    before = history(box, GOOD, BAD, path="a/requirements.txt", branch="moved")
    when = f"{START + 5 * DAY} +0000"
    box.commit({"b/requirements.txt": BAD}, parents=before[-1:], when=when, branch="moved")
    ran = asked(doorward)
    assert [(trace["where"], trace["present"]) for trace in traces(ran, "lock")] == [
        ("a/requirements.txt", False),
        ("b/requirements.txt", True),
    ]


def test_a_merge_that_nobody_else_made(box: Box, doorward: Doorward) -> None:
    base = history(box, GOOD)
    side = box.commit({"requirements.txt": GOOD, "x": b"x"}, parents=base, branch=None)
    bad = box.commit({"requirements.txt": BAD}, parents=[*base, side], when=f"{START + DAY} +0000")
    box.commit({"requirements.txt": GOOD}, parents=[bad], when=f"{START + 2 * DAY} +0000")
    (trace,) = traces(asked(doorward), "lock")
    assert [mark["did"] for mark in trace["commits"]] == ["brought", "removed"]


def test_a_bare_repository(doorward: Doorward, tmp_path: Path) -> None:
    bare = Box(tmp_path / "store.git", bare=True)
    history(bare, BAD, GOOD)
    ran = asked(doorward, ASKED, "--path", str(bare.path))
    assert (ran.code, len(traces(ran, "lock"))) == (1, 1)
