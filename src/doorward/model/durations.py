"""Lengths of time as a person would say them."""

from __future__ import annotations

from datetime import timedelta

_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))


def duration(time: timedelta) -> str:
    """Return a length of time in the unit that a person would choose: "40 minutes", "36 hours", "9 days"."""
    seconds = max(int(time.total_seconds()), 0)
    for scale, unit in _UNITS:
        if seconds >= 2 * scale:
            return f"{seconds // scale} {unit}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
