"""``doorward repo --events`` on made repositories."""

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_repo import commit
from tests.conftest import Ran
from tests.events.test_gharchive import event, push
from tests.loopback import Loopback, Reply

Doorward = Callable[..., Ran]
GONE = "9" * 40


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(project: Path) -> Path:
    folder = project / "library"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", "https://github.com/Team/library.git")
    for year in (2022, 2023, 2024):
        for month in range(1, 13):
            commit(folder, "Alice" if month % 2 else "Bob", f"{year}-{month:02}-01")
    return folder


def at(line: dict[str, Any], hour: int) -> dict[str, Any]:
    return line | {"created_at": f"2026-05-01T{hour:02}:00:00Z"}


def packed(*lines: Any) -> bytes:
    return gzip.compress(b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines))


def look(doorward: Doorward, repository: Path, *lines: Any, more: tuple[str, ...] = ()) -> Ran:
    Path("hour.json.gz").write_bytes(packed(*lines))
    rules = "repository/ref-moved,repository/member-added"
    return doorward("repo", str(repository), "--events", "hour.json.gz", "--format", "json", "--rules", rules, *more)


def told(ran: Ran) -> list[tuple[str, str, str]]:
    return [(f["rule"], f["subject"].rpartition("@")[2], f["strength"]) for f in ran.json["findings"]]


def test_a_forced_push_shows_although_the_clone_does_not(repository: Path, doorward: Doorward) -> None:
    old, head = git(repository, "rev-parse", "HEAD~1"), git(repository, "rev-parse", "HEAD")
    plain = look(doorward, repository, at(push(old, head), 1))
    assert told(plain) == []
    forced = look(doorward, repository, at(push(old, GONE), 1), at(push(GONE, head), 2))
    assert told(forced) == [("repository/ref-moved", "refs/heads/main", "strong")]
    assert forced.json["verdict"] == "warn"
    (finding,) = forced.json["findings"]
    assert [item["value"] for item in finding["evidence"]][:2] == [GONE, head]
    reasons = {gap["reason"] for gap in forced.json["gaps"]}
    assert "this clone does not hold the commit that was pushed" in reasons


def test_a_move_between_two_pushes_that_no_event_tells(repository: Path, doorward: Doorward) -> None:
    older, old, head = (git(repository, "rev-parse", name) for name in ("HEAD~2", "HEAD~1", "HEAD"))
    ran = look(doorward, repository, at(push(older, head), 1), at(push(old, head), 2))
    assert told(ran) == [("repository/ref-moved", "refs/heads/main", "strong")]


def test_tags_that_move_and_vanish(repository: Path, doorward: Doorward) -> None:
    old, head = git(repository, "rev-parse", "HEAD~1"), git(repository, "rev-parse", "HEAD")
    ran = look(
        doorward,
        repository,
        at(push(old, head, "refs/tags/v1.0.0"), 1),
        at(event("DeleteEvent", {"ref": "v2.0.0", "ref_type": "tag"}), 2),
        at(event("DeleteEvent", {"ref": "topic", "ref_type": "branch"}), 2),
        at(push(old, GONE, "refs/heads/topic"), 3),
    )
    assert told(ran) == [
        ("repository/ref-moved", "refs/tags/v1.0.0", "strong"),
        ("repository/ref-moved", "refs/tags/v2.0.0", "weak"),
    ]


def test_who_was_let_in_is_told_once(repository: Path, doorward: Doorward) -> None:
    let_in = event("MemberEvent", {"action": "added", "member": {"login": "mallory"}})
    ran = look(doorward, repository, at(let_in, 1), at(let_in, 2))
    assert told(ran) == [("repository/member-added", "members/mallory", "weak")]


def test_damaged_lines_are_told_and_the_file_is_not_called_whole(repository: Path, doorward: Doorward) -> None:
    ran = look(doorward, repository, at(push(), 1), b"{nonsense")
    (line,) = (line for line in ran.json["coverage"] if line["kind"] == "events")
    assert (line["answered"], line["of"]) == (0, 1)
    assert any(notice.startswith("hour.json.gz, line 2: no event: ") for notice in ran.json["notices"])


def test_an_address_is_fetched(repository: Path, doorward: Doorward) -> None:
    old, head = git(repository, "rev-parse", "HEAD~1"), git(repository, "rev-parse", "HEAD")
    with Loopback() as server:
        url = server.answer("/2026-05-01-1.json.gz", Reply(packed(at(push(old, head, "refs/tags/v1.0.0"), 1))))
        gone = server.url("/2026-05-01-2.json.gz")
        ran = doorward("repo", str(repository), "--events", url, "--events", gone, "--format", "json")
    assert "repository/ref-moved" in ran.rules
    (line,) = (line for line in ran.json["coverage"] if line["kind"] == "events")
    assert (line["answered"], line["of"]) == (1, 2)
    assert "404" in line["cause"]


def test_a_time_limits_them_and_a_replay_tells_them(repository: Path, doorward: Doorward) -> None:
    old, head = git(repository, "rev-parse", "HEAD~1"), git(repository, "rev-parse", "HEAD")
    moved = at(push(old, head, "refs/tags/v1.0.0"), 1)
    assert told(look(doorward, repository, moved, more=("--as-of", "2026-04-30"))) == []
    assert told(look(doorward, repository, moved, more=("--since", "2026-05-02"))) == []
    (alert,) = look(doorward, repository, moved, more=("--replay",)).json["alerts"]
    assert (alert["time"][:10], alert["verdict"]) == ("2026-05-01", "hold")


def test_a_repository_without_an_origin_is_a_wrong_question(repository: Path, doorward: Doorward) -> None:
    git(repository, "remote", "remove", "origin")
    ran = look(doorward, repository, at(push(), 1))
    assert (ran.code, "no origin" in ran.err) == (2, True)


def test_a_file_that_is_not_there_is_a_wrong_question(repository: Path, doorward: Doorward) -> None:
    ran = doorward("repo", str(repository), "--events", "missing.json.gz")
    assert ran.code == 2
    assert "there is no file of events at missing.json.gz" in ran.err


def test_what_events_tell_stays_in_the_ledger_and_agrees_with_later_looks(repository: Path, doorward: Doorward) -> None:
    old, head = git(repository, "rev-parse", "HEAD~1"), git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "v1.0.0", head)
    moved = at(push("0" * 40, old, "refs/tags/v1.0.0"), 1)
    first = look(doorward, repository, moved)
    assert told(first) == [("repository/ref-moved", "refs/tags/v1.0.0", "strong")]
    assert first.json["findings"][0]["evidence"][0]["baseline"].endswith(", told by events")
    rules = ("--format", "json", "--rules", "repository/ref-moved")
    assert told(doorward("repo", str(repository), *rules)) == told(first), "once, for as long as it holds"
    again = doorward("repo", str(repository), *rules, "--all")
    assert told(again) == [("repository/ref-moved", "refs/tags/v1.0.0", "strong")]
    assert told(look(doorward, repository, moved, more=("--all",))) == told(again)
