"""PEP 440, in its present form the version specifiers of PyPA's specifications.

Canonical versions without epoch are read here; every other spelling goes through ``packaging``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

from packaging import version as reference

from doorward.model.versions._order import Key, Line, invalid, plain_numbers, without_trailing_zeros

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

#: "Linux" is the kernel, whose releases and candidates (6.1.1, 6.1-rc2) are spelled and ordered like these.
ECOSYSTEMS = ("PyPI", "Linux")

_CANONICAL = re.compile(r"([0-9]+(?:\.[0-9]+)*)(?:(a|b|rc)([0-9]+))?(?:\.post([0-9]+))?(?:\.dev([0-9]+))?\Z")
#: A development release of no pre-release comes before them all, a final release after them all.
_BEFORE_PRE, _ALPHA, _BETA, _CANDIDATE, _FINAL = range(5)
_PRE = {"a": _ALPHA, "b": _BETA, "rc": _CANDIDATE}
#: The suffix of a final release without post, development and local part.
_NO_SUFFIX = (_FINAL, 0, -1, inf, ())


def key(version: str) -> Key:
    """Return (epoch, release, (kind of pre-release, its number, post, dev, local)); absent parts as they compare."""
    numbers = plain_numbers(version)
    if numbers:
        return 0, without_trailing_zeros(numbers), _NO_SUFFIX
    match = _CANONICAL.match(version)
    if match is None:
        return _reference_key(version)
    release, kind, number, post, dev = match.groups()
    suffix = (
        *_place(kind, number, post=post is not None, dev=dev is not None),
        -1 if post is None else int(post),
        inf if dev is None else int(dev),
        (),
    )
    return 0, without_trailing_zeros([int(part) for part in release.split(".")]), suffix


def is_prerelease(key: Key) -> bool:
    """Whether it has a pre-release or development part."""
    kind, _, _, dev, _ = key[2]
    return bool(kind != _FINAL or dev != inf)


def major_line(key: Key) -> Line:
    """Return epoch and first release number."""
    return key[0], key[1][0] if key[1] else 0


def satisfies(version: str, specifier: str) -> bool:
    """Whether a version is in a set of specifiers (``>=1.2,!=1.5``)."""
    specifiers = _specifiers(specifier)
    return specifiers.contains(reference.Version(version), prereleases=bool(specifiers.prereleases))


@lru_cache(maxsize=1024)
def _specifiers(text: str) -> SpecifierSet:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - 40 ms that most runs do not need

    try:
        return SpecifierSet(text)
    except InvalidSpecifier as error:
        raise invalid(text, "ranges of PyPI") from error


def _place(kind: str | None, number: str | int | None, *, post: bool, dev: bool) -> tuple[int, int]:
    """Return where the pre-release part, or its absence, stands."""
    if kind is not None:
        return _PRE[kind], int(number or 0)
    return (_BEFORE_PRE if dev and not post else _FINAL), 0


def _reference_key(version: str) -> Key:
    try:
        parsed = reference.Version(version)
    except reference.InvalidVersion as error:
        raise invalid(version, "PyPI") from error
    kind, number = parsed.pre or (None, None)
    suffix = (
        *_place(kind, number, post=parsed.post is not None, dev=parsed.dev is not None),
        -1 if parsed.post is None else parsed.post,
        inf if parsed.dev is None else parsed.dev,
        tuple((1, int(part)) if part.isdecimal() else (0, part) for part in (parsed.local or "").split(".") if part),
    )
    return parsed.epoch, without_trailing_zeros(parsed.release), suffix
