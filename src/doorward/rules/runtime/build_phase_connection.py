"""Connection while a package is built or installed

What it catches
---------------
Code of a release that opens a connection, sends a datagram, or asks for the address of a
host off this machine while it is built or installed. Nothing is expected there: what a
build needs was resolved before. The question alone counts, for where a firewall answers
nothing it is all that is left of a call home.
It is weak for a package that is known to fetch its prebuilt binary from that very host.

Why it matters
--------------
Build scripts and install scripts run on every machine that installs, with the rights of
whoever installs. Calling home is how a backdoored release fetches its second stage and
sends away what it finds.

What to do
----------
Look at the named line. Where the download is honest, expect it: `build` or `install` in
the policy's `[guard]` table, or the baseline. Else do not install this release, and look
for what it left on the machines that did.

False alarms
------------
Packages that download a compiler, a browser or a prebuilt library: those that are known
are named as such and stay notes. Of 129 builds of well-known packages eight gave an alarm,
each a true call: downloads that the list of known ones did not cover by then, one with a
report of a fault sent besides (docs/accuracy.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity, Contact
from doorward.model.findings import Family, Hit, Rule, Severity, Strength
from doorward.model.run import Phase
from doorward.rules.runtime._downloads import known_download
from doorward.rules.runtime._words import asked, connections, during, met, reached, where_to, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    advice="read the named line; do not install the release until it is explained.",
)

_PHASES = frozenset({Phase.BUILD, Phase.INSTALL})


def check(activity: Activity) -> Iterator[Hit]:
    """Look for contacts in the build and install phases; known downloads are told apart."""
    found = [
        contact
        for contact in (*activity.contacts, *asked(activity))
        if contact.phase in _PHASES and contact.surprising and not contact.index and _has_no_rule_of_its_own(contact)
    ]
    fetched = [contact for contact in found if known_download(contact)]
    others = [contact for contact in found if contact not in fetched]
    if others:
        yield _hit(activity, others)
    if fetched:
        what = known_download(fetched[0])
        yield Hit(
            f"The release fetched {what} {during(fetched)}, as it is known to.",
            met(activity, connections(fetched), "a known download"),
            strength=Strength.WEAK,
            advice="expect it in the policy, with its host, or use a source that the lock pins.",
        )


def _has_no_rule_of_its_own(contact: Contact) -> bool:
    """Whether no rule of its own speaks of the destination."""
    return contact.connection.readable and not contact.connection.endpoint.is_metadata_service


def _hit(activity: Activity, found: list[Contact]) -> Hit:
    met_ = connections(found)
    message = f"{whose(activity)} {reached(met_)} {where_to(met_)} {during(found)}."
    return Hit(message, met(activity, met_, "builds and installations reach nothing"))
