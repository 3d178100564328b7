"""CRAN and Bioconductor: R's package versions, numbers between dots or hyphens (R's ``numeric_version``).

Numbers compare one by one and a shorter version comes first: 1.0 before 1.0.0.
"""

from __future__ import annotations

import re

from doorward.model.versions._order import Key, Line, invalid

ECOSYSTEMS = ("CRAN", "Bioconductor")

_VERSION = re.compile(r"[0-9]+(?:[.-][0-9]+)*\Z")


def key(version: str) -> Key:
    """Return the numbers."""
    if not _VERSION.match(version):
        raise invalid(version, "CRAN")
    return tuple(map(int, version.replace("-", ".").split(".")))


def is_prerelease(key: Key) -> bool:  # noqa: ARG001 - the order has none
    """Return False: R knows no pre-releases."""
    return False


def major_line(key: Key) -> Line:
    """Return the first number."""
    return key[:1]
