"""Inventories: what each scan of a project found in it, and where a package ever was.

Most scans of a project find what the one before found, so the packages of a scan form a body that is stored once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from doorward.model.dependency import Dependency, Inventory
from doorward.model.findings import Coverage
from doorward.records import dataclass
from doorward.store.database import Database, Transaction
from doorward.store.values import Codec, key, moment, parse_moment


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """One package of a stored inventory."""

    purl: str
    #: "sha256:HEX" and the like, as the lock file declares them.
    digests: tuple[str, ...]
    #: Files of the project that declare it.
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredInventory:
    """What one scan found."""

    project: str
    scanned_at: datetime
    #: Version of doorward.
    tool: str
    packages: tuple[StoredPackage, ...]
    coverage: tuple[Coverage, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A package in a project: the first and the last of the scans that found just the same set of packages."""

    project: str
    first: datetime
    last: datetime
    package: StoredPackage


_PACKAGE: Codec[StoredPackage] = Codec(StoredPackage)
_COVERAGE: Codec[tuple[Coverage, ...]] = Codec(tuple[Coverage, ...])

#: Type, name and packed value.
_Row = tuple[str, str, bytes]


def save(
    database: Database, project: str, now: datetime, inventory: Inventory, coverage: Sequence[Coverage], tool: str
) -> None:
    """Store what a scan found in a project."""
    rows = sorted({row for dependency in inventory.packages if (row := _row(dependency))})
    body = hashlib.sha256(b"".join(data for _, _, data in rows)).hexdigest()
    with database.writing() as transaction:
        transaction.run(
            "INSERT INTO inventory (project, scanned_at, tool, body, coverage) VALUES (?, ?, ?, ?, ?)",
            key(project),
            moment(now),
            tool,
            _body(transaction, body, rows),
            _COVERAGE.pack(tuple(coverage)) or b"",
        )


def _row(dependency: Dependency) -> _Row | None:
    digests = tuple(sorted(map(str, dependency.digests)))
    paths = tuple(dict.fromkeys(key(path) for path in (dependency.path, *dependency.also_in) if path))
    data = _PACKAGE.pack(StoredPackage(str(dependency.purl), digests, paths))
    return (key(dependency.type), key(dependency.name), data) if data is not None else None


def _body(transaction: Transaction, digest: str, rows: Sequence[_Row]) -> int:
    """Return the id of the body with these packages, storing them where it is new or damaged."""
    body = 0
    for (body,) in transaction.rows("SELECT id FROM body WHERE digest = ?", digest):
        if set(transaction.rows("SELECT type, name, data FROM body_package WHERE body = ?", body)) == set(rows):
            return int(body)
        transaction.run("DELETE FROM body_package WHERE body = ?", body)
    body = body or transaction.run("INSERT INTO body (digest) VALUES (?)", digest)
    transaction.each("INSERT INTO body_package VALUES (?, ?, ?, ?)", [(body, *row) for row in rows])
    return body


def last(database: Database, project: str) -> StoredInventory | None:
    """Return what the last scan of a project found, None where it never was scanned."""
    scans = database.rows(
        "SELECT scanned_at, tool, body, coverage FROM inventory WHERE project = ? ORDER BY scanned_at DESC, id DESC",
        key(project),
    )
    for scanned_at, tool, body, coverage in scans:
        time = parse_moment(scanned_at)
        if time is not None:
            rows = database.rows("SELECT data FROM body_package WHERE body = ?", body)
            return StoredInventory(project, time, tool, _packages(rows), _COVERAGE.unpack(coverage) or ())
    return None


def _packages(rows: Iterable[tuple[bytes]]) -> tuple[StoredPackage, ...]:
    return tuple(package for (data,) in rows if (package := _PACKAGE.unpack(data)) is not None)


def sightings(database: Database, type_: str, name: str) -> tuple[Sighting, ...]:
    """Return in which projects a package ever was, at which version and when, oldest first."""
    rows = database.rows(
        "SELECT inventory.project, min(inventory.scanned_at), max(inventory.scanned_at), body_package.data"
        " FROM body_package JOIN inventory USING (body) WHERE body_package.type = ? AND body_package.name = ?"
        " GROUP BY inventory.project, body_package.rowid ORDER BY 2, 1, body_package.rowid",
        key(type_),
        key(name),
    )
    found = []
    for project, first, end, data in rows:
        times, package = (parse_moment(first), parse_moment(end)), _PACKAGE.unpack(data)
        if times[0] and times[1] and package:
            found.append(Sighting(project, times[0], times[1], package))
    return tuple(found)


def packages(database: Database, type_: str) -> Iterator[tuple[str, str, StoredPackage]]:
    """Yield type, name and each stored form of every package that was ever in a project, of one type or ("") of all."""
    of_type = "WHERE type = ?" if type_ else ""
    query = f"SELECT DISTINCT type, name, data FROM body_package {of_type}"  # noqa: S608 - text of ours
    for kind, name, data in database.rows(query, *([key(type_)] if type_ else [])):
        package = _PACKAGE.unpack(data)
        if package is not None:
            yield kind, name, package


def types(database: Database) -> tuple[str, ...]:
    """Return every type of package that was ever in a project."""
    return tuple(type_ for (type_,) in database.rows("SELECT DISTINCT type FROM body_package"))


def names(database: Database, type_: str) -> tuple[str, ...]:
    """Return the name of every package of a type that was ever in a project."""
    rows = database.rows("SELECT DISTINCT name FROM body_package WHERE type = ?", key(type_))
    return tuple(name for (name,) in rows)


def projects(database: Database) -> int:
    """Return how many projects were ever scanned."""
    ((count,),) = database.rows("SELECT count(DISTINCT project) FROM inventory")
    return int(count)
