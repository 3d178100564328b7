"""What releases did in guarded runs: a run's events, once for each release that they are attributed to.

Events are kept, not findings: what a run saw is judged again when the release is, by the rules, the policy and the
feeds of that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from doorward.model.run import Run
from doorward.records import replace
from doorward.store.database import Database
from doorward.store.values import Codec, key, keys, moment

#: Runs that are kept of one release, the newest.
KEPT = 20
#: Events of one table that are kept.
EVENTS = 1_000
_TABLES = ("connections", "local", "queries", "listeners", "executions", "files", "evasions", "neighbours", "downloads")

_RUN: Codec[Run] = Codec(Run, compressed=True)


def put_runs(database: Database, shares: Mapping[str, Run]) -> None:
    """Store what each release (by purl) did in one run. What cannot be stored is left out."""
    rows = [
        (key(purl), key(share.id), moment(share.started), data)
        for purl, share in shares.items()
        if (data := _RUN.pack(_bounded(share))) is not None
    ]
    with database.writing() as transaction:
        transaction.each("INSERT OR REPLACE INTO conduct VALUES (?, ?, ?, ?)", rows)
        transaction.each(
            "DELETE FROM conduct WHERE purl = ?1 AND run NOT IN"
            " (SELECT run FROM conduct WHERE purl = ?1 ORDER BY started DESC, run LIMIT ?2)",
            [(row[0], KEPT) for row in rows],
        )


def _bounded(share: Run) -> Run:
    tables: dict[str, Any] = {name: getattr(share, name)[:EVENTS] for name in _TABLES}
    return replace(share, **tables)


def runs_of(database: Database, purls: Iterable[str]) -> dict[str, tuple[Run, ...]]:
    """Return what releases did in guarded runs, the newest run first. A damaged row counts as absent."""
    rows = database.rows(
        "SELECT purl, data FROM conduct WHERE purl IN (SELECT value FROM json_each(?)) ORDER BY started DESC, run",
        keys(purls),
    )
    found: dict[str, tuple[Run, ...]] = {}
    for purl, data in rows:
        run = _RUN.unpack(data)
        if run is not None:
            found[purl] = (*found.get(purl, ()), run)
    return found
