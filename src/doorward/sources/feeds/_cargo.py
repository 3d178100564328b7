"""Cargo's version requirements as intervals, and the versions that several of them leave out as OSV events.

RustSec says which versions are not affected; OSV, from where a range begins and where it ends. The rules are those of
"Specifying Dependencies" in the Cargo book.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from doorward.errors import InvalidVersion
from doorward.model.purl import CRATES
from doorward.model.versions import sort_key

_COMPARATOR = re.compile(
    r"\s*(\^|~|=|>=|<=|>|<)?\s*v?(\d{1,10})(?:\.(\d{1,10}|\*))?(?:\.(\d{1,10}|\*))?(-[0-9A-Za-z.-]{1,80})?(?:\+\S*)?\s*\Z"
)
#: Before every version, and behind every version.
_FIRST, _END = "0.0.0-0", ""

#: Numbers of a whole version.
_WHOLE = 3

#: From a version (included) up to another (not included); "" is without end.
Interval = tuple[str, str]


def affected_events(patched: Iterable[str], unaffected: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the events of the versions in none of the requirements; raise InvalidVersion where one cannot be read."""
    free = sorted((interval(text) for text in (*patched, *unaffected)), key=lambda pair: sort_key(CRATES, pair[0]))
    events: list[tuple[str, str]] = []
    at = _FIRST
    for start, end in free:
        if sort_key(CRATES, start) > sort_key(CRATES, at):
            events += [("introduced", "0" if at == _FIRST else at), ("fixed", start)]
        if end == _END:
            return tuple(events)
        if sort_key(CRATES, end) > sort_key(CRATES, at):
            at = end
    return (*events, ("introduced", "0" if at == _FIRST else at))


def interval(requirement: str) -> Interval:
    """Return the versions that a requirement (comparators joined by commas) allows."""
    start, end = _FIRST, _END
    for text in requirement.split(","):
        low, high = _of_comparator(text)
        if sort_key(CRATES, low) > sort_key(CRATES, start):
            start = low
        if high != _END and (end == _END or sort_key(CRATES, high) < sort_key(CRATES, end)):
            end = high
    return start, end


def _of_comparator(text: str) -> Interval:
    match = _COMPARATOR.match(text)
    if text.strip() == "*":
        return _FIRST, _END
    if match is None:
        raise InvalidVersion(f"{text[:80]!r} is not a requirement of Cargo")
    operator, *parts = match.groups()
    numbers = [int(part) for part in parts[:3] if part and part != "*"]
    version = ".".join(map(str, [*numbers, 0, 0][:3])) + (parts[3] or "")
    above = _after(version) if len(numbers) == _WHOLE else _bumped(numbers, len(numbers) - 1)
    found = {
        ">=": (version, _END),
        "<": (_FIRST, version),
        ">": (above, _END),
        "<=": (_FIRST, above),
        "=": (version, above),
        "~": (version, _bumped(numbers, min(len(numbers) - 1, 1))),
    }
    return found.get(operator) or (version, _bumped(numbers, _compatible(numbers)))


def _compatible(numbers: list[int]) -> int:
    """Return which number counts up where compatible versions end: the first that is not 0."""
    return next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)


def _bumped(numbers: list[int], place: int) -> str:
    """Return the first pre-release of the version in which the number at ``place`` is one more."""
    kept = [*numbers[:place], numbers[place] + 1, 0, 0][:3]
    return ".".join(map(str, kept)) + "-0"


def _after(version: str) -> str:
    """Return the lowest version above one: nothing lies between it and its first longer pre-release identifier."""
    if "-" in version:
        return f"{version}.0"
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + 1}-0"
