"""Read samples as the folder reads logs."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from doorward.discovery import members
from doorward.guard.handlers.programs import tool_of
from doorward.guard.paths import Sensitive
from doorward.guard.phases import phase_of
from doorward.model.run import ConnectionAttempt, Decision, Run
from doorward.sources.logs import Log, Means, Owner, join
from doorward.sources.logs._events import Event, Refused
from doorward.sources.logs._lines import LONGEST

MEMBERS = members("doorward.sources.logs")
NOW = datetime(2026, 3, 2, 13, tzinfo=UTC)
SENSITIVE = Sensitive(["/root"])


def pieces(text: bytes) -> Iterator[bytes]:
    return iter(partial(io.BytesIO(text).readline, LONGEST), b"")


def parse(member: str, text: bytes, name: str = "a.log") -> list[Event | Refused]:
    return list(MEMBERS[member].parse(pieces(text), name))


def of_type(kind: type, events: Sequence[object]) -> list:
    return [event for event in events if isinstance(event, kind)]


def allow_registry(attempt: ConnectionAttempt) -> Decision:
    """Allow what a build needs: the registry, while packages are resolved."""
    known = attempt.host in {"registry.example", "files.example"} and attempt.actor.phase.value == "resolve"
    return Decision.ALLOW if known else Decision.REFUSE


def means(**changes: object) -> Means:
    return Means(
        **{
            "phase_of": phase_of,
            "tool_of": tool_of,
            "kind_of": lambda path, written: SENSITIVE.written(path) if written else SENSITIVE.read(path),
            "decide": allow_registry,
            "locked_as": lambda _: None,
            "public_index": "https://public.example/simple/",
            "now": NOW,
            **changes,
        }
    )


def joined(logs: Mapping[str, tuple[str, bytes]], **changes: object) -> Run:
    """Join logs: name -> (member, text)."""
    read = [
        Log(name, MEMBERS[member], MEMBERS[member].parse(pieces(text), name)) for name, (member, text) in logs.items()
    ]
    return join(read, means(**changes), "0123456789abcdef")


__all__ = ["MEMBERS", "NOW", "Owner", "Refused", "allow_registry", "joined", "means", "of_type", "parse", "pieces"]
