"""opam: Debian's comparison over the whole version, without epoch and revision (opam manual, "Version ordering")."""

from __future__ import annotations

import re

from doorward.model.versions._order import Key, Line, invalid
from doorward.model.versions.debian import collation

ECOSYSTEMS = ("opam",)

_VERSION = re.compile(r"[0-9A-Za-z_+.~-]+\Z")
_FIRST_NUMBER = re.compile(r"[0-9]+")


def key(version: str) -> Key:
    """Return the weights of the whole version and its first number, 0 where it has none."""
    if not _VERSION.match(version):
        raise invalid(version, "opam")
    first = _FIRST_NUMBER.search(version)
    return collation(version), int(first[0]) if first else 0


def is_prerelease(key: Key) -> bool:
    """Whether it has a tilde."""
    return any(weight < 0 for weight in key[0])


def major_line(key: Key) -> Line:
    """Return the first number."""
    return (key[1],)
