"""Packagist: Composer's normalised versions, compared as PHP's version_compare does.

Composer fills up to four numbers (dates keep their own), shortens the stability words to alpha, beta, RC and patch, and
drops build metadata. Branches (``dev-main``) come before every version and are ordered by name; Composer itself finds
no order between two of them.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from doorward.model.versions._order import Key, Line, invalid, plain_numbers

ECOSYSTEMS = ("Packagist",)

#: version_compare's order of words, the end among them; numbers come after the end.
_DEV, _ALPHA, _BETA, _CANDIDATE, _END, _NUMBER, _PATCH = range(7)
_STABILITY = {
    "alpha": _ALPHA,
    "a": _ALPHA,
    "beta": _BETA,
    "b": _BETA,
    "rc": _CANDIDATE,
    "patch": _PATCH,
    "pl": _PATCH,
    "p": _PATCH,
}
_BRANCH, _VERSION = range(2)
_Place: TypeAlias = tuple[int, ...]
#: The branches that Composer takes without their prefix, and what it puts for the ``x`` of a branch ``1.x-dev``.
_DEFAULT_BRANCHES = frozenset({"master", "trunk", "default"})
_ANY = 9_999_999
#: Numbers of a normalised version, and digits of its first; a longer one is a date.
_FILLED = 4
_MAJOR_DIGITS = 5

_FLAG = re.compile(r"@(?:stable|rc|beta|alpha|dev)\Z", re.IGNORECASE)
#: A stability word with its numbers, and the mark of a development version. One digit a turn keeps it linear.
_MODIFIER = r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9])*))?([.-]?dev)?\Z"
_CLASSICAL = re.compile(r"v?([0-9]{1,5}(?:\.[0-9]+)?(?:\.[0-9]+)?(?:\.[0-9]+)?)" + _MODIFIER, re.IGNORECASE)
_DATED = re.compile(r"v?([0-9]{4}(?:[.:-]?[0-9]{2}){1,6}(?:[.:-]?[0-9]{1,3}){0,2})" + _MODIFIER, re.IGNORECASE)
_NUMERIC_BRANCH = re.compile(r"v?([0-9]+(?:\.(?:[0-9]+|[x*])){0,3})[.-]?dev\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\s\x00-\x1f\x7f]+\Z")
_DIGITS = re.compile(r"[0-9]+")


def key(version: str) -> Key:
    """Return (1, places) of a version, (0, name) of a branch."""
    numbers = plain_numbers(version)
    if 0 < len(numbers) <= _FILLED and "." in version[: _MAJOR_DIGITS + 1]:
        numbers += [0] * (_FILLED - len(numbers))
        return _VERSION, (*[(_NUMBER, number) for number in numbers], (_END,))
    if not _WORD.match(version):
        raise invalid(version, "Packagist")
    text = _FLAG.sub("", version)
    if text in _DEFAULT_BRANCHES:
        return _BRANCH, text
    if text[:4].lower() == "dev-" and text[4:]:
        return _BRANCH, text[4:]
    places = _release(text) or _numeric_branch(text)
    if places is None:
        raise invalid(version, "Packagist")
    return _VERSION, (*places, (_END,))


def is_prerelease(key: Key) -> bool:
    """Whether it is a branch, or less stable than a release."""
    return key[0] == _BRANCH or any(place[0] < _END for place in key[1])


def major_line(key: Key) -> Line:
    """Return the first number, or the name of the branch."""
    return (key[1],) if key[0] == _BRANCH else (key[1][0][1],)


def _release(text: str) -> list[_Place] | None:
    number, plus, build = text.partition("+")
    text = number if plus and build else text
    if match := _CLASSICAL.match(text):
        return [*_filled(match[1], 0), *_modifier(*match.groups("")[1:])]
    if match := _DATED.match(text):
        return [*_numbers(match[1]), *_modifier(*match.groups("")[1:])]
    return None


def _numeric_branch(text: str) -> list[_Place] | None:
    match = _NUMERIC_BRANCH.match(text)
    return [*_filled(match[1], _ANY), (_DEV,)] if match else None


def _filled(text: str, filling: int) -> list[_Place]:
    """Return four numbers; ``x`` and missing ones are the filling."""
    numbers = [int(part) if part.isdecimal() else filling for part in text.split(".")]
    return [(_NUMBER, number) for number in numbers + [filling] * (_FILLED - len(numbers))]


def _numbers(text: str) -> list[_Place]:
    return [(_NUMBER, int(digits)) for digits in _DIGITS.findall(text)]


def _modifier(word: str, numbers: str, dev: str) -> list[_Place]:
    if word.lower() == "stable":
        return []
    stability: list[_Place] = [(_STABILITY[word.lower()],)] if word else []
    return [*stability, *_numbers(numbers), *([(_DEV,)] if dev else [])]
