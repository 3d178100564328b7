"""What cannot be read costs itself: a ref, a commit, or the paths of one. All else is judged, and nothing is clean."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.engine.repository import look
from doorward.errors import RepositoryError
from doorward.model.findings import Report, Verdict
from doorward.model.repository import Lost, RawCommit
from doorward.sources.repositories.location import open_repository
from doorward.sources.repositories.tags import tags
from doorward.sources.repositories.walk import Manner, walk
from tests.repositories.gitbox import Box, object_id, write_loose
from tests.repositories.test_look import MALLORY, Project, RepositoryWish, fired, judged

NOWHERE = "1234567890" * 4
ALICE = "Alice Example <alice@example.org>"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def ref(project: Project, name: str, text: str) -> None:
    path = project.box.git_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


def spoil(box: Box, name: str) -> None:
    path = box.loose(name)
    path.chmod(0o644)
    path.write_bytes(b"no object")


def tag_of(target: str, kind: str = "commit") -> bytes:
    return f"object {target}\ntype {kind}\ntag v2.0.0\ntagger {ALICE} 1780000000 +0000\n\nRelease\n".encode()


def dangling(project: Project) -> None:
    ref(project, "refs/tags/v2.0.0", NOWHERE)


def packed(project: Project) -> None:
    project.box.git("pack-refs", "--all")
    with (project.box.git_dir / "packed-refs").open("a") as file:
        file.write(f"{NOWHERE} refs/tags/v2.0.0\n")


def annotated(project: Project) -> None:
    ref(project, "refs/tags/v2.0.0", project.box.raw("tag", tag_of(NOWHERE)))


def nested(project: Project) -> None:
    ref(project, "refs/tags/v2.0.0", project.box.raw("tag", tag_of(project.box.raw("tag", tag_of(NOWHERE)), "tag")))


def damaged(project: Project) -> None:
    made = project.box.raw("tag", tag_of(project.head))
    ref(project, "refs/tags/v2.0.0", made)
    spoil(project.box, made)


def swapped(project: Project) -> None:
    made = project.box.raw("tag", tag_of(project.head))
    ref(project, "refs/tags/v2.0.0", made)
    write_loose(project.box, made, b"tag", tag_of(project.head).replace(b"Release", b"Another"))


def huge(project: Project) -> None:
    ref(project, "refs/tags/v2.0.0", project.box.raw("tag", tag_of(project.head) + b"x" * (65 << 20)))


def garbage(project: Project) -> None:
    ref(project, "refs/tags/v2.0.0", "hello")


@pytest.mark.parametrize("spoiled", [dangling, packed, annotated, nested, damaged, swapped, huge, garbage])
def test_a_tag_that_cannot_be_read_costs_that_tag(project: Project, spoiled: Callable[[Project], None]) -> None:
    project.box.tag("v1.0.0", project.head)
    spoiled(project)
    report = project.look()
    assert (report.verdict, judged(report)) == (Verdict.NOT_EVALUATED, "13 commits, 1 tags")
    (gap,) = [gap for gap in report.gaps if gap.required]
    assert gap.subject == f"git+file://{project.box.path}@refs/tags/v2.0.0"
    assert ("objects", 13, 14) in {(line.kind, line.answered, line.of) for line in report.coverage}
    assert report.packages == 15, "what could not be read is none of those that were judged"
    project.commit(1, MALLORY, {**project.files, "b": b"1"})
    assert "new-integrator" in fired(project.look())


def test_a_tag_that_moved_to_nowhere_has_moved(project: Project) -> None:
    project.box.tag("v1.0.0", project.head)
    project.look()
    ref(project, "refs/tags/v1.0.0", NOWHERE)
    report = project.look()
    assert "ref-moved" in fired(report)
    assert any(gap.required for gap in report.gaps)


def test_another_branch_that_leads_nowhere_costs_nothing(project: Project) -> None:
    ref(project, "refs/heads/topic", NOWHERE)
    assert project.look().verdict is Verdict.CLEAN


def test_a_head_that_leads_nowhere_is_refused(project: Project) -> None:
    ref(project, "refs/heads/main", NOWHERE)
    with pytest.raises(RepositoryError, match="HEAD leads to an object that cannot be read"):
        look(project.context(), RepositoryWish(project.location))


def lost_by(box: Box, tmp: Path, **how: bool) -> tuple[list[RawCommit], list[Lost]]:
    lost: list[Lost] = []
    with open_repository(str(box.path), tmp / "cache") as repository:
        return list(walk(repository, [repository.listing.head], how=Manner(lost=lost.append, **how))), lost


def chain(box: Box, count: int) -> list[str]:
    made: list[str] = []
    for number in range(count):
        made.append(box.commit({"a": b"%d" % number}, parents=made[-1:], when=f"{1_500_000_000 + number} +0000"))
    return made


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "damaged"])
def test_a_commit_that_cannot_be_read_cuts_off_what_is_behind_it_and_no_more(tmp_path: Path, gone: bool) -> None:
    box = Box(tmp_path / "box")
    made = chain(box, 6)
    side = box.commit({"b": b"1"}, parents=[made[1]], branch=None)
    merge = box.commit({"a": b"m"}, parents=[made[-1], side])
    if gone:
        box.loose(made[3]).unlink()
    else:
        spoil(box, made[3])
    raws, lost = lost_by(box, tmp_path)
    # The merge's other parent still leads to the oldest ones.
    assert {raw.id for raw in raws} == {merge, side, *made} - {made[2], made[3]}
    assert [(one.what, one.time) for one in lost] == [(made[3], 1_500_000_004)]
    told = {raw.id: raw.unread for raw in raws}
    assert made[3] in told.pop(made[4])
    assert set(told.values()) == {""}


def test_a_commit_with_other_bytes_costs_that_commit(tmp_path: Path) -> None:
    box = Box(tmp_path / "box")
    made = chain(box, 4)
    tree = box.git("rev-parse", f"{made[2]}^{{tree}}")
    content = f"tree {tree}\nparent {made[1]}\nauthor M <m@b> 1 +0000\ncommitter M <m@b> 1 +0000\n\nx\n".encode()
    assert object_id("commit", content) != made[2]
    write_loose(box, made[2], b"commit", content)
    raws, lost = lost_by(box, tmp_path)
    assert [raw.id for raw in raws] == [*made[:2], made[3]]
    assert [one.what for one in lost] == [made[2]]
    assert "does not match its id" in lost[0].reason


def test_a_commit_that_is_too_large_costs_that_commit(tmp_path: Path) -> None:
    box = Box(tmp_path / "box")
    first = box.commit({"a": b"1"})
    large = box.commit({"a": b"2"}, parents=[first], message=b"x" * (65 << 20))
    last = box.commit({"a": b"3"}, parents=[large])
    raws, lost = lost_by(box, tmp_path)
    assert ([raw.id for raw in raws], [one.what for one in lost]) == ([first, last], [large])


def test_a_parent_that_is_no_commit_costs_that_parent(tmp_path: Path) -> None:
    box = Box(tmp_path / "box")
    first = box.commit({"a": b"1"})
    tree = box.git("rev-parse", f"{first}^{{tree}}")
    head = box.raw(
        "commit",
        f"tree {tree}\nparent {first}\nparent {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n".encode(),
    )
    (box.git_dir / "refs/heads/main").write_text(f"{head}\n")
    raws, lost = lost_by(box, tmp_path)
    assert ([raw.id for raw in raws], [one.what for one in lost]) == ([first, head], [tree])


@pytest.mark.parametrize("merges", [True, False])
def test_a_tree_that_cannot_be_read_costs_the_paths_of_its_commit_and_the_next(tmp_path: Path, merges: bool) -> None:
    box = Box(tmp_path / "box")
    made = chain(box, 6)
    box.loose(box.git("rev-parse", f"{made[2]}^{{tree}}")).unlink()
    raws, lost = lost_by(box, tmp_path, merges=merges)
    assert ([raw.id for raw in raws], lost) == (made, [])
    assert [bool(raw.unread) for raw in raws] == [False, False, True, True, False, False]
    assert [raw.files for raw in raws] == [1, 1, 0, 0, 1, 1]


def test_a_clone_without_trees_is_judged_without_paths(project: Project) -> None:
    project.box.git("config", "uploadpack.allowFilter", "true")
    clone = project.box.path.parent / "clone"
    address = f"file://{project.box.path}"
    project.box.git("clone", "-q", "--no-checkout", "--filter=tree:0", address, str(clone))
    project.location = str(clone)
    report = project.look()
    assert (report.verdict, judged(report)) == (Verdict.NOT_EVALUATED, "13 commits, 0 tags")
    assert "repository/opaque-fixture-changed" in {gap.rule for gap in report.gaps}
    assert [gap.reason for gap in report.gaps if gap.required] == [
        "of 13 commits which paths were changed could not be read"
    ]
    project.box.commit({"a": b"x"}, parents=[project.head], author=MALLORY, when=project.when(1))
    project.box.git("-C", str(clone), "fetch", "-q", "origin", "+main:main", "--update-head-ok")
    assert "new-integrator" in fired(project.look())


def test_what_lies_before_the_time_to_judge_may_be_damaged(project: Project) -> None:
    old = project.box.git("rev-list", "--max-parents=0", "main")
    project.box.loose(old).unlink()
    assert project.look().verdict is Verdict.CLEAN
    report = project.look(everything=True)
    assert report.verdict is Verdict.NOT_EVALUATED
    assert any("cut off" in gap.reason for gap in report.gaps)


def test_what_is_cut_off_is_not_taken_for_rewritten(project: Project) -> None:
    project.look()
    middle = project.commit(1, ALICE, {**project.files, "a": b"x"})
    project.commit(0.5, ALICE, {**project.files, "a": b"y"})
    project.box.loose(middle).unlink()
    report = project.look()
    assert report.verdict is Verdict.NOT_EVALUATED
    assert "ref-moved" not in fired(report)
    assert any(gap.rule == "repository/ref-moved" for gap in report.gaps)


def test_a_pack_that_is_damaged_in_one_place(tmp_path: Path) -> None:
    box = Box(tmp_path / "box")
    made = chain(box, 5)
    box.git("repack", "-adq")
    (index,) = (box.git_dir / "objects/pack").glob("*.idx")
    rows = subprocess.run(["git", "show-index"], input=index.read_bytes(), capture_output=True, check=True).stdout
    at = next(int(row.split()[0]) for row in rows.decode().splitlines() if row.split()[1] == made[1])
    pack = index.with_suffix(".pack")
    content = bytearray(pack.read_bytes())
    content[at + 2 : at + 12] = b"\xff" * 10
    pack.chmod(0o644)
    pack.write_bytes(content)
    raws, lost = lost_by(box, tmp_path)
    assert {raw.id for raw in raws} >= set(made[2:])
    assert [one.what for one in lost] == [made[1]]


def test_a_clone_of_our_own_is_not_cut_for_ever(tmp_path: Path) -> None:
    box = Box(tmp_path / "box")
    made = chain(box, 3)
    box.loose(made[1]).rename(tmp_path / "kept")
    assert len(lost_by(box, tmp_path)[1]) == 1
    (tmp_path / "kept").rename(box.loose(made[1]))
    assert [raw.id for raw in lost_by(box, tmp_path)[0]] == made


def test_without_anyone_to_tell_a_tag_that_cannot_be_read_is_an_error(project: Project) -> None:
    dangling(project)
    with open_repository(project.location, project.box.path.parent) as repository:
        with pytest.raises(RepositoryError, match="does not hold"):
            list(tags(repository))
        lost: list[Lost] = []
        assert (list(tags(repository, lost=lost.append)), [one.what for one in lost]) == ([], ["refs/tags/v2.0.0"])


def test_missing_paths_are_missing_facts(project: Project) -> None:
    project.box.loose(project.box.git("rev-parse", f"{project.head}^{{tree}}")).unlink()
    report: Report = project.look()
    assert [gap.subject for gap in report.gaps if gap.rule == "repository/opaque-fixture-changed"] == [
        f"git+file://{project.box.path}@{project.head}"
    ]
