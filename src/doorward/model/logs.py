"""How far logs of a run were understood, of which doorward saw nothing itself."""

from __future__ import annotations

from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A line that could not be read."""

    #: The first line of a log is 1.
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LogReading:
    """One log that a run was put together from."""

    name: str
    #: "pip", "zeek" ...; "" for a log of no known format.
    format: str
    #: What its connections can be joined by: a short phrase.
    reach: str = ""
    #: Events that it told of.
    events: int = 0
    #: Connections among them, and how many of those name a package, by what names it: ("by time", 3).
    connections: int = 0
    attributed: tuple[tuple[str, int], ...] = ()
    #: Lines that could not be read, and the first of them.
    refused: int = 0
    unread: tuple[UnreadLine, ...] = ()
    #: What it cannot tell: short phrases.
    limits: tuple[str, ...] = ()
    #: Why it was not read to its end, or not at all; "" where it was.
    broken: str = ""
