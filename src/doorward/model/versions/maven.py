"""Maven's order, after "Version Order Specification" in the POM reference.

A version is numbers and qualifiers, split at dots, hyphens and where digits meet other characters. Each hyphen and each
qualifier opens a group; at the end of every group what means nothing (0, "", ga, final, release) is dropped. At the
first place where two versions differ, the order is

    alpha < beta < milestone < rc < snapshot < (the end, or a qualifier that means nothing) < sp < other qualifiers
    < a number after a hyphen < a number after a dot

and zeros after dots weigh nothing against the end. Maven's own class deviates from that text where a qualifier stands
between dots (1.0.sp.1), so far that its order goes in circles there, and where a dropped group has others after it
(1-ga-1 equals 1-1 by the text only). This module follows the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from doorward.model.versions._order import Key, Line, invalid, plain_numbers

ECOSYSTEMS = ("Maven",)

#: Ranks of what can stand at one place.
_ALPHA, _BETA, _MILESTONE, _CANDIDATE, _SNAPSHOT, _END, _SERVICE_PACK, _WORD, _AFTER_HYPHEN, _AFTER_DOT = range(10)
_Place: TypeAlias = tuple[int | str, ...]
_NOTHING: tuple[_Place, ...] = ((_AFTER_HYPHEN, 0), (_END,))
_QUALIFIERS = {
    "alpha": _ALPHA,
    "beta": _BETA,
    "milestone": _MILESTONE,
    "rc": _CANDIDATE,
    "cr": _CANDIDATE,
    "snapshot": _SNAPSHOT,
    "ga": _END,
    "final": _END,
    "release": _END,
    "sp": _SERVICE_PACK,
}
#: One letter with a digit after it is short for a qualifier.
_LETTER = re.compile(r"(?<![^0-9.-])[abm](?=[0-9])")
_LETTERS = {"a": "alpha", "b": "beta", "m": "milestone"}
#: Where a group opens without a hyphen: between digits and other characters, and at a dot before a qualifier.
_BOUNDARY = re.compile(r"(?<=[0-9])(?=[^0-9.-])|(?<=[^0-9.-])(?=[0-9])|\.(?=[^0-9.-])")
_NUMBERS = re.compile(r"[0-9.]*\Z")
#: Maven refuses these in a version: file names and ranges could not hold them. ``${`` is a property without a value.
_FORBIDDEN = re.compile(r"""[\x00-\x20\x7f\\/:"<>|?*\[\](),]|\$\{""")


def key(version: str) -> Key:
    """Return the places in order, closed by the end."""
    numbers = plain_numbers(version)
    if numbers and all(numbers):
        return (*[(_AFTER_DOT, 0, number) for number in numbers], (_END,))
    if _FORBIDDEN.search(version):
        raise invalid(version, "Maven")
    text = _LETTER.sub(lambda match: _LETTERS[match[0]], version.lower())
    root, *groups = _BOUNDARY.sub("-", text).split("-")
    places = list(_numbers(root.split("."))) if _NUMBERS.match(root) else _group(root)
    for group in groups:
        places += _group(group)
    return (*places, (_END,))


def is_prerelease(key: Key) -> bool:
    """Whether a qualifier says alpha, beta, milestone, candidate or snapshot."""
    return any(place[0] < _END for place in key)


def major_line(key: Key) -> Line:
    """Return the first number, or the word that stands in its place ("finchley")."""
    rank, *rest = key[0]
    if rank == _AFTER_DOT:
        zeros, number = rest
        return (0 if zeros else number,)
    return (rest[0] if rank == _WORD else 0,)


def _group(text: str) -> list[_Place]:
    """Return the places of a group; none where it means nothing."""
    head, *tail = text.split(".")
    places = list(_numbers(tail))
    first = _first(head)
    return places if not places and first in _NOTHING else [first, *places]


def _first(head: str) -> _Place:
    if not head or head.isdecimal():
        return _AFTER_HYPHEN, int(head or 0)
    rank = _QUALIFIERS.get(head, _WORD)
    return (rank, head) if rank == _WORD else (rank,)


def _numbers(texts: list[str]) -> Iterator[_Place]:
    """Yield each number that is not 0 with the zeros before it: a longer run of zeros comes earlier."""
    zeros = 0
    for text in texts:
        number = int(text or 0)
        if number:
            yield _AFTER_DOT, -zeros, number
            zeros = 0
        else:
            zeros += 1
