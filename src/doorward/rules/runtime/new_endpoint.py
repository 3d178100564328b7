"""Endpoint that came with another version of a package

What it catches
---------------
A release that reaches an endpoint which the baseline does not know, while the baseline
was learned with other versions of the same package. It compares with what this project
learned by `guard --learn`, and rests where nothing was learned of the package.

Why it matters
--------------
A library that called nowhere and calls home after an upgrade is the plainest sign of a
backdoored release that there is. The upgrade and the connection explain each other.

What to do
----------
Stay on the version that the baseline knows. Compare the two releases with
`doorward diff`, and look for the host in what the new one contains.

False alarms
------------
A release that honestly talks to a new service: its notes say so. Packages are upgraded
every day and hardly ever begin to talk to a new host, so it is rarer than two in a
thousand upgrades; that is an argument, not a measurement.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.purl import parse_purl
from doorward.rules.registry._words import cut, span
from doorward.rules.runtime._words import connections, during, met, reached, where_to

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.CRITICAL,
    needs=("learned",),
    advice="stay on the version that the baseline knows, and compare the two releases.",
)

#: Endpoints of the baseline that are named.
_NAMED = 3
#: Endpoints that are shown, so that the baseline has room.
_SHOWN = 2


def check(activity: Activity) -> Iterator[Hit]:
    """Look for contacts of a version that the baseline does not know."""
    learned = known(activity.learned)
    if learned is None or not learned.upgraded:
        return
    found = [contact for contact in activity.contacts if contact.surprising and contact.connection.readable]
    if not found:
        return
    met_ = connections(found)
    version = cut(parse_purl(activity.purl).version, 40)
    versions = span(sorted({learned.low, learned.high}))
    usual = ", ".join(cut(item, 60) for item in learned.endpoints[:_NAMED]) or "no endpoint"
    yield Hit(
        f"The release {reached(met_)} {where_to(met_)} {during(found)}: new with {version}, not known of {versions}.",
        (*met(activity, met_[:_SHOWN]), Evidence("baseline", f"{versions} reached {usual}")),
    )
