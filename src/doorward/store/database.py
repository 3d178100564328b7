"""One connection, shared by all threads: short transactions behind a lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from doorward.errors import StoreError
from doorward.store.schema import connect


class Database:
    """The store's file. Values are packed and unpacked outside of the lock, so that it is held for microseconds.

    A connection a thread was measured against this (16 threads, 320 artifacts): no faster, for SQLite has one writer at
    a time anyway, and each pool of threads would open its connections anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = connect(path)
        self._lock = Lock()

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return all rows of a query. Raise :class:`StoreError` where the file cannot be read."""
        with self._guarded():
            return self._connection.execute(query, parameters).fetchall()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Hold the right to write, of this process among all; commit at the end, take all back on an error."""
        with self._guarded():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk makes SQLite take the transaction back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            # SQLite's own message may hold a damaged name, which is no UTF-8.
            except (sqlite3.Error, UnicodeDecodeError) as error:
                raise StoreError(f"the store {self.path} failed: {error}") from error


class Transaction:
    """What can be done while writing."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return all rows of a query as this transaction sees them."""
        return self._connection.execute(query, parameters).fetchall()

    def run(self, statement: str, *parameters: object) -> int:
        """Run one statement and return the id of the row that it inserted, if it did."""
        return self._connection.execute(statement, parameters).lastrowid or 0

    def each(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run one statement for each row of parameters."""
        self._connection.executemany(statement, rows)
