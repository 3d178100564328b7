"""npm's version ranges, after the grammar in node-semver's documentation.

A range is alternatives of comparators that all must hold; hyphens, carets, tildes and x-ranges stand for pairs of
comparators. A pre-release is in an alternative only if one of its comparators names a pre-release of the same
major.minor.patch.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from doorward.model.versions._order import Key, identifiers, invalid

#: Compares the key of a version with a bound.
_Comparator: TypeAlias = tuple[Callable[[Key, Key], bool], Key]
_Alternative: TypeAlias = tuple[_Comparator, ...]

_PARTIAL = (
    r"[v=]*(0|[1-9][0-9]*|[xX*])(?:\.(0|[1-9][0-9]*|[xX*])(?:\.(0|[1-9][0-9]*|[xX*])"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?)?)?"
)
_BOUND = re.compile(rf"{_PARTIAL}\Z")
_SIMPLE = re.compile(rf"(<=|>=|<|>|=|\^|~>?)?{_PARTIAL}\Z")
_OPERATORS = {"=": operator.eq, ">=": operator.ge, ">": operator.gt, "<": operator.lt, "<=": operator.le}
#: An operator, and blanks that may follow it.
_BLANK_AFTER = re.compile(r"(<=|>=|<|>|=|\^|~>?)[ \t]+")

#: Carets, tildes and hyphens may stand before this, comparisons not.
_NUMBER_AFTER_OPEN = re.compile(r"[xX*]\.[0-9]")
#: How many numbers a whole version has.
_NUMBERS = 3
#: Comes before every version: nothing is below it.
_LOWEST: Key = (0, 0, 0, 0, ((0, 0),))
_NOTHING: _Alternative = ((operator.lt, _LOWEST),)


def in_range(key: Key, specifier: str) -> bool:
    """Whether the version with that key is in the range; raise InvalidVersion where it is none."""
    return any(_allows(alternative, key) for alternative in _alternatives(specifier))


def _allows(alternative: _Alternative, key: Key) -> bool:
    if not all(holds(key, bound) for holds, bound in alternative):
        return False
    if key[3]:
        return True
    return any(not bound[3] and bound[:3] == key[:3] for _, bound in alternative)


@lru_cache(maxsize=4096)
def _alternatives(specifier: str) -> tuple[_Alternative, ...]:
    try:
        found = tuple(_alternative(part.split()) for part in specifier.split("||"))
    except ValueError:
        raise invalid(specifier, "ranges of npm") from None
    # "Any release" swallows its alternatives, also one that names a pre-release.
    return ((),) if () in found else found


def _alternative(words: list[str]) -> _Alternative:
    if "-" in words:
        lower, hyphen, upper = words
        if hyphen != "-":
            raise ValueError(hyphen)
        return (*_from(lower), *_up_to(upper))
    joined = _BLANK_AFTER.sub(r"\1", " ".join(words))
    return tuple(comparator for word in joined.split() for comparator in _simple(word))


class _Partial(NamedTuple):
    """A version of which some numbers may be left open (None)."""

    major: int | None
    minor: int | None
    patch: int | None
    prerelease: str | None

    @property
    def given(self) -> int:
        """How many numbers are not open."""
        return sum(number is not None for number in self[:_NUMBERS])

    @property
    def numbers(self) -> list[int]:
        """The numbers, 0 where they are open."""
        return [number or 0 for number in (self.major, self.minor, self.patch)]

    @property
    def lowest(self) -> Key:
        """The lowest release that it may be, or the pre-release that it names."""
        return _bound(self.numbers, self.prerelease)

    def after(self, kept: int) -> Key:
        """Return the lowest pre-release of what follows all versions with the same first ``kept`` numbers."""
        numbers = self.numbers
        numbers[kept - 1] += 1
        numbers[kept:] = [0] * (_NUMBERS - kept)
        return _bound(numbers, "0")


def _partial(match: re.Match[str] | None) -> _Partial:
    """Read the last four groups of a match; what follows an open number is open."""
    if match is None:
        raise ValueError
    *texts, prerelease = match.groups()[-4:]
    major, minor, patch = (None if text is None or text in "xX*" else int(text) for text in texts)
    minor = None if major is None else minor
    patch = None if minor is None else patch
    return _Partial(major, minor, patch, None if patch is None else prerelease)


def _bound(numbers: list[int], prerelease: str | None = None) -> Key:
    return (*numbers, 1) if prerelease is None else (*numbers, 0, identifiers(prerelease))


def _from(text: str) -> _Alternative:
    """Return the left side of a hyphen range."""
    partial = _partial(_BOUND.match(text))
    return ((operator.ge, partial.lowest),) if partial.given else ()


def _up_to(text: str) -> _Alternative:
    """Return the right side of a hyphen range: all that begins with its numbers is in."""
    partial = _partial(_BOUND.match(text))
    if not partial.given:
        return ()
    if partial.given < _NUMBERS:
        return ((operator.lt, partial.after(partial.given)),)
    return ((operator.le, partial.lowest),)


def _simple(word: str) -> _Alternative:
    match = _SIMPLE.match(word)
    partial = _partial(match)
    sign = (match and match[1]) or "="
    if sign[0] not in "^~":
        if _NUMBER_AFTER_OPEN.search(word):
            raise ValueError
        return _primitive(sign, partial)
    if not partial.given:
        return ()
    kept = _caret(partial) if sign == "^" else min(partial.given, 2)
    return (operator.ge, partial.lowest), (operator.lt, partial.after(kept))


def _caret(partial: _Partial) -> int:
    """Return how many numbers a caret keeps: up to the first that is not 0, or all that are given."""
    for count, number in enumerate((partial.major, partial.minor, partial.patch), start=1):
        if number or count == partial.given:
            return count
    return partial.given


def _primitive(sign: str, partial: _Partial) -> _Alternative:
    """Return a comparison; with open numbers it means all the versions that the partial one stands for."""
    if not partial.given:
        return _NOTHING if sign in "<>" else ()
    if partial.given == _NUMBERS:
        return ((_OPERATORS[sign], partial.lowest),)
    following = partial.after(partial.given)
    meanings: dict[str, _Alternative] = {
        "=": ((operator.ge, partial.lowest), (operator.lt, following)),
        ">=": ((operator.ge, partial.lowest),),
        ">": ((operator.ge, (*following[:_NUMBERS], 1)),),
        "<": ((operator.lt, _bound(partial.numbers, "0")),),
        "<=": ((operator.lt, following),),
    }
    return meanings[sign]
