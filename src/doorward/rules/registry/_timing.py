"""What is odd about the moment of a release: long silence, many lines at once, versions out of order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from doorward.errors import InvalidVersion
from doorward.model.facts import Fact, Known, Missing
from doorward.model.release import PastRelease, ReleaseChange
from doorward.model.versions import compare
from doorward.records import dataclass
from doorward.rules.registry._compare import numbers
from doorward.rules.registry._habits import is_stable

#: Silence after which a package counts as dormant.
DORMANT = timedelta(days=365)
#: Lines (first two numbers) of one package that make a burst, the time in which they appear, and how old an earlier
#: burst must be to count as a habit: the waves of one attack are days apart.
BURST_LINES = 3
BURST = timedelta(hours=1)
OLD_HABIT = timedelta(days=30)
#: A number of a version that rises by this much, and by more than it ever did, has leapt.
LEAP = 10
#: Numbers from here on are dates or serials, which rise by any amount.
_SERIAL = 100_000


@dataclass(frozen=True, slots=True)
class Silence:
    """The time since the release before, of any line."""

    length: timedelta
    last: PastRelease


def silence(change: ReleaseChange) -> Fact[Silence | None]:
    """Return how long the package had been silent; None for a first release."""
    history, published = change.history, change.new.published
    if isinstance(history, Missing):
        return history
    if isinstance(published, Missing):
        return published
    if not history.value:
        return Known(None)
    dated = [(past.published, past) for past in history.value if past.published and past.published <= published.value]
    if not dated:
        return Missing("the index gives no times of earlier releases")
    when, last = max(dated, key=lambda pair: pair[0])
    return Known(Silence(published.value - when, last))


def lines_at_once(change: ReleaseChange) -> Fact[tuple[str, ...]]:
    """Return the versions of different lines that appeared within the hour, the new one included."""
    if isinstance(change.burst, Missing):
        return change.burst
    return Known(_one_per_line([change.new.version, *change.burst.value]))


def bursts_before(change: ReleaseChange) -> Fact[bool]:
    """Tell whether the package released several lines within an hour before, well before this release."""
    if isinstance(change.history, Missing):
        return change.history
    if isinstance(change.new.published, Missing):
        return change.new.published
    end = change.new.published.value - OLD_HABIT
    dated = sorted((past.published, past.version) for past in change.history.value if past.published)
    return Known(_had_burst([(when, version) for when, version in dated if when <= end]))


def _had_burst(dated: Sequence[tuple[datetime, str]]) -> bool:
    """Slide a window of :data:`BURST` over dated versions, oldest first."""
    start = 0
    for position, (when, _) in enumerate(dated):
        while when - dated[start][0] > BURST:
            start += 1
        window = dated[start : position + 1]
        if len(window) >= BURST_LINES and len(_one_per_line(version for _, version in window)) >= BURST_LINES:
            return True
    return False


def _one_per_line(versions: Iterable[str]) -> tuple[str, ...]:
    lines: dict[tuple[int, ...], str] = {}
    for version in versions:
        lines.setdefault(numbers(version)[:2], version)
    lines.pop((), None)
    return tuple(lines.values())


@dataclass(frozen=True, slots=True)
class Disorder:
    """A version that does not follow from those before: what it is beside, and how."""

    beside: PastRelease
    #: "below" a version that was there before, or "leap" from the highest one.
    how: str


def disorder(change: ReleaseChange) -> Fact[Disorder | None]:
    """Tell whether the new version is out of order in its own line, or far beyond the versions before it."""
    history, published = change.history, change.new.published
    if isinstance(history, Missing):
        return history
    if isinstance(published, Missing):
        return published
    line = [past for past in history.value if past.same_line and _counts(change, past, published.value)]
    above = _first(line, lambda past: _compare(change, past.version) > 0)
    if above:
        return Known(Disorder(above, "below"))
    below = [
        past
        for past in history.value
        if _counts(change, past, published.value) and numbers(past.version) and _compare(change, past.version) < 0
    ]
    below.sort(key=lambda past: numbers(past.version))
    if below and _leaps([numbers(past.version) for past in below], numbers(change.new.version)):
        return Known(Disorder(below[-1], "leap"))
    return Known(None)


def _counts(change: ReleaseChange, past: PastRelease, published: datetime) -> bool:
    before = past.published is not None and past.published < published
    return before and (is_stable(change, past.version) or not is_stable(change, change.new.version))


def _first(releases: Sequence[PastRelease], found: Callable[[PastRelease], bool]) -> PastRelease | None:
    return next((past for past in releases if found(past)), None)


def _compare(change: ReleaseChange, version: str) -> int:
    """Return the order of ``version`` and the new one; 0 where the ecosystem cannot read one of them."""
    try:
        return compare(change.new.purl.ecosystem, version, change.new.version)
    except InvalidVersion:
        return 0


def _leaps(before: Sequence[tuple[int, ...]], new: tuple[int, ...]) -> bool:
    """Whether the first number that differs rises further than ever before. ``before``: lowest version first."""
    if not new:
        return False
    place, rise = _rise(before[-1], new)
    usual = [_rise(one, other) for one, other in pairwise(before)]
    most = max((far for where, far in usual if where == place), default=0)
    return rise >= LEAP and rise > most and new[place] < _SERIAL


def _rise(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, int]:
    """Return where two versions first differ, and by how much."""
    differing = ((place, b - a) for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, (0, 0))
