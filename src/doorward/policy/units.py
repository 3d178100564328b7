"""Durations and sizes as people write them: always with their unit."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(r"(\d{1,6})\s*(m|h|d|w)\Z")
_SIZE = re.compile(r"(\d{1,9})\s*(B|kB|MB|GB|KiB|MiB|GiB)\Z")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


def duration(text: str) -> timedelta:
    """Parse "90m", "72h", "3d", "2w"; raise ValueError with the accepted forms."""
    match = _DURATION.match(text.strip())
    if not match:
        raise ValueError(f'{text!r} is not a duration: write a number and its unit, such as "72h", "3d" or "2w"')
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def size(text: str) -> int:
    """Parse "500MB", "64MiB" to bytes; raise ValueError with the accepted forms."""
    match = _SIZE.match(text.strip())
    if not match:
        raise ValueError(f'{text!r} is not a size: write a number and its unit, such as "500MB" or "64MiB"')
    return int(match[1]) * _UNITS[match[2]]
