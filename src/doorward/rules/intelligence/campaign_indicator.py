"""An address of a known campaign in the code

What it catches
---------------
A URL, or a domain of its own, that a live indicator ties to a campaign, in the bytes of
this release. Domains below a named one count too; services on which anybody can put
anything, and bare internet addresses, are judged by a rule of their own.

Why it matters
--------------
Code changes with every release of the malware, the place to which it reports changes
less: registering domains costs money and leaves traces. Feeds name them within hours.

What to do
----------
Do not install it. Find the line that names the address, and read what it does with it.
Machines that ran it: isolate them, and look for connections to that address in your logs.

False alarms
------------
A package that fights the campaign names the same addresses: lists of bad domains, rules
of scanners and their tests. Such lists name many, so that the evidence counts them.
Not measured: a domain that was registered for a campaign has no other business in a package.
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
    strength=Strength.STRONG,
    severity=Severity.CRITICAL,
    needs=("intelligence", "new.contents"),
    advice="do not install it, find the line that names the address, and read what it does with it.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of the campaign's own addresses in the code."""
    intelligence = known(change.intelligence)
    found = [match for match in intelligence.indicators if match.met == "endpoint" and is_of_its_own(match)]
    if found:
        yield Hit("The release names an address of a known campaign.", indicators(found, intelligence.bundle))
    else:
        yield from gaps(intelligence, HOSTS)


def is_of_its_own(match: IndicatorMatch) -> bool:
    """Whether an address belongs to the campaign alone, as far as its form tells."""
    indicator = match.indicator
    told = indicator.role is not Role.REPORT and indicator.kind in {"url", "domain"}
    return told and not is_of_many(indicator.kind, indicator.value)
