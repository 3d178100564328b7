"""What a walk says of a history, and in which order."""

import subprocess

import pytest

from doorward.errors import RepositoryError
from doorward.model.paths import BUILD, CI, OPAQUE_FIXTURE
from doorward.model.repository import Ident
from doorward.sources.repositories.location import open_repository
from doorward.sources.repositories.tags import tags
from doorward.sources.repositories.walk import Manner, walk
from tests.repositories.gitbox import DAY, START, Box, read


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "box")


def at(days: int, zone: str = "+0000") -> str:
    return f"{START + days * DAY} {zone}"


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.parametrize("bare", [False, True])
def test_a_history_with_a_merge(tmp_path, object_format, bare):
    box = Box(tmp_path / "box", object_format, bare)
    root = box.commit({"a": b"1"}, when=at(0))
    side = box.commit({"a": b"1", "side": b"2"}, parents=[root], when=at(1), branch=None)
    main = box.commit({"a": b"3"}, parents=[root], when=at(2))
    merge = box.commit({"a": b"3", "side": b"2"}, parents=[main, side], when=at(3))
    found = box.read(tmp_path)
    assert {raw.id for raw in found} == {root, side, main, merge}
    order = [raw.id for raw in found]
    assert order[0] == root
    assert order[-1] == merge
    assert {raw.id for raw in found if raw.on_chain} == {root, main, merge}
    assert found[-1].parents == (main, side)
    assert found[-1].parents_time == START + 2 * DAY
    assert found[0].parents_time is None


def test_changes_are_counted_and_the_telling_ones_kept(box, tmp_path):
    root = box.commit({"Makefile": b"1", "src/a.c": b"1", "tests/x.xz": b"1", "README": b"1"})
    box.commit(
        {"Makefile": b"2", "src/a.c": b"2", "tests/x.xz": b"2", ".github/workflows/ci.yml": b"1"}, parents=[root]
    )
    first, second = box.read(tmp_path)
    assert first.files == 4
    assert {change.status for change in first.changes} == {"A"}
    assert second.files == 5
    assert {(change.status, change.path, change.kinds) for change in second.changes} == {
        ("M", "Makefile", frozenset({BUILD})),
        ("M", "tests/x.xz", frozenset({OPAQUE_FIXTURE})),
        ("A", ".github/workflows/ci.yml", frozenset({CI})),
        ("D", "README", frozenset({"readme"})),
    }


def test_names_that_try_to_confuse_the_reader(box, tmp_path):
    hostile = [
        "new\nline/Makefile",
        ":100644 100644 a b M/Makefile",
        "m4/\tMakefile ",
        "é/Makefile",
        "0" * 40 + "/Makefile",
    ]
    blob = box.raw("blob", b"x")
    entries = "".join(f"100644 {blob}\t{name}\0" for name in hostile)
    box.git("update-index", "-z", "--index-info", stdin=entries.encode())
    tree = box.git("write-tree")
    made = box.raw("commit", f"tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n".encode())
    (found,) = box.read(tmp_path, [made])
    assert found.files == len(hostile)
    assert sorted(change.path for change in found.changes) == sorted(hostile)


def test_idents_are_read_as_git_reads_them(box, tmp_path):
    box.commit(
        author="Alice >< Example <alice@example.org>",
        committer="Bob <bob@example.org> <mallory@example.org>",
        when="1600000000 -0330",
        authored="1500000000 +1245",
    )
    (found,) = box.read(tmp_path)
    assert found.author == Ident("Alice >", "Example <alice@example.org", 1_500_000_000, 765)
    assert found.committer == Ident("Bob", "bob@example.org", 1_600_000_000, -210)


@pytest.mark.parametrize(
    ("when", "time", "offset"),
    [
        ("1600000000 +0000", 1_600_000_000, 0),
        ("99999999999999999999 +0000", None, 0),
        ("253402300800 +0000", None, 0),
        ("-1 +0000", None, 0),
        ("1600000000 +051800", 1_600_000_000, None),
        ("1600000000 +9959", 1_600_000_000, None),
        ("1600000000", 1_600_000_000, None),
        ("", None, None),
        ("yesterday +0100", None, 60),
    ],
)
def test_dates_that_no_clock_shows_are_none(box, tmp_path, when, time, offset):
    box.commit(when=when or " ")
    (found,) = box.read(tmp_path)
    assert (found.committer.time, found.committer.offset) == (time, offset)


