"""A feed is too old to rely on

What it catches
---------------
The feed that answers most about this package's ecosystem was imported (or says that it was
made) longer ago than the policy allows. The rules that rest on it become gaps.

Why it matters
--------------
Malicious releases are found within hours and removed within days. An index of last month
knows nothing of this week, and what it once called malicious may have been withdrawn.

What to do
----------
Run `doorward intel update`, or import a newer copy of the feed. Where the network is
closed, carry the copy in; where the feed's rhythm is slower, raise the policy's age.

False alarms
------------
None: age is a fact. Lists of one incident are never renewed, and are not what is measured
where a feed brings more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from doorward.model.durations import duration
from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.intelligence import FeedState
from doorward.model.release import ReleaseChange
from doorward.rules.registry._words import SHOWN, cut

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.GUIDANCE,
    strength=Strength.CONTEXT,
    severity=Severity.MEDIUM,
    needs=("intelligence",),
    advice="run 'doorward intel update', or import a newer copy of the feed.",
)


def check(change: ReleaseChange) -> Iterator[Hit]:
    """Tell of the feeds that are too old."""
    stale = known(change.intelligence).stale
    if stale:
        lines = tuple(_line(feed, age) for feed, age in stale[:SHOWN])
        yield Hit("What is known of this release rests on a feed that is too old.", lines)


def _line(feed: FeedState, age: timedelta) -> Evidence:
    told = f"{cut(feed.name, 80)}, {duration(age)} old"
    return Evidence("feed", told, baseline=f"{feed.records + feed.indicators:,} records")
