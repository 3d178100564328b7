"""Spam, or somebody's test of your defences

What it catches
---------------
A release whose name and version are in a record of a feed that calls it spam, or the
package of somebody who tests defences (a claim on a name of somebody else's, with a
harmless message home).

Why it matters
--------------
It does no harm yet, but nobody depends on it on purpose: it came by a wrong name, or by a
name that is only yours inside your own network.

What to do
----------
Find out why it is among your dependencies. A private name that the public registry answers
too is the way in for the next one: reserve the name, or bind it to your own index.

False alarms
------------
Research packages with an honest purpose are among them. It is weak, and says nothing about
harm.
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
    strength=Strength.WEAK,
    severity=Severity.LOW,
    needs=("intelligence",),
    advice="find out why it is among your dependencies.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of the records that name this version as nobody's dependency."""
    intelligence = known(change.intelligence)
    found = distinct(intelligence.of(Kind.UNWANTED))
    if found:
        yield Hit("The release is listed as spam or as a test.", advisories(found, intelligence.bundle))
    else:
        yield from gaps(intelligence, Kind.UNWANTED.value)
