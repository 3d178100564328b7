"""The distributions that package with RPM: epoch, version and release, compared as rpmvercmp does (rpm-version(7)).

Both parts are runs of digits and of letters; separators only separate. A run of digits is newer than one of letters, a
tilde comes before everything, the end included, and a caret after the end and before all else.
"""

from __future__ import annotations

import re

from doorward.model.versions._order import Key, Line, invalid

ECOSYSTEMS = (
    "Red Hat",
    "AlmaLinux",
    "Azure Linux",
    "Mageia",
    "openEuler",
    "openSUSE",
    "Photon OS",
    "Rocky Linux",
    "rpm",
    "SUSE",
)

#: Some feeds leave colons and more in a version; what no feed writes is no version.
_VERSION = re.compile(r"[0-9A-Za-z._+~^%:][0-9A-Za-z._+~^%:-]*\Z")
_RUN = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_TILDE, _END, _CARET, _LETTERS, _DIGITS = range(5)
_MARKS: dict[str, tuple[int | str, ...]] = {"~": (_TILDE,), "^": (_CARET,)}


def key(version: str) -> Key:
    """Return (epoch, version, release): no epoch is epoch 0, no release comes before any."""
    epoch, colon, text = version.partition(":")
    if not colon or not epoch.isdecimal():
        epoch, text = "0", version
    if not _VERSION.match(text):
        raise invalid(version, "RPM")
    number, hyphen, release = text.rpartition("-")
    return (int(epoch), _runs(number), _runs(release)) if hyphen else (int(epoch), _runs(text), ())


def is_prerelease(key: Key) -> bool:
    """Whether a tilde in the version puts it before the release that it leads to."""
    return (_TILDE,) in key[1]


def major_line(key: Key) -> Line:
    """Return the epoch and the first run of the version."""
    rank, *value = key[1][0]
    return key[0], value[0] if rank >= _LETTERS else 0


def _runs(text: str) -> tuple[tuple[int | str, ...], ...]:
    places = [
        (_DIGITS, int(run)) if run.isdecimal() else _MARKS.get(run) or (_LETTERS, run) for run in _RUN.findall(text)
    ]
    return (*places, (_END,))
