"""Versions in order, by the rules of each ecosystem.

One module of this folder is one order: it names its ecosystems (as OSV does), makes sort keys, and tells pre-releases
and major lines from them. It is found by walking the folder. Release suffixes of ecosystem names are ignored
("Debian:12", "Alpine:v3.20"). What is no version of its ecosystem, and what belongs to an ecosystem without a
documented order, raises :class:`~doorward.errors.InvalidVersion`: an answer that nobody can give is a gap.

OSV's sentinel ``introduced: "0"`` stands before every version and is the caller's to handle.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

from doorward.errors import InvalidVersion
from doorward.model.versions._lookup import order_of
from doorward.model.versions._order import Key, Line, Order, invalid

__all__ = ["compare", "is_prerelease", "major_line", "satisfies", "sort_key"]

#: Longest version that is read, in characters, and longest range.
MAX_LENGTH = 1_000
MAX_SPECIFIER_LENGTH = 4_000
#: Keys that are kept of one order, and the longest version whose key is kept: together they bound the memory.
MEMO_SIZE = 1 << 15
_MEMO_LENGTH = 64


def compare(ecosystem: str, a: str, b: str) -> int:
    """Return -1, 0 or 1 as ``a`` comes before, equals or comes after ``b`` in ``ecosystem``."""
    kept, anew = _readers(ecosystem)
    left = kept(a) if len(a) <= _MEMO_LENGTH else anew(a)
    right = kept(b) if len(b) <= _MEMO_LENGTH else anew(b)
    if left == right:
        return 0
    return -1 if left < right else 1


def sort_key(ecosystem: str, version: str) -> Key:
    """Return what to sort by: hashable, and comparable with the other keys of that ecosystem."""
    kept, anew = _readers(ecosystem)
    return kept(version) if len(version) <= _MEMO_LENGTH else anew(version)


def is_prerelease(ecosystem: str, version: str) -> bool:
    """Whether a version comes before the release that it names (alpha, beta, candidate, development, snapshot)."""
    return order_of(ecosystem).is_prerelease(sort_key(ecosystem, version))


def major_line(ecosystem: str, version: str) -> Line:
    """Return the major line, equal for versions of one line: mostly the first number, after the epoch where one is."""
    return order_of(ecosystem).major_line(sort_key(ecosystem, version))


def satisfies(ecosystem: str, version: str, specifier: str) -> bool:
    """Whether a version is in a range, as the package manager of ``ecosystem`` (PyPI or npm) reads it.

    Pre-releases are in a range only where it names one, as both package managers have it.
    """
    sort_key(ecosystem, version)
    matches = getattr(order_of(ecosystem), "satisfies", None)
    if matches is None:
        raise InvalidVersion(f"doorward does not read version ranges of {ecosystem[:MAX_LENGTH]!r}")
    if len(specifier) > MAX_SPECIFIER_LENGTH:
        raise invalid(specifier, f"ranges of {ecosystem}")
    return bool(matches(version.strip(), specifier.strip()))


@lru_cache(maxsize=512)
def _readers(ecosystem: str) -> tuple[Callable[[str], Key], Callable[[str], Key]]:
    """Return what makes keys in an ecosystem: with the memo of its order, and without."""
    return _readers_of_order(order_of(ecosystem))


@cache
def _readers_of_order(order: Order) -> tuple[Callable[[str], Key], Callable[[str], Key]]:
    def anew(version: str) -> Key:
        text = version.strip()
        if not text or len(version) > MAX_LENGTH:
            raise invalid(version, order.ECOSYSTEMS[0])
        return order.key(text)

    return lru_cache(maxsize=MEMO_SIZE)(anew), anew
