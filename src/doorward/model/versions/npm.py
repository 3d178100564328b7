"""npm: Semantic Versioning as node-semver reads it.

Old registry entries are spelled loosely (``=v1.2.3``, ``1.2.3beta``, ``1.2.3-01``); npm still orders them, and so does
this module.
"""

from __future__ import annotations

import re

from doorward.model.versions._npm_ranges import in_range
from doorward.model.versions._order import Key, identifiers, invalid
from doorward.model.versions.semver import is_prerelease, major_line

__all__ = ["ECOSYSTEMS", "is_prerelease", "key", "major_line", "satisfies"]

ECOSYSTEMS = ("npm",)

_IDENTIFIERS = r"[0-9A-Za-z-]*(?:\.[0-9A-Za-z-]+)*"
_LOOSE = re.compile(
    r"[v=]*([0-9]+)(?:\.([0-9]+)(?:\.([0-9]+))?)?"
    rf"(?:-([0-9A-Za-z-]{_IDENTIFIERS})|([A-Za-z]{_IDENTIFIERS}))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z"
)


def key(version: str) -> Key:
    """Return the key of Semantic Versioning."""
    match = _LOOSE.match(version)
    if match is None:
        raise invalid(version, "npm")
    major, minor, patch, prerelease, attached = match.groups("")
    numbers = int(major), int(minor or 0), int(patch or 0)
    if prerelease or attached:
        return *numbers, 0, identifiers(prerelease or attached)
    return *numbers, 1


def satisfies(version: str, specifier: str) -> bool:
    """Whether a version is in a range, pre-releases by npm's rule."""
    return in_range(key(version), specifier)
