"""A release that an analyst suspects

What it catches
---------------
A release whose name and version are in a record of a feed that calls it highly
suspicious, or a tool that mostly serves those who do harm, without calling it malicious.

Why it matters
--------------
What is hidden well is called suspicious before it is called malicious. A dependency that
an analyst could not read is none that you want to run.

What to do
----------
Do without it until the record says more. If you know what it is and need it, allow the
finding with a reason.

False alarms
------------
The feed names its suspicions as such, and its tools are used by people who test their own
defences. Not measured: such packages are not what an ordinary project depends on,
which is why it stays strong.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.advisories import Kind
from doorward.model.facts import known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.intelligence._words import advisories, distinct, gaps

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.INTELLIGENCE,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("intelligence",),
    advice="do without it until the record says more.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of the suspicions that name this version."""
    intelligence = known(change.intelligence)
    found = distinct(intelligence.of(Kind.SUSPECTED))
    if found:
        yield Hit("An analyst suspects this release.", advisories(found, intelligence.bundle))
    else:
        yield from gaps(intelligence, Kind.SUSPECTED.value)
