"""An address that a campaign shares with others

What it catches
---------------
A bare internet address, a service on which anybody can put anything (a paste site, a
tunnel, a chat's interface), or an address that a report in prose names, in the bytes of
this release.

Why it matters
--------------
Campaigns report to such places because they cannot be blocked. Together with another
finding it is the thread that ties a release to a campaign.

What to do
----------
Find the line that names the address. A package that has no business with it should not
name it.

False alarms
------------
Frequent: addresses change hands within weeks, and whole companies stand behind one of
them; clients of a chat name its interface for a living. That is why it is weak.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.hosting import is_of_many
from doorward.model.intelligence import HOSTS, IndicatorMatch, Role
from doorward.model.release import ReleaseChange
from doorward.rules.intelligence._words import gaps, indicators

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.INTELLIGENCE,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("intelligence", "new.contents"),
    advice="find the line that names the address, and read what it does with it.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of addresses that more than the campaign uses."""
    intelligence = known(change.intelligence)
    found = [match for match in intelligence.indicators if match.met == "endpoint" and _is_shared(match)]
    if found:
        yield Hit("The release names an address that a known campaign used.", indicators(found, intelligence.bundle))
    else:
        yield from gaps(intelligence, HOSTS)


def _is_shared(match: IndicatorMatch) -> bool:
    indicator = match.indicator
    return indicator.role is Role.REPORT or is_of_many(indicator.kind, indicator.value)
