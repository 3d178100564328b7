"""How the registry rules write sizes, times, counts and lists of versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from doorward.model.findings import Evidence
from doorward.model.sizes import size, unit

#: Evidence lines of one kind in a finding; what is beyond is counted.
SHOWN = 5


def size_range(counts: Sequence[int]) -> str:
    """Return the range of some numbers of bytes: ``205-231 kB``."""
    low, high = size(min(counts)), size(max(counts))
    if low == high:
        return low
    if unit(min(counts)) == unit(max(counts)):
        return f"{low.partition(' ')[0]}-{high}"
    return f"{low} to {high}"


def span(versions: Sequence[str]) -> str:
    """Return a run of versions, oldest first: ``4.0.0 ... 4.1.0``."""
    if len(versions) > 2:  # noqa: PLR2004 - two are written out
        return f"{versions[0]} ... {versions[-1]}"
    return ", ".join(versions)


def moment(when: datetime) -> str:
    """Return a moment to the minute, with its time zone."""
    return f"{when:%Y-%m-%d %H:%M} {when.tzname() or ''}".rstrip()


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 release``, ``12 releases``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(words: Iterable[str]) -> str:
    """Return words as a list in a sentence, sorted: ``decode-exec and network``."""
    *first, last = sorted(set(words)) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def cut(text: str, most: int = 120) -> str:
    """Return the first characters of a text, on one line."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else line[: most - 3] + "..."


def shown(evidence: Sequence[Evidence], noun: str) -> tuple[Evidence, ...]:
    """Return at most :data:`SHOWN` lines of evidence, and a line that counts the rest."""
    rest = len(evidence) - SHOWN
    if rest <= 0:
        return tuple(evidence)
    return (*evidence[:SHOWN], Evidence("and", f"{count(rest, noun)} more"))
