"""Semantic Versioning 2.0.0, rule 11: build metadata has no place in the order.

Advisories and tags write ``v1.2`` for ``1.2.0``: a leading ``v`` and missing minor and patch numbers are read, other
departures from the grammar are not.
"""

from __future__ import annotations

import re

from doorward.model.purl import OSV_ECOSYSTEM
from doorward.model.versions._order import Key, Line, identifiers, invalid

ECOSYSTEMS = (OSV_ECOSYSTEM["cargo"], "Hex", "SwiftURL", "GitHub Actions", "Bitnami", "bitnami", "VSCode", "Kubernetes")

_NUMBER = r"(0|[1-9][0-9]*)"
_VERSION = re.compile(
    rf"v?{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER})?)?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z"
)
_LEADING_ZERO = re.compile(r"(?:\A|\.)0[0-9]+(?:\.|\Z)")


def key(version: str) -> Key:
    """Return (major, minor, patch, 1) of a release, (major, minor, patch, 0, identifiers) of a pre-release."""
    match = _VERSION.match(version)
    if match is None:
        raise invalid(version, "Semantic Versioning")
    major, minor, patch, prerelease = match.groups("")
    if not prerelease:
        return int(major), int(minor or 0), int(patch or 0), 1
    if _LEADING_ZERO.search(prerelease):
        raise invalid(version, "Semantic Versioning")
    return int(major), int(minor or 0), int(patch or 0), 0, identifiers(prerelease)


def is_prerelease(key: Key) -> bool:
    """Whether it has a pre-release part."""
    return not key[3]


def major_line(key: Key) -> Line:
    """Return the major number."""
    return (key[0],)
