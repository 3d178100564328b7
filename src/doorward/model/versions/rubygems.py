"""RubyGems (Gem::Version): numbers and words in turn, a word before any number; a hyphen reads ``.pre.``.

Missing segments are 0, and zeros before the first word or at the end weigh nothing. A gem's platform (``1.2.3-java``)
is no part of its version: the caller removes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.versions._order import Key, Line, invalid, plain_numbers

ECOSYSTEMS = ("RubyGems",)

_VERSION = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z")
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+")
#: A word is less than the zeros that fill up the shorter version, and those are less than a number over 0.
_WORD, _END, _NUMBER = range(3)


def key(version: str) -> Key:
    """Return the segments in order, each with the zeros before it, closed by the end."""
    numbers = plain_numbers(version)
    if numbers and all(numbers):
        return (*[(_NUMBER, 0, number) for number in numbers], (_END,))
    if not _VERSION.match(version):
        raise invalid(version, "RubyGems")
    segments = _SEGMENT.findall(version.replace("-", ".pre."))
    return (*_places(segments), (_END,))


def is_prerelease(key: Key) -> bool:
    """Whether it has a letter."""
    return any(place[0] == _WORD for place in key)


def major_line(key: Key) -> Line:
    """Return the first number."""
    kind, *rest = key[0]
    return (rest[1] if kind == _NUMBER and not rest[0] else 0,)


def _places(segments: list[str]) -> Iterator[tuple[int, int, int | str]]:
    """Fold each run of zeros into what follows it, so that a shorter version needs no filling up.

    Before a word a longer run comes later, before a number it comes earlier.
    """
    zeros = 0
    word_seen = False
    for segment in segments:
        if segment.isdecimal():
            number = int(segment)
            if number:
                yield _NUMBER, -zeros, number
            zeros = 0 if number else zeros + 1
        else:
            yield _WORD, zeros if word_seen else 0, segment
            word_seen = True
            zeros = 0
