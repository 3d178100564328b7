"""The ref ledger, and the habits of repositories between two looks."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from doorward.model.repository import LedgerRow
from doorward.store.database import Database
from doorward.store.values import key, moment, parse_moment


def refs(database: Database, repository: str) -> tuple[LedgerRow, ...]:
    """Return the rows of a repository."""
    rows = database.rows(
        "SELECT ref, object, peeled, first_seen, last_seen, source FROM ref WHERE repository = ?", key(repository)
    )
    found = []
    for ref, object_, peeled, first, last, source in rows:
        first_seen, last_seen = parse_moment(first), parse_moment(last)
        if first_seen is not None and last_seen is not None:
            found.append(LedgerRow(repository, ref, object_, peeled, first_seen, last_seen, source))
    return tuple(found)


def history(database: Database, repository: str) -> bytes | None:
    """Return the stored habits of a repository; None where there are none or they are damaged."""
    for (data,) in database.rows("SELECT data FROM history WHERE repository = ?", key(repository)):
        try:
            return zlib.decompress(data)
        except (zlib.error, TypeError):
            return None
    return None


def put_look(database: Database, repository: str, rows: Sequence[LedgerRow], data: bytes | None) -> None:
    """Store rows, in place of those of the same interval, and habits, in place of the ones before."""
    values = [
        (
            key(row.repository),
            key(row.ref),
            key(row.object),
            key(row.peeled),
            moment(row.first_seen),
            moment(row.last_seen),
            row.source,
        )
        for row in rows
    ]
    with database.writing() as transaction:
        transaction.each("INSERT OR REPLACE INTO ref VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        if data is not None:
            transaction.run("INSERT OR REPLACE INTO history VALUES (?, ?)", key(repository), zlib.compress(data, 1))
