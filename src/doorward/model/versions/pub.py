"""Pub and Julia: Semantic Versioning in which build metadata counts.

pub_semver and Julia's VersionNumber both place a build after the version without one, and compare builds as SemVer
compares pre-releases. Julia's binary packages count their rebuilds that way (1.2.3+4).
"""

from __future__ import annotations

import re

from doorward.model.versions._order import Key, Line, identifiers, invalid

ECOSYSTEMS = ("Pub", "Julia")

_VERSION = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+)(?:\.([0-9]+))?)?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?\Z"
)


def key(version: str) -> Key:
    """Return (major, minor, patch, release or not, pre-release identifiers, build identifiers)."""
    match = _VERSION.match(version)
    if match is None:
        raise invalid(version, "Pub")
    major, minor, patch, prerelease, build = match.groups()
    return (
        int(major),
        int(minor or 0),
        int(patch or 0),
        int(prerelease is None),
        () if prerelease is None else identifiers(prerelease),
        () if build is None else identifiers(build),
    )


def is_prerelease(key: Key) -> bool:
    """Whether it has a pre-release part."""
    return not key[3]


def major_line(key: Key) -> Line:
    """Return the major number."""
    return (key[0],)
