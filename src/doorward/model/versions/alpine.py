"""Alpine and the other distributions that package with apk (apk-package(5)).

A version is numbers, a letter, suffixes with numbers, a commit hash and the package's own revision. Where one version
goes on and the other ends, the longer is greater, unless it goes on with the suffix of a pre-release. Numbers after a
dot that begin with 0 compare as text, before all others.
"""

from __future__ import annotations

import re

from doorward.model.versions._order import Key, Line, invalid

ECOSYSTEMS = (
    "Alpine",
    "Alpaquita",
    "BellSoft Hardened Containers",
    "Chainguard",
    "CleanStart",
    "MinimOS",
    "Wolfi",
)

_VERSION = re.compile(
    r"([0-9]+)((?:\.[0-9]+)*)([a-z]?)"
    r"((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)(?:~([0-9a-f]+))?(?:-r([0-9]+))?\Z"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_BEFORE = ("alpha", "beta", "pre", "rc")
_AFTER = ("cvs", "svn", "git", "hg", "p")
#: Ranks of what can come next.
_PRE, _END, _REVISION, _HASH, _SUFFIX_NUMBER, _POST, _LETTER, _NUMBER = range(8)


def key(version: str) -> Key:
    """Return the first number, then the places in order, closed by the end."""
    match = _VERSION.match(version)
    if match is None:
        raise invalid(version, "Alpine")
    first, numbers, letter, suffixes, commit, revision = match.groups()
    places: list[tuple[int | str, ...]] = [
        (_NUMBER, 0, digits) if digits[0] == "0" else (_NUMBER, 1, int(digits)) for digits in numbers.split(".")[1:]
    ]
    if letter:
        places.append((_LETTER, letter))
    for word, digits in _SUFFIX.findall(suffixes):
        places.append((_PRE, _BEFORE.index(word)) if word in _BEFORE else (_POST, _AFTER.index(word)))
        if digits:
            places.append((_SUFFIX_NUMBER, int(digits)))
    if commit:
        places.append((_HASH, commit))
    if revision:
        places.append((_REVISION, int(revision)))
    return (int(first), *places, (_END,))


def is_prerelease(key: Key) -> bool:
    """Whether it has the suffix of a pre-release."""
    return any(place[0] == _PRE for place in key[1:])


def major_line(key: Key) -> Line:
    """Return the first number."""
    return (key[0],)
