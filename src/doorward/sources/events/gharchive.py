"""Hourly files of GH Archive: one public event of GitHub a line, as JSON, compressed with gzip or not.

Files are read as a stream. Only events of one repository are kept; every line is read, so that a damaged one is told.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import msgspec

from doorward.model.happenings import EventReading, Happening
from doorward.model.logs import UnreadLine
from doorward.records import dataclass

#: Damaged lines that are named.
_NAMED = 20
_GZIP = b"\x1f\x8b"
_NOTHING = frozenset({"0" * 40, "0" * 64})
_REFS = {"tag": "refs/tags/", "branch": "refs/heads/"}
_LONGEST = 1_000


class _Named(msgspec.Struct):
    name: str = ""
    login: str = ""


class _Event(msgspec.Struct):
    type: str
    created_at: datetime
    repo: _Named
    actor: _Named
    payload: msgspec.Raw


class _Payload(msgspec.Struct):
    ref: str | None = None
    ref_type: str = ""
    before: str = ""
    head: str = ""
    action: str = ""
    member: _Named | None = None


_EVENT, _PAYLOAD = msgspec.json.Decoder(_Event), msgspec.json.Decoder(_Payload)


@dataclass(frozen=True, slots=True)
class EventLimits:
    """Caps on one file."""

    #: Bytes of one line, and of the whole once it is unpacked.
    line: int = 16 << 20
    whole: int = 32 << 30
    #: Events of one repository.
    events: int = 10_000


class _TooMuch(Exception):
    """The file goes beyond a cap."""


def read_events(path: Path, repository: str, limits: EventLimits | None = None) -> EventReading:
    """Read the events of a repository ("owner/name", of whatever case) from one file.

    Damaged lines are told by their number; what cuts the file short is told in ``broken``, and what came before stays.
    """
    limits = limits or EventLimits()
    found: list[Happening] = []
    unread: list[UnreadLine] = []
    lines = refused = 0
    broken = ""
    try:
        with path.open("rb") as file:
            for lines, line in enumerate(_lines(file, limits), 1):
                try:
                    happening = _happening(line, repository.lower())
                except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                    refused += 1
                    unread += [UnreadLine(lines, str(error)[:200])] if len(unread) < _NAMED else []
                    continue
                if happening:
                    found.append(happening)
                if len(found) > limits.events:
                    broken = (
                        f"it was not read beyond line {lines}: more than {limits.events:,} events of one repository"
                    )
                    break
    except (OSError, EOFError, zlib.error) as error:
        broken = f"it breaks off after line {lines}: {getattr(error, 'strerror', None) or error}"
    except _TooMuch as error:
        broken = f"it was not read beyond line {lines}: {error}"
    return EventReading(path.name, tuple(found), lines, refused, tuple(unread), broken)


def _lines(file: IO[bytes], limits: EventLimits) -> Iterator[bytes]:
    """Yield lines without their end; of one beyond the cap the beginning, which is no JSON."""
    packed = file.read(2) == _GZIP
    file.seek(0)
    stream: IO[bytes] = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
    total = 0
    while line := stream.readline(limits.line):
        total += len(line)
        rest = line
        while len(rest) == limits.line and not rest.endswith(b"\n"):
            rest = stream.readline(limits.line)
            total += len(rest)
            line = line[:_LONGEST]
        if total > limits.whole:
            raise _TooMuch(f"it unpacks to more than {limits.whole:,} bytes")
        yield line.rstrip(b"\r\n")


def _happening(line: bytes, repository: str) -> Happening | None:
    """Read one event; None for one of another repository or of a kind that changes neither refs nor members."""
    if not line.strip():
        return None
    event = _EVENT.decode(line)
    if event.repo.name.lower() != repository or event.type not in _KINDS:
        return None
    payload = _PAYLOAD.decode(event.payload)
    time = event.created_at.replace(tzinfo=UTC) if event.created_at.tzinfo is None else event.created_at.astimezone(UTC)
    actor = event.actor.login[:_LONGEST]
    if event.type == "MemberEvent":
        member = payload.member.login[:_LONGEST] if payload.member else ""
        return Happening("member", time, actor, member=member) if member and payload.action == "added" else None
    ref = (payload.ref or "")[:_LONGEST]
    if event.type == "PushEvent":
        before, head = (("" if one in _NOTHING else one[:64]) for one in (payload.before, payload.head))
        return Happening("push", time, actor, ref, before, head)
    prefix = _REFS.get(payload.ref_type)
    if not prefix or not ref:
        return None
    return Happening(
        "created" if event.type == "CreateEvent" else "deleted", time, actor, f"{prefix}{ref.removeprefix(prefix)}"
    )


_KINDS = frozenset({"PushEvent", "CreateEvent", "DeleteEvent", "MemberEvent"})
