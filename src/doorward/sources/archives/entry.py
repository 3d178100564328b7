"""One entry of an archive, and the meter that stops a reader at its caps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Protocol

from doorward.errors import ArchiveTooLarge
from doorward.model.content import Anomaly
from doorward.model.limits import ArchiveLimits
from doorward.records import dataclass

#: Entries of at most this many bytes are handed over whole; of larger ones ``HEAD`` bytes, then the rest in pieces.
WHOLE = 64 << 20
HEAD = 1 << 20
#: Uncompressed bytes before the ratio is looked at: small archives of zeros are honest.
RATIO_FLOOR = 64 << 20


@dataclass(slots=True)
class Entry:
    """One entry. ``rest`` has to be read to its end before the next entry is asked for."""

    #: As written, decoded; bytes that are not UTF-8 as backslash escapes.
    path: str
    #: "file", "symlink", "hardlink", "directory", "device".
    kind: str
    #: Bytes, uncompressed; of a symbolic link, of its target's text.
    size: int
    #: The whole content, or its first ``HEAD`` bytes where ``rest`` brings the others. A symbolic link's target.
    data: bytes = b""
    rest: Iterator[bytes] | None = None
    #: Path that a hard link names.
    target: str = ""


class Archive(Protocol):
    """An archive that is read once, from front to back."""

    #: "zip", "tar", "tar.gz", "tar.bz2", "tar.xz".
    format: str
    #: Complete once the iteration has ended, like ``unread``.
    anomalies: list[Anomaly]
    #: Entries that could not be read, and why.
    unread: list[str]

    def __iter__(self) -> Iterator[Entry]:
        """Yield every entry; raise DamagedArchive or ArchiveTooLarge."""


@dataclass(slots=True)
class Spent:
    """What several archives took from caps that they share."""

    #: On the clock of :func:`time.monotonic`.
    deadline: float
    entries: int = 0
    total: int = 0

    @classmethod
    def nothing(cls, limits: ArchiveLimits) -> Spent:
        """Start to read now."""
        return cls(time.monotonic() + limits.seconds)


class Meter:
    """Counts what comes out of an archive, and raises ArchiveTooLarge at a cap."""

    __slots__ = ("_compressed", "_limits", "_own", "_spent")

    def __init__(self, limits: ArchiveLimits, compressed: int, spent: Spent) -> None:
        self._limits = limits
        self._compressed = max(compressed, 1)
        self._spent = spent
        self._own = 0

    def entry(self, path: str, size: int) -> None:
        """Count one entry of ``size`` bytes, before it is read."""
        self._spent.entries += 1
        if self._spent.entries > self._limits.entries:
            raise ArchiveTooLarge(f"more than {self._limits.entries:,} entries")
        if size > self._limits.entry_bytes:
            raise ArchiveTooLarge(f"{path}: {size:,} bytes, more than {self._limits.entry_bytes:,} in one entry")

    def take(self, count: int) -> None:
        """Count ``count`` uncompressed bytes, and look at the clock."""
        self._own += count
        self._spent.total += count
        if self._spent.total > self._limits.total_bytes:
            raise ArchiveTooLarge(f"more than {self._limits.total_bytes:,} bytes unpacked")
        if self._own > RATIO_FLOOR and self._own > self._compressed * self._limits.ratio:
            raise ArchiveTooLarge(f"unpacks to more than {self._limits.ratio} times its size")
        if time.monotonic() > self._spent.deadline:
            raise ArchiveTooLarge(f"reading took more than {self._limits.seconds:g} seconds")
