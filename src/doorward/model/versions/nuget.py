"""NuGet: Semantic Versioning with one to four numbers and pre-release labels without case.

Source: "Package versioning" in NuGet's documentation. Missing numbers are 0, leading zeros are dropped, build metadata
has no place in the order.
"""

from __future__ import annotations

import re

from doorward.model.versions._order import Key, Line, identifiers, invalid

ECOSYSTEMS = ("NuGet",)

_VERSION = re.compile(
    r"([0-9]+)(?:\.([0-9]+)(?:\.([0-9]+)(?:\.([0-9]+))?)?)?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z"
)


def key(version: str) -> Key:
    """Return the four numbers and 1 of a release, the four numbers, 0 and the labels of a pre-release."""
    match = _VERSION.match(version)
    if match is None:
        raise invalid(version, "NuGet")
    *numbers, labels = match.groups("0")
    major, minor, patch, revision = map(int, numbers)
    if match[5] is None:
        return major, minor, patch, revision, 1
    return major, minor, patch, revision, 0, identifiers(labels.upper())


def is_prerelease(key: Key) -> bool:
    """Whether it has a pre-release label."""
    return not key[4]


def major_line(key: Key) -> Line:
    """Return the major number."""
    return (key[0],)
