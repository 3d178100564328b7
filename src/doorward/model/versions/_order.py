"""What an order of versions is, and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

from doorward.errors import InvalidVersion

#: A sort key: compares, with ``<`` and ``==``, to the keys of the same order only. Hashable.
Key: TypeAlias = tuple[Any, ...]
#: The major line of a version: versions of one line have equal tuples.
Line: TypeAlias = tuple[int | str, ...]

#: Characters of a hostile version that an error message shows.
_SHOWN = 80
#: What most versions of all ecosystems consist of.
_PLAIN = frozenset(".0123456789")


class Order(Protocol):
    """What every public module of this folder offers.

    A module whose package manager has ranges that doorward reads also offers ``satisfies(version, specifier) -> bool``.
    """

    @property
    def ECOSYSTEMS(self) -> tuple[str, ...]:  # noqa: N802 - a constant of the modules
        """Names of the ecosystems in this order, as OSV writes them, without release suffix."""

    def __hash__(self) -> int:
        """Orders are keys of the memo."""

    def key(self, version: str) -> Key:
        """Return the sort key of a version without surrounding blanks; raise InvalidVersion."""

    def is_prerelease(self, key: Key) -> bool:
        """Whether the version with that key comes before the release that it names."""

    def major_line(self, key: Key) -> Line:
        """Return the major line of the version with that key."""


def invalid(version: str, what: str) -> InvalidVersion:
    """Return the error for a text that is no version (or no range) of ``what``."""
    shown = version if len(version) <= _SHOWN else version[:_SHOWN] + "..."
    return InvalidVersion(f"{shown!r} is not a version of {what}")


def identifiers(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return the dot-separated identifiers of SemVer's rule 11.4: numbers by value, before words by ASCII.

    ``text`` holds ASCII letters, digits, hyphens and dots.
    """
    return tuple([(0, int(part)) if part.isdecimal() else (1, part) for part in text.split(".")])


def plain_numbers(version: str) -> list[int]:
    """Return the numbers of a version that is nothing but numbers between dots; [] for all others."""
    if not _PLAIN.issuperset(version):
        return []
    try:
        return list(map(int, version.split(".")))
    except ValueError:
        return []


def without_trailing_zeros(numbers: Sequence[int]) -> tuple[int, ...]:
    """Return the numbers up to the last that is not 0: ``1.0`` and ``1.0.0`` are both ``(1,)``."""
    end = len(numbers)
    while end and not numbers[end - 1]:
        end -= 1
    return tuple(numbers[:end])