@pytest.mark.parametrize(
    ("name", "header", "shown"),
    [
        (b"J\xfcrgen", b"encoding ISO-8859-1\n", "Jürgen"),
        (b"J\xfcrgen", b"", "J\\xfcrgen"),
        ("Jürgen".encode(), b"", "Jürgen"),
        (b"J\xfcrgen", b"encoding rot13\n", "J\\xfcrgen"),
        (b"\x1b[31mred", b"", "\x1b[31mred"),
    ],
)
def test_encodings(box, tmp_path, name, header, shown):
    tree = box.tree({})
    made = box.raw(
        "commit",
        b"tree %s\nauthor %s <a@b> 1 +0000\ncommitter %s <a@b> 1 +0000\n%s\nx\n" % (tree.encode(), name, name, header),
    )
    (found,) = box.read(tmp_path, [made])
    assert found.author.name == shown


@pytest.mark.parametrize(
    ("message", "keys"),
    [
        (b"Subject\n\nBody\n\nSigned-off-by: A <a@b>\nReviewed-by: B\n", ("Signed-off-by", "Reviewed-by")),
        (b"Signed-off-by: only a subject\n", ()),
        (b"Subject\n\nnote: this is prose\n", ()),
        (b"Subject\n\n" + b"x" * 10_000_000 + b"\n\nChange-Id: I1\n", ("Change-Id",)),
        (b"", ()),
    ],
)
def test_trailers(box, tmp_path, message, keys):
    box.commit(message=message)
    (found,) = box.read(tmp_path)
    assert found.trailers == keys


def test_a_signature_covers_everything_but_itself(box, tmp_path):
    armour = b"-----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n"
    box.commit(headers=b"gpgsig " + armour + b"mergetag object 1\n gpgsig inside\n", message=b"Subject\n\ngpgsig no\n")
    (found,) = box.read(tmp_path)
    assert found.signed is not None
    assert found.signed.signatures == (b"",), "no SSH signature, but the header is one"
    assert b"BEGIN SSH" not in found.signed.payload
    assert found.signed.payload.endswith(b"mergetag object 1\n gpgsig inside\n\nSubject\n\ngpgsig no\n")
    assert [claim.kind for claim in found.claims] == ["ssh"]


def test_a_signature_over_the_other_object_format_is_no_signature_of_this_one(box, tmp_path):
    box.commit(headers=b"gpgsig-sha256 -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n")
    (found,) = box.read(tmp_path)
    assert found.signed is None
    assert [claim.kind for claim in found.claims] == ["other"]


def test_an_octopus_and_unrelated_roots(box, tmp_path):
    roots = [box.commit({f"{n}": b""}, message=b"%d\n" % n, branch=None) for n in range(4)]
    merge = box.commit({}, parents=roots)
    found = box.read(tmp_path)
    assert found[-1].parents == tuple(roots)
    assert sorted(raw.id for raw in found) == sorted([*roots, merge])
    assert [raw.id for raw in found if raw.on_chain] == [roots[0], merge]


def test_what_a_merge_changes_by_itself_is_told_where_asked(box, tmp_path):
    root = box.commit({"Makefile": b"1", "tests/a.xz": b"1", "c": b"1"})
    side = box.commit({"Makefile": b"side", "tests/a.xz": b"1", "c": b"1"}, parents=[root], branch=None)
    main = box.commit({"Makefile": b"1", "tests/a.xz": b"1", "c": b"main"}, parents=[root])
    evil = {"Makefile": b"side", "tests/a.xz": b"swapped", "c": b"main", "m4/new.m4": b"x"}
    merge = box.commit(evil, parents=[main, side])
    with open_repository(str(box.path), tmp_path) as repository:
        plain = {raw.id: raw for raw in walk(repository, [merge])}
        told = {raw.id: raw for raw in walk(repository, [merge], how=Manner(merges=True))}
    assert plain[merge].changes == ()
    assert {(change.status, change.path) for change in told[merge].changes} == {("M", "tests/a.xz"), ("A", "m4/new.m4")}
    assert {commit: raw for commit, raw in plain.items() if commit != merge} == {
        commit: raw for commit, raw in told.items() if commit != merge
    }


