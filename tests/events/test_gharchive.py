"""Files of public events, honest and hostile."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.happenings import Happening
from doorward.sources.events.gharchive import EventLimits, read_events

WHEN = datetime(2026, 5, 1, 10, 30, tzinfo=UTC)
ZERO, OLD, NEW = "0" * 40, "1" * 40, "2" * 40


def event(kind: str, payload: dict[str, Any], repo: str = "team/library", actor: str = "alice") -> dict[str, Any]:
    return {
        "id": "1",
        "type": kind,
        "actor": {"id": 7, "login": actor, "gravatar_id": ""},
        "repo": {"id": 9, "name": repo, "url": "x"},
        "payload": payload,
        "public": True,
        "created_at": "2026-05-01T10:30:00Z",
    }


def push(before: str = OLD, head: str = NEW, ref: str = "refs/heads/main", **more: Any) -> dict[str, Any]:
    return event(
        "PushEvent", {"push_id": 1, "size": 1, "ref": ref, "before": before, "head": head, "commits": []}, **more
    )


def written(tmp_path: Path, *lines: Any, packed: bool = True) -> Path:
    text = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines) + b"\n"
    path = tmp_path / "2026-05-01-10.json.gz"
    path.write_bytes(gzip.compress(text) if packed else text)
    return path


CASES = [
    (push(), Happening("push", WHEN, "alice", "refs/heads/main", OLD, NEW)),
    (push(before=ZERO), Happening("push", WHEN, "alice", "refs/heads/main", "", NEW)),
    (push(ref="refs/tags/v1.0"), Happening("push", WHEN, "alice", "refs/tags/v1.0", OLD, NEW)),
    (push(repo="Team/Library"), Happening("push", WHEN, "alice", "refs/heads/main", OLD, NEW)),
    (push(repo="team/library2"), None),
    (
        event("CreateEvent", {"ref": "v1.0", "ref_type": "tag"}),
        Happening("created", WHEN, "alice", "refs/tags/v1.0"),
    ),
    (event("CreateEvent", {"ref": None, "ref_type": "repository"}), None),
    (
        event("DeleteEvent", {"ref": "v1.0", "ref_type": "tag"}),
        Happening("deleted", WHEN, "alice", "refs/tags/v1.0"),
    ),
    (
        event("DeleteEvent", {"ref": "main", "ref_type": "branch"}),
        Happening("deleted", WHEN, "alice", "refs/heads/main"),
    ),
    (
        event("MemberEvent", {"action": "added", "member": {"login": "mallory"}}),
        Happening("member", WHEN, "alice", member="mallory"),
    ),
    (event("MemberEvent", {"action": "removed", "member": {"login": "mallory"}}), None),
    (event("WatchEvent", {"action": "started"}), None),
]


@pytest.mark.parametrize(("line", "happening"), CASES)
@pytest.mark.parametrize("packed", [True, False])
def test_each_kind_of_event(tmp_path: Path, line: Any, happening: Happening | None, packed: bool) -> None:
    read = read_events(written(tmp_path, line, packed=packed), "team/library")
    assert read.happenings == ((happening,) if happening else ())
    assert (read.lines, read.refused, read.broken) == (1, 0, "")


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"type": 5}',
        json.dumps(event("PushEvent", {}) | {"created_at": "yesterday"}).encode(),
        json.dumps(event("PushEvent", {}) | {"repo": None}).encode(),
        json.dumps(event("PushEvent", {"ref": 5})).encode(),
        b'{"a":' * 50_000,
    ],
)
def test_a_damaged_line_is_told_by_its_number_and_the_rest_is_read(tmp_path: Path, line: bytes) -> None:
    read = read_events(written(tmp_path, push(), line, push()), "team/library")
    assert len(read.happenings) == 2
    assert (read.lines, read.refused, [one.line for one in read.unread]) == (3, 1, [2])


def test_many_damaged_lines_are_counted_and_few_are_named(tmp_path: Path) -> None:
    read = read_events(written(tmp_path, *[b"no"] * 1_000), "team/library")
    assert (read.refused, len(read.unread)) == (1_000, 20)


def test_a_truncated_file_keeps_what_came_before(tmp_path: Path) -> None:
    path = written(tmp_path, *[push()] * 5_000)
    path.write_bytes(path.read_bytes()[:-20])
    read = read_events(path, "team/library")
    assert read.broken.startswith("it breaks off after line ")
    assert read.happenings


def test_no_file_and_a_damaged_one(tmp_path: Path) -> None:
    assert "No such file" in read_events(tmp_path / "nowhere", "team/library").broken
    (tmp_path / "bad").write_bytes(b"\x1f\x8bnonsense")
    assert read_events(tmp_path / "bad", "team/library").broken


def test_an_endless_line_and_an_endless_file_are_cut(tmp_path: Path) -> None:
    read = read_events(written(tmp_path, push(), b" " * 1_000_000, push()), "team/library", EventLimits(line=10_000))
    assert (len(read.happenings), read.lines) == (2, 3)
    path = written(tmp_path, *[push()] * 10)
    assert "unpacks to more than" in read_events(path, "team/library", EventLimits(whole=1_000)).broken
    few = read_events(path, "team/library", EventLimits(events=3))
    assert (few.lines, "more than 3 events" in few.broken) == (4, True)


@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
def test_whatever_bytes_come_there_is_a_reading(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], packed: bool
) -> None:
    path = tmp_path_factory.mktemp("events") / "x"
    data = b"\n".join(parts)
    path.write_bytes(gzip.compress(data) if packed else data)
    read = read_events(path, "team/library")
    assert read.happenings == ()
    assert read.refused <= read.lines
