"""When to ask again: exponential back-off with full jitter, and what the server asks for."""

from __future__ import annotations

import random
from datetime import UTC, datetime

#: Seconds before the first new try, on average half of it; doubled for each further one, up to the bound.
FIRST = 0.5
LONGEST = 8.0
#: Longest wait that a server may ask for.
LONGEST_ASKED = 30.0

#: Seconds since 1970 have fewer digits than this.
_SANE_DIGITS = 12

_RANDOM = random.SystemRandom()


def pause_before(attempt: int) -> float:
    """Return seconds to wait before new try number ``attempt`` (1 is the first): uniform below a doubling bound.

    Full jitter spreads clients that failed together (M. Brooker, "Exponential Backoff And Jitter", 2015).
    """
    return _RANDOM.uniform(0.0, min(LONGEST, FIRST * 2 ** min(attempt - 1, 8)))


def limit_wait(remaining: str | None, reset: str | None, now: datetime) -> float | None:
    """Return the seconds until a limit that is used up begins anew, by what forges send as ``X-RateLimit-*``.

    ``reset`` is in seconds since 1970. None where the limit is not used up or the headers cannot be read.
    """
    text = (reset or "").strip()
    if (remaining or "").strip() != "0" or not (text.isascii() and text.isdigit() and len(text) < _SANE_DIGITS):
        return None
    return max(0.0, int(text) - now.timestamp())


def asked_wait(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for; None where it is missing or unreadable."""
    if value is None:
        return None
    text = value.strip()[:64]
    if text.isascii() and text.isdigit():
        return float(text)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to import, and seldom wanted

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
