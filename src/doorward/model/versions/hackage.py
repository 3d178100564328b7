"""Hackage and GHC: numbers between dots (Haskell's Package Versioning Policy, Data.Version).

Numbers compare one by one and a shorter version comes first: 1.0 before 1.0.0.
"""

from __future__ import annotations

import re

from doorward.model.versions._order import Key, Line, invalid

ECOSYSTEMS = ("Hackage", "GHC")

_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*\Z")


def key(version: str) -> Key:
    """Return the numbers."""
    if not _VERSION.match(version):
        raise invalid(version, "Hackage")
    return tuple(map(int, version.split(".")))


def is_prerelease(key: Key) -> bool:  # noqa: ARG001 - the order has none
    """Return False: the policy knows no pre-releases."""
    return False


def major_line(key: Key) -> Line:
    """Return the first number: releases that share it may still break each other, as the policy counts two."""
    return key[:1]
