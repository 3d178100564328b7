"""Debian and Ubuntu: epoch, upstream version and revision (Debian Policy 5.6.12, deb-version(7)).

Both parts are text and digits in turn. Text compares by character, letters before the others, a tilde before
everything, the end included; digits compare by value.
"""

from __future__ import annotations

import re
from functools import lru_cache

from doorward.model.versions._order import Key, Line, invalid

ECOSYSTEMS = ("Debian", "Ubuntu")

_UPSTREAM = re.compile(r"[0-9][0-9A-Za-z.+:~-]*\Z")
_REVISION = re.compile(r"[0-9A-Za-z.+~]+\Z")
_RUN = re.compile(r"[0-9]+|[^0-9]+")
#: What a character weighs: the tilde less than the end (0), letters their code, others more than any letter.
_TILDE = -1
_NOT_A_LETTER = 256


def key(version: str) -> Key:
    """Return (epoch, upstream, revision), the two as :func:`collation`; no revision equals revision 0."""
    epoch, colon, text = version.partition(":")
    if not colon:
        epoch, text = "0", version
    upstream, hyphen, revision = text.rpartition("-")
    if not hyphen:
        upstream, revision = text, "0"
    if not (epoch.isdecimal() and _UPSTREAM.match(upstream) and _REVISION.match(revision)):
        raise invalid(version, "Debian")
    return int(epoch), collation(upstream), collation(revision)


def is_prerelease(key: Key) -> bool:
    """Whether a tilde in the upstream version puts it before the release that it leads to."""
    return _TILDE in key[1]


def major_line(key: Key) -> Line:
    """Return epoch and first number."""
    return key[0], key[1][1]


def collation(text: str) -> tuple[int, ...]:
    """Return weights that compare as dpkg compares: text closed by 0, then a number, and so on; 0 at the end."""
    weights = [0] if text[:1].isdecimal() else []
    for run in _RUN.findall(text):
        if run.isdecimal():
            weights.append(int(run))
        else:
            weights += _weights(run)
    if not text[-1:].isdecimal():
        weights.append(0)
    return (*weights, 0)


@lru_cache(maxsize=1 << 12)
def _weights(run: str) -> tuple[int, ...]:
    """Return the weights of a run of text, closed by 0."""
    return (*map(_weight, run), 0)


def _weight(character: str) -> int:
    if character == "~":
        return _TILDE
    return ord(character) if character.isalpha() else ord(character) + _NOT_A_LETTER
