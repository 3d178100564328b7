"""What was seen, in bounded tables: equal events are counted, and past the bound only their number is kept.

A flood of events that mean little never takes the room of one that means more. Connections past the bound are gathered
by who reached which address, and past that by who: no package and no phase goes missing.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, datetime
from enum import Enum
from typing import Generic, TypeVar

from doorward.model.run import (
    Connection,
    Evasion,
    Execution,
    FileAccess,
    Listener,
    NeighbourAccess,
    Overflow,
    Query,
)
from doorward.records import dataclass, field, replace

#: Distinct events that one table keeps. Ten thousand connections to as many ports stay apart.
CAPACITY = 20_000

E = TypeVar("E", Connection, Query, Evasion, Execution, FileAccess, Listener, NeighbourAccess)


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class Worth(Enum):
    """How much an event can mean, by the share of a table that events up to it may fill."""

    #: No rule speaks of it: a program that is no tool of attackers, a connection that stays on this machine.
    PLAIN = 0.5
    #: The policy allows it; an indicator may still match.
    EXPECTED = 0.75
    UNEXPECTED = 1.0


@dataclass(slots=True)
class _Row(Generic[E]):
    """An event, and how often it was seen."""

    event: E
    count: int = 1


@dataclass(slots=True)
class Table(Generic[E]):
    """Distinct events of one kind, in the order of their first appearance."""

    name: str
    capacity: int = CAPACITY
    overflow: int = 0
    #: Those of them that a rule could have spoken of.
    lost: int = 0
    _rows: dict[Hashable, _Row[E]] = field(default_factory=dict)

    def get(self, key: Hashable) -> E | None:
        """Return a kept event."""
        row = self._rows.get(key)
        return None if row is None else row.event

    def again(self, key: Hashable) -> E | None:
        """Count another event like a known one and return that; None where there is none."""
        row = self._rows.get(key)
        if row is None:
            return None
        row.count += 1
        return row.event

    def add(self, key: Hashable, event: E, worth: Worth = Worth.UNEXPECTED) -> bool:
        """Keep an event, or count it. Returns whether it is a new one that was kept."""
        if self.again(key) is not None:
            return False
        if len(self._rows) >= self.capacity * worth.value:
            self.overflow += 1
            self.lost += worth is not Worth.PLAIN
            return False
        self._rows[key] = _Row(event)
        return True

    def change(self, key: Hashable, event: E) -> None:
        """Replace a kept event by one that says more."""
        if key in self._rows:
            self._rows[key].event = event

    def rows(self) -> tuple[E, ...]:
        """Return the events, each with its count."""
        return tuple(replace(row.event, count=row.count) for row in self._rows.values())


@dataclass(slots=True)
class Gathered:
    """Connections that a full table had no room for: the first of each kind, with the count of all."""

    addresses: Table[Connection] = field(default_factory=lambda: Table("addresses"))
    packages: Table[Connection] = field(default_factory=lambda: Table("packages"))

    def add(self, event: Connection) -> None:
        """Count a connection with those of the same code to the same address, or else with those of its package."""
        actor = event.actor
        who = (actor.attribution.purl, actor.phase, event.outcome, event.readable)
        where = (*who, actor.attribution.where, event.endpoint.address, event.host)
        # Reached by name or not, and on this machine or not: rules tell these apart.
        kind = (*who, bool(event.host), event.endpoint.family, event.endpoint.is_loopback)
        for table, key in ((self.addresses, where), (self.packages, kind)):
            if table.again(key) is not None or table.add(key, event):
                return

    def rows(self, *, unix: bool) -> tuple[Connection, ...]:
        """Return one row for each kind, of those to unix sockets or of all others."""
        rows = (*self.addresses.rows(), *self.packages.rows())
        return tuple(replace(row, gathered=row.count > 1) for row in rows if (row.endpoint.family == "unix") is unix)


@dataclass(slots=True)
class Ledger:
    """All tables of one run."""

    connections: Table[Connection] = field(default_factory=lambda: Table("connections"))
    local: Table[Connection] = field(default_factory=lambda: Table("local"))
    queries: Table[Query] = field(default_factory=lambda: Table("queries"))
    listeners: Table[Listener] = field(default_factory=lambda: Table("listeners"))
    #: Large builds start many programs, and whoever started one may speak for it.
    executions: Table[Execution] = field(default_factory=lambda: Table("executions", 2 * CAPACITY))
    files: Table[FileAccess] = field(default_factory=lambda: Table("files"))
    evasions: Table[Evasion] = field(default_factory=lambda: Table("evasions"))
    neighbours: Table[NeighbourAccess] = field(default_factory=lambda: Table("neighbours"))
    gathered: Gathered = field(default_factory=Gathered)
    #: Calls that were refused because the policy or the mode says so.
    refused: int = 0

    def overflow(self) -> tuple[Overflow, ...]:
        """Return how many events of each table were counted only."""
        tables = (
            *(self.connections, self.local, self.queries, self.listeners),
            *(self.executions, self.files, self.evasions, self.neighbours),
        )
        return tuple(Overflow(table.name, table.overflow, table.lost) for table in tables if table.overflow)
