"""One connection that several logs tell of is one connection.

Logs of processes and of the network see the same packets. The count is that of the log which saw most; what a network
log saw more often than all logs of processes together remains, for nobody else explains it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from doorward.model.run import Actor, Endpoint
from doorward.records import dataclass, field, replace
from doorward.sources.logs._actors import BY_TIME, NOBODY_KNOWN

#: What tells of a connection: a format, and whether it is one of its rows that do not count.
Source = tuple[str, bool]


@dataclass(slots=True)
class Row:
    """A connection as logs tell it."""

    actor: Actor
    endpoint: Endpoint
    host: str
    refused: bool
    call: str
    time: datetime | None
    counts: dict[Source, int] = field(default_factory=dict)
    #: Whether its package manager may have made it as well as the package.
    shared: bool = False

    @property
    def count(self) -> int:
        """How often it was made: one record of a connection may have others beside it."""
        return max(self.counts.values())

    @property
    def is_guessed(self) -> bool:
        """Whether no log names who made it."""
        return not self.actor.processes and self.actor.attribution.by in {NOBODY_KNOWN, BY_TIME}


def merged(rows: Iterable[Row], names: Mapping[str, str]) -> list[Row]:
    """Return each connection once, with the name that led to its address."""
    named = [replace(row, host=row.host or names.get(row.endpoint.address, "")) for row in rows]
    return _less_what_is_explained(_without_nameless(_folded(_one_protocol(named))))


def _one_protocol(rows: list[Row]) -> list[Row]:
    """Take the protocol from the log that tells it."""
    told = {
        (row.endpoint.address, row.endpoint.port): row.endpoint.protocol
        for row in rows
        if row.endpoint.protocol not in {"unknown", "unix"} and row.endpoint.address
    }
    return [
        replace(row, endpoint=replace(row.endpoint, protocol=protocol))
        if row.endpoint.protocol == "unknown"
        and (protocol := told.get((row.endpoint.address, row.endpoint.port))) is not None
        else row
        for row in rows
    ]


def _folded(rows: Iterable[Row]) -> list[Row]:
    """Fold equal connections; of each source the counts add up."""
    found: dict[tuple[Actor, Endpoint, str, bool, str], Row] = {}
    for row in rows:
        key = (row.actor, row.endpoint, row.host, row.refused, row.call)
        known = found.get(key)
        if known is None:
            found[key] = replace(row, counts=dict(row.counts))
            continue
        for source, count in row.counts.items():
            known.counts[source] = known.counts.get(source, 0) + count
        known.time = min(filter(None, (known.time, row.time)), default=None)
        known.shared = known.shared and row.shared
    return list(found.values())


def _without_nameless(rows: list[Row]) -> list[Row]:
    """Leave out what only has a name where another log tells the address of the same name and port.

    Where nothing is known of who reached that address, it was whoever is said to have reached the name.
    """
    nameless = {_told(row): row for row in rows if row.endpoint.family == "unresolved"}
    kept, told = [], set()
    for row in rows:
        place = _told(row)
        if row.endpoint.is_ip and place in nameless:
            told.add(place)
            actor = nameless[place].actor if row.actor.attribution.by == NOBODY_KNOWN else row.actor
            kept.append(replace(row, actor=actor))
        else:
            kept.append(row)
    return [row for row in kept if row.endpoint.family != "unresolved" or _told(row) not in told]


def _told(row: Row) -> tuple[str, int, bool]:
    return row.host, row.endpoint.port, row.refused


def _less_what_is_explained(rows: list[Row]) -> list[Row]:
    """Take from what network logs saw what logs of processes explain."""
    explained: dict[tuple[str, int], int] = defaultdict(int)
    for row in rows:
        if not row.is_guessed and row.endpoint.is_ip:
            explained[row.endpoint.address, row.endpoint.port] += row.count
    kept = []
    for row in rows:
        place = (row.endpoint.address, row.endpoint.port)
        if row.is_guessed and row.endpoint.is_ip and (known := explained.get(place, 0)):
            taken = min(known, row.count)
            explained[place] -= taken
            if taken == row.count:
                continue
            row.counts = {("", False): row.count - taken}
        kept.append(row)
    return kept
