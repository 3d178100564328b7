"""``doorward repo`` on a repository whose forge answers."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.test_repo import commit
from tests.conftest import Ran
from tests.forges.hub import NOW, Hub, Request, usual
from tests.loopback import Reply

Doorward = Callable[..., Ran]
TOKEN = "ghp_secret0123456789"
RULES = {"repository/unreviewed-merge", "repository/self-merge", "repository/merged-by-newcomer"}
DAY = f"{NOW:%Y-%m-%d}"


@pytest.fixture
def repository(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = project / "library"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    subprocess.run(["git", "remote", "add", "origin", "https://git.invalid/team/library.git"], cwd=folder, check=True)
    for year in (2023, 2024, 2025):
        for month in range(1, 13):
            commit(folder, "Alice" if month % 2 else "Bob", f"{year}-{month:02}-01")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    return folder


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub(requests=usual(), accounts={"alice": 3_000, "bob": 3_000, "mallory": 40}) as made:
        yield made


def look(doorward: Doorward, hub: Hub, repository: Path, *more: str) -> Ran:
    return doorward("repo", str(repository), "--forge-api", hub.url("/"), "--as-of", DAY, "--format", "json", *more)


def fired(ran: Ran) -> set[str]:
    return ran.rules & RULES


def coverage(ran: Ran) -> tuple[int, int, str]:
    (line,) = (line for line in ran.json["coverage"] if line["kind"] == "merge-requests")
    return line["answered"], line["of"], line["cause"]


def test_requests_that_keep_the_habit_are_quiet(hub: Hub, repository: Path, doorward: Doorward) -> None:
    ran = look(doorward, hub, repository)
    assert (fired(ran), ran.code) == (set(), 0), ran.err
    assert coverage(ran) == (10, 10, "")


def test_a_newcomer_who_merges_his_own_unreviewed_request_is_seen(
    hub: Hub, repository: Path, doorward: Doorward
) -> None:
    hub.requests.append(Request(12, 10, "mallory", "mallory", (), "COLLABORATOR"))
    ran = look(doorward, hub, repository)
    assert fired(ran) == RULES
    assert {f["subject"] for f in ran.json["findings"] if f["rule"] in RULES} == {
        "git+https://git.invalid/team/library@refs/pull/12"
    }
    evidence = {
        f["rule"]: {e["label"]: (e["value"], e["baseline"]) for e in f["evidence"]} for f in ran.json["findings"]
    }
    assert evidence["repository/unreviewed-merge"]["author"] == ("mallory", "collaborator, account made 30 days before")
    assert evidence["repository/unreviewed-merge"]["approvals"][1] == "10 of the last 10 had one"
    assert evidence["repository/merged-by-newcomer"]["merged by"][1] == (
        "never merged here before, account made 30 days before"
    )
    assert evidence["repository/self-merge"]["signature"][0] == "not verified: unsigned"
    assert TOKEN not in ran.out + ran.err
    assert {seen.headers["authorization"] for seen in hub.seen} == {f"Bearer {TOKEN}"}


def test_a_hand_that_wrote_here_long_ago_is_no_newcomer_as_far_as_can_be_told(
    hub: Hub, repository: Path, doorward: Doorward
) -> None:
    hub.requests = [
        Request(n, n, merger="carol", author="bob" if n % 2 else "alice", approvals=("carol",)) for n in range(1, 151)
    ]
    hub.accounts["carol"], hub.old_hands = 900, ("alice", "bob", "carol")
    ran = look(doorward, hub, repository, "--since", f"{NOW.year}-05-27")
    assert fired(ran) == set()
    assert coverage(ran) == (5, 5, "")
    hub.old_hands = ("alice", "bob")
    assert fired(look(doorward, hub, repository, "--since", f"{NOW.year}-05-27")) == {"repository/merged-by-newcomer"}


def test_more_than_one_look_judges_is_said(hub: Hub, repository: Path, doorward: Doorward) -> None:
    hub.requests = [Request(n, n) for n in range(1, 71)]
    ran = look(doorward, hub, repository)
    assert coverage(ran) == (50, 70, "20 earlier ones were not asked about")


def test_what_was_merged_later_is_hidden(hub: Hub, repository: Path, doorward: Doorward) -> None:
    hub.requests.append(Request(12, -3, "mallory", "mallory", ()))
    assert fired(look(doorward, hub, repository)) == set()


def test_without_a_token_it_is_a_gap_and_nobody_is_asked(
    hub: Hub, repository: Path, doorward: Doorward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    ran = look(doorward, hub, repository)
    assert coverage(ran) == (0, 1, "there is no token for the forge: set GH_TOKEN or GITHUB_TOKEN")
    assert {gap["rule"] for gap in ran.json["gaps"]} >= RULES
    assert hub.seen == []


def test_a_policy_can_insist_on_it(
    hub: Hub, repository: Path, doorward: Doorward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    Path("doorward.toml").write_text('require = ["repository/unreviewed-merge"]\n')
    ran = look(doorward, hub, repository)
    assert (ran.code, ran.json["verdict"]) == (3, "not-evaluated")


def test_an_unknown_forge_offline_and_a_broken_one_are_gaps(hub: Hub, repository: Path, doorward: Doorward) -> None:
    unknown = doorward("repo", str(repository), "--as-of", DAY, "--format", "json")
    assert coverage(unknown) == (0, 1, "git.invalid is no forge that doorward knows")
    assert "offline" in coverage(look(doorward, hub, repository, "--offline"))[2]
    hub.refuse["/repos/team/library/pulls"] = [Reply(b"[{")]
    assert "cannot be read" in coverage(look(doorward, hub, repository, "--rules", "repository/*"))[2]


def test_a_limit_in_the_middle_leaves_gaps_and_not_silence(hub: Hub, repository: Path, doorward: Doorward) -> None:
    hub.requests.append(Request(12, 10, "mallory", "mallory", ()))
    hub.refuse["/repos/team/library/pulls/11/reviews"] = [Reply(b"{}", 403, {"Retry-After": "9000"})]
    ran = look(doorward, hub, repository)
    answered, of, cause = coverage(ran)
    assert (answered, of) == (0, 11)
    assert "asks to wait 9000 s" in cause


def test_a_replay_tells_them_too(hub: Hub, repository: Path, doorward: Doorward) -> None:
    hub.requests.append(Request(12, 10, "mallory", "mallory", ()))
    ran = look(doorward, hub, repository, "--replay")
    assert fired(ran) == RULES
    assert ran.json["alerts"] == []
