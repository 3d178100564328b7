"""Endpoint of a live campaign

What it catches
---------------
A connection to a host or an address that an imported feed of threat intelligence ties to
malware, and that the feed has not taken back. It compares names as the run looked them up
and addresses as they were called.

Why it matters
--------------
What a release says in its code can be hidden; where it connects cannot. The same address
in a feed is a second witness, independent of what the release did.

What to do
----------
Treat the machine as compromised: isolate it, look for what was left behind, and rotate
every secret that the command could read. Read the feed's record first.

False alarms
------------
Shared hosting and addresses that changed hands. Feeds that are old, and indicators of
little confidence, are what the feed's own record tells. Not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.intelligence import IndicatorMatch
from doorward.rules.registry._words import count, cut
from doorward.rules.runtime._words import by

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.INTELLIGENCE,
    strength=Strength.STRONG,
    severity=Severity.CRITICAL,
    needs=("indicators",),
    advice="isolate the machine, look for what was left behind, and rotate the secrets in its reach.",
)

#: Matches that are shown.
_SHOWN = 3


def check(activity: Activity) -> Iterator[Hit]:
    """Tell of the indicators that were met."""
    found = [match for match in known(activity.indicators) if not match.indicator.retracted]
    if not found:
        return
    first = found[0].indicator.value
    rest = f" and {count(len(found) - 1, 'more indicator')}" if len(found) > 1 else ""
    yield Hit(
        f"The command reached {cut(first, 80)}{rest}, which threat intelligence ties to malware.",
        (*(_evidence(match) for match in found[:_SHOWN]), *_who(activity, found[0])),
    )


def _evidence(match: IndicatorMatch) -> Evidence:
    indicator, source = match.indicator, match.provenance
    told = f"{cut(source.feed, 40)} {cut(source.record, 40)}".strip()
    note = f", {cut(indicator.note, 60)}" if indicator.note else ""
    return Evidence("indicator", f"{cut(indicator.value, 80)}, met as {cut(match.where, 80)}", baseline=f"{told}{note}")


def _who(activity: Activity, match: IndicatorMatch) -> tuple[Evidence, ...]:
    """Say who reached it."""
    for contact in activity.contacts:
        if match.where in {contact.connection.host, contact.connection.endpoint.address}:
            return by(contact.connection.actor)
    return ()
