"""Very large and suddenly published

What it catches
---------------
A release that grew more than eight robust deviations above the package's habit (see
registry/size-jump) *and* came at an odd moment: after more than a year of silence, in a
burst of several release lines within an hour, or with a version out of order.

Why it matters
--------------
This is the technique's own wording: a sudden publication with an increase in size. Each
half is common and harmless. Together they are what a hijacked account looks like that
wakes a package and ships a bundled payload into it.

What to do
----------
Compare the two releases (`doorward diff OLD NEW`) and account for the growth file by
file before you take the upgrade. If the maintainers announced the release somewhere
that the registry account does not control, that is a good sign.

False alarms
------------
The rule as a whole is not measured. Growth above eight deviations alone is 4.0 in 1,000
consecutive releases, and a year of silence 53 in 1,000 (overstated), a version out of
order 4.8 in 1,000. A package that comes back to life with a rewrite matches honestly,
so this is weak.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.durations import duration
from doorward.model.facts import Fact, Known, Missing, known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.registry._growth import size_evidence
from doorward.rules.registry._timing import BURST_LINES, DORMANT, disorder, lines_at_once, silence

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.SIZE,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("size",),
    advice="account for the growth file by file before you take this release.",
)

#: Robust deviations above the habit.
VERY_LARGE = 8.0


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Look for an odd moment, but only where the size is extreme."""
    step = known(change.size)
    if step is None or step.z is None or step.z <= VERY_LARGE:
        return
    moments = _moments(change)
    odd = [moment.value for moment in moments if isinstance(moment, Known) and moment.value]
    if odd:
        grown, when = size_evidence(step), ", ".join(one.value for one in odd)
        message = f"The release is suddenly very large, {grown.value.partition(' (')[0]}, at an unusual moment: {when}."
        yield Hit(message, (grown, *odd))
        return
    yield from (Gap(moment.reason) for moment in moments if isinstance(moment, Missing))


def _moments(change: ReleaseChange) -> list[Fact[Evidence | None]]:
    """Return each oddity of the moment as a line of evidence, None where that one is not odd."""
    return [_silence(change), _burst(change), _disorder(change)]


def _silence(change: ReleaseChange) -> Fact[Evidence | None]:
    found = silence(change)
    if isinstance(found, Missing):
        return found
    if not found.value or found.value.length <= DORMANT:
        return Known(None)
    return Known(Evidence("silence", f"{duration(found.value.length)} since {found.value.last.version}"))


def _burst(change: ReleaseChange) -> Fact[Evidence | None]:
    found = lines_at_once(change)
    if isinstance(found, Missing):
        return found
    burst = len(found.value) >= BURST_LINES
    return Known(Evidence("burst", f"{', '.join(found.value)} within an hour") if burst else None)


def _disorder(change: ReleaseChange) -> Fact[Evidence | None]:
    found = disorder(change)
    if isinstance(found, Missing):
        return found
    odd = found.value
    return Known(Evidence("order", f"{change.new.version} after {odd.beside.version}") if odd else None)
