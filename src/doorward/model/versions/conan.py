"""ConanCenter: Conan's extension of Semantic Versioning to any number of items, which may hold letters.

Items compare by number, then by the letters after it (1.1.1 before 1.1.1a), words after numbers; trailing zeros weigh
nothing, a pre-release comes before its release, a build after it. Conan compares a number with an item of digits and
letters as text, which puts 1a before 2, 2 before 10 and 10 before 1a; here the number in front decides.
"""

from __future__ import annotations

import re

from doorward.model.versions._order import Key, Line, invalid, plain_numbers, without_trailing_zeros

ECOSYSTEMS = ("ConanCenter",)

_VERSION = re.compile(r"([0-9A-Za-z][0-9A-Za-z_.]*)(?:-([0-9A-Za-z_.-]+))?(?:\+([0-9A-Za-z_.+-]+))?\Z")
_ITEM = re.compile(r"([0-9]*)(.*)", re.DOTALL)
_NOTHING = (0, 0, "")


def key(version: str) -> Key:
    """Return (items, release or not, items of the pre-release, items of the build)."""
    numbers = plain_numbers(version)
    if numbers:
        return tuple([(0, number, "") for number in without_trailing_zeros(numbers)]), 1, (), ()
    match = _VERSION.match(version)
    if match is None:
        raise invalid(version, "Conan")
    main, prerelease, build = match.groups()
    return _items(main), int(prerelease is None), _items(prerelease), _items(build)


def is_prerelease(key: Key) -> bool:
    """Whether it has a pre-release part."""
    return not key[1]


def major_line(key: Key) -> Line:
    """Return the first item's number, or the word that stands in its place ("cci")."""
    is_word, number, text = key[0][0] if key[0] else _NOTHING
    return (text if is_word else number,)


def _items(text: str | None) -> tuple[tuple[int, int, str], ...]:
    items = [] if text is None else [_item(part) for part in text.split(".")]
    while items and items[-1] == _NOTHING:
        items.pop()
    return tuple(items)


def _item(text: str) -> tuple[int, int, str]:
    digits, rest = _ITEM.match(text).groups()  # type: ignore[union-attr]
    return (0, int(digits), rest) if digits else (1, 0, rest)
