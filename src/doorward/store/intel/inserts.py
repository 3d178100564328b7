"""Write many rows with one statement.

Starting a statement costs more than a row does: a hundred rows a statement take half the time of one row a statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

#: Rows of one statement.
ROWS = 100
#: Values that are gathered before they are written.
VALUES = 8_000


class Inserts:
    """Takes the rows of one table as their values, one after another."""

    __slots__ = ("_connection", "_many", "_one", "_values", "_width")

    def __init__(self, connection: sqlite3.Connection, table: str, row: str) -> None:
        """Write to ``table``; ``row`` is one row in SQL: "(?, 1, ?)" where all have 1 in their second column."""
        self._connection = connection
        self._width = row.count("?")
        self._one = f"INSERT INTO {table} VALUES {row}"  # noqa: S608 - texts of ours
        self._many = f"INSERT INTO {table} VALUES {', '.join([row] * ROWS)}"  # noqa: S608 - texts of ours
        self._values: list[object] = []

    def add(self, values: Iterable[object]) -> None:
        """Take rows: a value for each question mark of each of them."""
        self._values += values
        if len(self._values) >= VALUES:
            self._write()

    def add_columns(self, *columns: Sequence[object]) -> None:
        """Take rows as their columns, one for each question mark, all of one length."""
        width = len(columns)
        values: list[object] = [None] * (width * len(columns[0]))
        for place, column in enumerate(columns):
            values[place::width] = column
        self.add(values)

    def finish(self) -> None:
        """Write what is left."""
        self._write()
        width, values = self._width, self._values
        rows = [values[at : at + width] for at in range(0, len(values), width)]
        self._connection.executemany(self._one, rows)
        values.clear()

    def _write(self) -> None:
        values, size, execute = self._values, self._width * ROWS, self._connection.execute
        whole = len(values) // size * size
        for at in range(0, whole, size):
            execute(self._many, values[at : at + size])
        del values[:whole]