def test_a_second_walk_reads_only_what_is_new(box, tmp_path):
    first = box.commit({"a": b"1"}, when=at(0))
    second = box.commit({"a": b"2"}, parents=[first], when=at(5))
    (found,) = box.read(tmp_path, exclude=[first])
    assert found.id == second
    assert found.parents_time == START
    assert found.on_chain
    assert box.read(tmp_path, exclude=[second]) == []


def test_what_contains_a_commit(box, tmp_path):
    root = box.commit({"a": b"1"})
    main = box.commit({"a": b"2"}, parents=[root])
    topic = box.commit({"a": b"3"}, parents=[root], branch="topic")
    hidden = box.commit({"a": b"4"}, parents=[root], branch=None)
    deep = box.commit({"a": b"5"}, parents=[hidden], branch=None)
    box.git("symbolic-ref", "HEAD", "refs/heads/main")
    with open_repository(str(box.path), tmp_path) as repository:
        found = {raw.id: (raw.main, raw.on_branch) for raw in walk(repository, [main, deep], (), [topic])}
        assert found == {root: (True, True), main: (True, True), hidden: (False, False), deep: (False, False)}
        found = {raw.id: (raw.main, raw.on_branch) for raw in walk(repository, [topic], [main], [topic])}
        assert found == {topic: (False, True)}


def test_a_linked_work_tree_and_a_detached_head(box, tmp_path):
    first = box.commit({"a": b"1"})
    box.commit({"a": b"2"}, parents=[first])
    box.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"), first)
    with open_repository(str(tmp_path / "linked"), tmp_path) as repository:
        assert (repository.listing.head, repository.listing.default_branch) == (first, "")
        assert [raw.id for raw in read(repository)] == [first]


def test_a_shallow_clone_says_so(box, tmp_path):
    commit = ""
    for n in range(5):
        commit = box.commit({"a": b"%d" % n}, parents=[commit] if commit else [])
    subprocess.run(
        ["git", "clone", "-q", "--depth=2", f"file://{box.path}", str(tmp_path / "shallow")],
        check=True,
        capture_output=True,
    )
    with open_repository(str(tmp_path / "shallow"), tmp_path) as repository:
        assert repository.shallow
        found = read(repository)
    assert len(found) == 2
    assert found[0].parents_time is None


def test_an_empty_repository_has_nothing_to_walk(box, tmp_path):
    with open_repository(str(box.path), tmp_path) as repository:
        assert repository.listing.refs == ()
        with pytest.raises(RepositoryError, match="no commits"):
            list(walk(repository, []))


def test_only_full_ids_begin_a_walk(box, tmp_path):
    box.commit()
    with (
        open_repository(str(box.path), tmp_path) as repository,
        pytest.raises(RepositoryError, match="full commit ids"),
    ):
        list(walk(repository, ["--all"]))


def test_tags_of_every_kind(box, tmp_path):
    commit = box.commit({"a": b"1"}, when=at(1))
    box.tag("light", commit)
    box.tag("blob", box.raw("blob", b"a key"))
    head = f"object {commit}\ntype commit\ntag v1\ntagger Bob <bob@example.org> {at(2, '+0200')}\n\nRelease\n"
    armour = "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"
    box.tag("v1", commit, (head + armour).encode())
    box.tag("nested", commit, f"object {box.git('rev-parse', 'v1')}\ntype tag\ntag nested\n\nx\n".encode())
    with open_repository(str(box.path), tmp_path) as repository:
        found = {tag.name: tag for tag in tags(repository)}
    assert (found["light"].target, found["light"].tagger) == (commit, None)
    assert found["blob"].target == ""
    assert found["v1"].tagger == Ident("Bob", "bob@example.org", START + 2 * DAY, 120)
    assert (found["v1"].target, found["v1"].target_time) == (commit, START + DAY)
    assert found["v1"].signed is not None
    assert found["v1"].signed.payload == head.encode()
    assert [claim.kind for claim in found["v1"].claims] == ["openpgp"]
    assert found["nested"].target == commit
