"""Bounded tables: equal events are counted, and beyond the bound only their number is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Generic, TypeVar

K = TypeVar("K")

#: Distinct events that one table keeps.
CAPACITY = 20_000


class Counted:
    """How often, and when first."""

    __slots__ = ("answers", "count", "time")

    def __init__(self, time: datetime | None) -> None:
        self.count = 1
        self.time = time
        self.answers: tuple[str, ...] = ()


class Table(Generic[K]):
    """Distinct events by key, in the order of their first appearance."""

    def __init__(self, name: str, capacity: int = CAPACITY) -> None:
        self.name = name
        self.overflow = 0
        self._capacity = capacity
        self._rows: dict[K, Counted] = {}

    def add(self, key: K, time: datetime | None) -> Counted | None:
        """Count an event; return its row, None where there is no room for it."""
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= self._capacity:
                self.overflow += 1
                return None
            row = self._rows[key] = Counted(time)
            return row
        row.count += 1
        if time is not None and (row.time is None or time < row.time):
            row.time = time
        return row

    def __iter__(self) -> Iterator[tuple[K, Counted]]:
        return iter(self._rows.items())
