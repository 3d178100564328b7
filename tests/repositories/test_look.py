"""Looks at real repositories, one after another: what each judges, remembers and finds."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from doorward.engine.context import Context
from doorward.engine.gather.habits import History
from doorward.engine.keyfile import key_list
from doorward.engine.repository import RepositoryWish, look, report_of
from doorward.errors import RepositoryError
from doorward.model.findings import Report, Strength, Verdict
from doorward.model.limits import RepositoryLimits
from doorward.policy import Policy
from doorward.policy.repository import RepositoryPolicy
from doorward.sources.http import Http
from doorward.sources.repositories.location import open_repository
from doorward.sources.repositories.remote import fetch
from doorward.sources.trust.claims import parse_signatures
from doorward.sources.trust.keyring import read_keys
from doorward.store import Store, open_store
from tests.repositories.gitbox import Box, served
from tests.trust.material import VECTORS, signers, ssh_armour, string

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MALLORY = "Mallory Example <mallory@example.org>"


def judge_repository(context: Context, wish: RepositoryWish) -> Report:
    return report_of(context, wish, look(context, wish))


class Quiet:
    def phase(self, label: str, total: int) -> None: ...

    def advance(self, n: int = 1) -> None: ...


class Project:
    """A repository of two maintainers who committed monthly for three years, and a store that watches it."""

    def __init__(self, tmp: Path, *, bare: bool = False) -> None:
        self.box = Box(tmp / "served" / "box.git" if bare else tmp / "box", bare=bare)
        self.store: Store = open_store(tmp / "store" / "doorward.sqlite3", environ={})
        self.now, self.head = NOW, ""
        self.location = str(self.box.path)
        for month in range(36, 0, -1):
            who = "Bob Example <bob@example.org>" if month % 3 == 0 else "Alice Example <alice@example.org>"
            self.commit(month * 30, who, {"a": b"%d" % month})
        self.files = {"a": b"0", "tests/files/bad.xz": b"one"}
        self.commit(20, "Alice Example <alice@example.org>", self.files)

    def when(self, days_ago: float) -> str:
        return f"{int((NOW - timedelta(days=days_ago)).timestamp())} +0200"

    def commit(self, days_ago: float, who: str, files: dict[str, bytes], **more: Any) -> str:
        parents = more.pop("parents", [self.head] if self.head else [])
        made = self.box.commit(files, parents=parents, author=who, when=self.when(days_ago), **more)
        if more.get("branch", "main") == "main":
            self.head = made
        return made

    def context(self, **more: Any) -> Context:
        values: dict[str, Any] = {
            "policy": Policy(), "store": self.store, "http": Http(offline=True, environ={}), "now": self.now, "as_of": None, "environ": {},
            "home": Path(), "progress": Quiet(),
        }  # fmt: skip
        return Context(**values | more)

    def look(self, *, rules: str | None = None, as_of: datetime | None = None, **wish: Any) -> Report:
        """One look; the next one is a day later."""
        context = self.context(rules=rules, as_of=as_of, now=as_of or self.now)
        report = judge_repository(context, RepositoryWish(self.location, **wish))
        self.now += timedelta(days=1)
        return report


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def fired(report: Report) -> set[str]:
    return {finding.rule.partition("/")[2] for finding in report.findings}


def judged(report: Report) -> str:
    return dict(report.header)["judged"]


def test_a_first_look_judges_the_last_year_and_the_next_what_is_new(project: Project) -> None:
    first = project.look()
    assert (first.verdict, judged(first)) == (Verdict.CLEAN, "13 commits, 0 tags")
    assert {gap.rule for gap in first.gaps} == {"repository/ref-moved"}
    assert "first look" in {line.kind: line.cause for line in first.coverage}["refs"]
    again = project.look()
    assert (again.verdict, judged(again), again.gaps) == (Verdict.CLEAN, "0 commits, 0 tags", ())
    project.commit(1, "Alice Example <alice@example.org>", {"a": b"new"})
    assert judged(project.look()) == "1 commits, 0 tags"


def test_more_can_be_asked_for_at_any_time(project: Project) -> None:
    project.look()
    assert judged(project.look(everything=True)) == "23 commits, 0 tags"
    assert judged(project.look(since=NOW - timedelta(days=100))) == "4 commits, 0 tags"
    assert judged(project.look()) == "0 commits, 0 tags"


def merged_late(project: Project, **more: Any) -> None:
    """A branch of a stranger who claims to have made it three years ago; what merges it is of today."""
    root = project.box.git("rev-list", "--max-parents=0", "main")
    old = {"a": b"36", "tests/files/bad.xz": b"old"}
    first = project.commit(1_079, MALLORY, old, parents=[root], branch="topic")
    second = project.commit(1_078, MALLORY, {**old, "tests/files/bad.xz": b"new"}, parents=[first], branch="topic")
    project.look() if more.pop("watched", False) else None
    project.commit(0.5, "Alice Example <alice@example.org>", project.files, parents=[project.head, second], **more)


@pytest.mark.parametrize("wish", [{}, {"since": NOW - timedelta(days=10)}, {"everything": True}])
def test_commits_are_judged_by_when_they_were_merged_whatever_their_date(
    project: Project, wish: dict[str, Any]
) -> None:
    merged_late(project)
    report = project.look(**wish)
    assert (report.verdict, fired(report) >= {"opaque-fixture-changed"}) == (Verdict.HOLD, True)
    assert report.until == NOW + timedelta(days=2.5)


def test_what_was_on_a_branch_before_is_judged_when_it_is_merged(project: Project) -> None:
    merged_late(project, watched=True)
    report = project.look()
    assert judged(report) == "3 commits, 0 tags"
    assert (report.verdict, fired(report) >= {"opaque-fixture-changed"}) == (Verdict.HOLD, True)


def test_a_merge_that_is_dated_back_as_well_arrives_by_the_clock_of_the_chain(project: Project) -> None:
    root = project.box.git("rev-list", "--max-parents=0", "main")
    old = {"a": b"36", "tests/files/bad.xz": b"old"}
    side = project.commit(1_079, MALLORY, old, parents=[root], branch=None)
    project.commit(1_070, "Alice Example <alice@example.org>", project.files, parents=[project.head, side])
    assert judged(project.look(since=NOW - timedelta(days=200))) == "9 commits, 0 tags"


def test_a_tag_that_is_dated_back_comes_with_its_commit(project: Project) -> None:
    for number in range(4):
        project.box.tag(f"v1.{number}", project.box.git("rev-parse", f"main~{30 - number}"))
    content = f"object {project.head}\ntype commit\ntag v2.0\ntagger {MALLORY} {project.when(1_000)}\n\nx\n"
    project.box.tag("v2.0", project.head, content.encode())
    report = project.look(since=NOW - timedelta(days=30))
    assert (judged(report), "new-tagger" in fired(report)) == ("2 commits, 1 tags", True)


def test_the_lanes_show_whom_it_judged(project: Project) -> None:
    project.commit(1, MALLORY, {**project.files, "b": b"1"})
    project.box.tag("v1.0", project.head)
    report = project.look()
    lanes = {lane.name.partition(" <")[0]: lane for lane in report.lanes}
    assert [(name, lane.trusted) for name, lane in lanes.items()] == [
        ("Bob Example", True),
        ("Alice Example", True),
        ("Mallory Example", False),
    ]
    assert sum(mark.count for lane in report.lanes for mark in lane.marks) == 14


def test_an_arrival_holds_and_what_follows_blocks(project: Project) -> None:
    project.look()
    arrival = project.commit(1, MALLORY, {**project.files, "b": b"1"})
    report = project.look()
    assert report.verdict is Verdict.HOLD
    assert report.until == NOW + timedelta(days=3)  # it came after the look before, whatever its date
    assert {"new-integrator", "new-contributor"} <= fired(report)
    project.commit(0.5, MALLORY, {**project.files, "b": b"1", "tests/files/bad.xz": b"two"})
    report = project.look(since=NOW - timedelta(days=2))
    assert report.verdict is Verdict.BLOCK
    (alert,) = (item for item in report.subjects if item.verdict is not Verdict.CLEAN)
    assert alert.subject.endswith(arrival)
    assert len(alert.related) == 1


def test_a_moved_tag_shows_only_to_who_looked_before(project: Project) -> None:
    good = project.head
    project.box.tag("v1.0", good)
    project.look()
    evil = project.commit(1, "Alice Example <alice@example.org>", {"a": b"evil"}, branch=None)
    project.box.tag("v1.0", evil)
    report = project.look(rules="repository/ref-moved")
    assert (report.verdict, fired(report)) == (Verdict.HOLD, {"ref-moved"})
    (finding,) = report.findings
    assert [item.value for item in finding.evidence] == [good, evil, "the new commit is on none"]
    assert project.look(rules="repository/ref-moved").until == report.until, "it holds on, and no longer"
    assert project.look(rules="repository/ref-moved", since=NOW).verdict is Verdict.HOLD
    project.now = report.until
    assert project.look(rules="repository/ref-moved").findings == ()
    stranger = project.context(store=open_store(project.box.path.parent / "other.sqlite3", environ={}))
    assert fired(judge_repository(stranger, RepositoryWish(project.location))).isdisjoint({"ref-moved"})


def test_a_rewritten_default_branch_and_what_only_it_held(project: Project) -> None:
    before = project.head
    project.commit(2, "Alice Example <alice@example.org>", {"a": b"gone"})
    project.look()
    project.head = before
    project.commit(1, "Alice Example <alice@example.org>", {"a": b"instead"})
    report = project.look(rules="repository/*")
    assert "ref-moved" in fired(report)
    assert judged(report) == "1 commits, 0 tags"
    project.commit(0.5, "Alice Example <alice@example.org>", {"a": b"on"})
    project.now += timedelta(days=3)
    assert "ref-moved" not in fired(project.look())


def test_commits_that_only_a_tag_leads_to_are_judged(project: Project) -> None:
    project.look()
    hidden = project.commit(
        1, MALLORY, {**project.files, "tests/files/bad.xz": b"two"}, branch=None, parents=[project.head]
    )
    project.box.tag("v1.0", hidden)
    report = project.look()
    assert {"opaque-fixture-changed", "new-contributor", "off-branch-tag"} <= fired(report)
    assert judged(report) == "1 commits, 1 tags"
    assert judged(project.look()) == "0 commits, 0 tags"


def test_what_a_merge_hides_is_judged_once_the_repository_is_watched(project: Project) -> None:
    project.look()
    base = project.head
    side = project.commit(3, "Alice Example <alice@example.org>", {**project.files, "side": b"1"}, branch=None)
    main = project.commit(2, "Alice Example <alice@example.org>", {**project.files, "b": b"1"}, parents=[base])
    swapped = {**project.files, "side": b"1", "b": b"1", "tests/files/bad.xz": b"two"}
    project.commit(1, "Alice Example <alice@example.org>", swapped, parents=[main, side])
    assert "opaque-fixture-changed" in fired(project.look())


def test_an_earlier_day_hides_what_came_later_and_teaches_the_ledger_nothing(project: Project) -> None:
    project.commit(1, MALLORY, {**project.files, "b": b"1"})
    report = project.look(as_of=NOW - timedelta(days=10))
    assert "new-integrator" not in fired(report)
    assert project.store.refs(f"git+file://{project.box.path}") == ()
    assert "new-integrator" in fired(project.look())


def test_an_earlier_day_begins_at_the_head_that_the_ledger_saw(project: Project) -> None:
    project.look()
    project.commit(30, MALLORY, {**project.files, "b": b"1"})
    project.look()
    assert "new-integrator" not in fired(project.look(as_of=NOW))
    assert "new-integrator" in fired(project.look(as_of=NOW + timedelta(days=1)))


def test_moves_of_an_earlier_day_come_from_the_ledger(project: Project) -> None:
    good = project.head
    project.box.tag("v1.0", good)
    project.look()
    project.box.tag("v1.0", project.commit(1, "Alice Example <alice@example.org>", {"a": b"x"}, branch=None))
    project.look()
    assert "ref-moved" in fired(project.look(as_of=NOW + timedelta(days=1)))
    assert "ref-moved" not in fired(project.look(as_of=NOW))


def test_habits_of_another_version_or_damaged_ones_are_read_anew(project: Project) -> None:
    project.look()
    key = f"git+file://{project.box.path}"
    stored = msgspec.msgpack.decode(project.store.history(key) or b"", type=History)
    stored.version = -1
    for damaged in (msgspec.msgpack.encode(stored), b"\xc1nonsense"):
        project.store.put_look(key, (), damaged)
        assert judged(project.look()) == "13 commits, 0 tags"


def test_a_trusted_keyring_tells_strangers_keys_apart(project: Project, tmp_path: Path) -> None:
    project.look()
    secret = ed25519.Ed25519PrivateKey.generate()
    key = string(b"ssh-ed25519") + string(secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def signed(days: float, tamper: bytes = b"") -> None:
        head = f"tree {project.box.tree({'a': b'signed'})}\nparent {project.head}\n"
        who = f"Alice Example <alice@example.org> {project.when(days)}"
        head += f"author {who}\ncommitter {who}\n"
        payload = head.encode() + b"\nSigned\n" + tamper
        message = b"".join(map(string, (b"git", b"", b"sha512", hashlib.sha512(payload).digest())))
        blob = string(b"ssh-ed25519") + string(secret.sign(b"SSHSIG" + message))
        armour = ssh_armour(b"SSHSIG\0\0\0\1" + b"".join(map(string, (key, b"git", b"", b"sha512", blob))))
        header = "gpgsig " + armour.strip().replace("\n", "\n ") + "\n"
        project.head = project.box.raw("commit", (head + header + "\nSigned\n").encode())
        project.box.git("update-ref", "refs/heads/main", project.head)

    signed(2)
    hers = signers(f"alice@example.org ssh-ed25519 {base64.b64encode(key).decode()}")
    other = signers(f"bob@example.org ssh-ed25519 {base64.b64encode(key[:-1] + b'x').decode()}")
    since = NOW - timedelta(days=3)
    assert {"new-signing-key"} == fired(project.look(since=since))
    found = look(project.context(), RepositoryWish(project.location, everything=True))
    learned = key_list(found.subject, found.history)
    assert "learned by their first use" in learned
    (tmp_path / "reviewed").write_text(learned)
    assert fired(project.look(since=since, trusted=read_keys([tmp_path / "reviewed"]))) == set()
    assert fired(project.look(since=since, trusted=hers)) == set()
    mine = Policy(repository=RepositoryPolicy(keyrings={f"file://{project.box.path}": str(tmp_path / "reviewed")}))
    wish = RepositoryWish(project.location, since=since)
    assert fired(judge_repository(project.context(policy=mine), wish)) == set()
    assert fired(project.look(since=since, trusted=other)) == {"unrecognised-key"}
    signed(1, tamper=b"other bytes")
    report = project.look(since=since, trusted=hers)
    assert (report.verdict, fired(report)) == (Verdict.BLOCK, {"signature-invalid"})
    assert {line.kind: (line.answered, line.of) for line in report.coverage}["signatures"] == (2, 2)


@pytest.mark.parametrize("way", ["asked", "policy"])
def test_a_repository_that_matters_most_counts_new_contributors(project: Project, way: str) -> None:
    project.look()
    newcomer = "Newcomer Example <newcomer@example.org>"
    project.commit(1, newcomer, {**project.files, "b": b"1"}, committer="Alice Example <alice@example.org>")
    since = NOW - timedelta(days=2)
    usual = project.look(since=since)
    assert [f.strength for f in usual.findings if f.rule == "repository/new-contributor"] == [Strength.CONTEXT]
    policy = Policy(repository=RepositoryPolicy(critical=(f"file://{project.box.path.parent}/*",)))
    context = project.context(policy=policy if way == "policy" else Policy())
    report = judge_repository(context, RepositoryWish(project.location, since=since, critical=way == "asked"))
    assert judged(report).endswith(", as one that matters most")
    assert [f.strength for f in report.findings if f.rule == "repository/new-contributor"] == [Strength.WEAK]


def test_an_address_is_fetched_once_and_watched(tmp_path: Path) -> None:
    project = Project(tmp_path, bare=True)
    project.box.git("config", "uploadpack.allowFilter", "true")
    project.box.tag("v1.0", project.head)
    with served(tmp_path / "served") as (base, _):
        project.location = f"{base}/box.git"
        assert project.look().verdict is Verdict.CLEAN
        project.box.tag("v1.0", project.commit(1, "Alice Example <alice@example.org>", {"a": b"x"}, branch=None))
        report = project.look()
        assert "ref-moved" in fired(report)
        assert all(finding.subject.startswith("git+https://127.0.0.1") for finding in report.findings)
    assert (tmp_path / "store" / "repositories").is_dir()


class PlainFiles(SimpleHTTPRequestHandler):
    """A server that knows nothing of git."""

    def log_message(self, *_: Any) -> None: ...


def test_a_server_of_plain_files_is_fetched_from_and_measured(tmp_path: Path) -> None:
    project = Project(tmp_path, bare=True)
    project.box.git("update-server-info")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(PlainFiles, directory=str(tmp_path / "served")))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}/box.git"
        with pytest.raises(RepositoryError, match="more than is allowed"):
            fetch(address, "http", tmp_path / "small", RepositoryLimits(clone_bytes=2000), public_only=False)
        project.location = address
        assert (project.look().verdict, judged(project.look(everything=True))) == (Verdict.CLEAN, "23 commits, 0 tags")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_head_that_cannot_be_read_is_a_typed_error_and_leaves_the_ledger_alone(project: Project) -> None:
    project.look()
    new = project.commit(1, "Alice Example <alice@example.org>", {"a": b"x"})
    project.box.loose(new).write_bytes(b"")
    with pytest.raises(RepositoryError):
        project.look()
    assert {row.ref for row in project.store.refs(f"git+file://{project.box.path}")} == {"HEAD", "refs/heads/main"}


def test_an_empty_repository(tmp_path: Path) -> None:
    box = Box(tmp_path / "empty")
    project = Project.__new__(Project)
    project.store, project.now = open_store(tmp_path / "store.sqlite3", environ={}), NOW
    with pytest.raises(RepositoryError, match="no commits"):
        look(project.context(), RepositoryWish(str(box.path)))


def test_a_forged_signature_of_the_forge_is_said_to_be_unverified(project: Project) -> None:
    project.look()
    armour = VECTORS["signatures"]["ed25519"]
    packet = bytearray(parse_signatures(armour.encode())[0].data)
    at = packet.find(bytes.fromhex(VECTORS["fingerprints"]["ed25519"]))
    packet[at : at + 20] = bytes.fromhex("968479A1AFF927E37D1A566BB5690EEEBB952194")
    text = base64.b64encode(packet).decode()
    forged = f"-----BEGIN PGP SIGNATURE-----\n\n {text}\n -----END PGP SIGNATURE-----\n".replace("\n\n", "\n \n", 1)
    project.commit(
        1, MALLORY, {"a": b"x"}, committer="GitHub <noreply@github.com>", headers=f"gpgsig {forged}".encode()
    )
    report = project.look(since=NOW - timedelta(days=2))
    assert any("believed unverified" in notice for notice in report.notices)
    assert any("B5690EEEBB952194 is not available" in gap.reason for gap in report.gaps)


@pytest.mark.parametrize(
    ("wish", "verdict"),
    [
        ({}, Verdict.CLEAN),
        ({"since": NOW - timedelta(days=1_000)}, Verdict.NOT_EVALUATED),
        ({"everything": True}, Verdict.NOT_EVALUATED),
    ],
    ids=["the last year", "since before the cut", "everything"],
)
def test_what_a_shallow_clone_lacks_is_not_called_clean(
    project: Project, wish: dict[str, Any], verdict: Verdict
) -> None:
    shallow = project.box.path.parent / "shallow"
    project.box.git("clone", "-q", "--depth=30", f"file://{project.box.path}", str(shallow))
    report = judge_repository(project.context(), RepositoryWish(str(shallow), **wish))
    assert (report.verdict, report.incomplete) == (verdict, verdict is not Verdict.CLEAN)
    assert any("git fetch --unshallow" in notice for notice in report.notices) is report.incomplete
    if not wish:
        assert judge_repository(project.context(), RepositoryWish(str(shallow))).verdict is verdict


def test_a_warning_of_a_shallow_clone_is_no_full_answer(project: Project) -> None:
    project.commit(10, MALLORY, {**project.files, "b": b"1"})
    shallow = project.box.path.parent / "shallow"
    project.box.git("clone", "-q", "--depth=30", f"file://{project.box.path}", str(shallow))
    whole = project.look(everything=True)
    assert (whole.verdict, whole.incomplete) == (Verdict.WARN, False)
    cut = judge_repository(project.context(), RepositoryWish(str(shallow), everything=True))
    assert (cut.verdict, cut.incomplete) == (Verdict.NOT_EVALUATED, True)
    assert "new-integrator" in fired(cut)


def test_a_linked_work_tree_is_the_repository_that_it_belongs_to(project: Project) -> None:
    tree = project.box.path.parent / "tree"
    project.box.git("worktree", "add", "-q", str(tree))
    with open_repository(str(tree), project.box.path.parent) as linked:
        assert linked.subject == f"git+file://{project.box.path}"
        assert linked.ledger_key != linked.subject, "another branch is checked out there"
