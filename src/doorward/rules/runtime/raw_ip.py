"""Address that no look-up of a name led to

What it catches
---------------
A connection to an address off this machine that no DNS answer of this run, and no line of
the hosts file, gave a name to. A UDP socket that is only connected sends nothing by that,
and is weak: programs do it to learn their own address.

Why it matters
--------------
Honest services have names, for addresses change. An address in the code avoids every log
and every block list of names, and is the mark of a hurried second stage.

What to do
----------
Look for the address in the release's files. Where the service really has no name, write
the address into the policy or the baseline.

False alarms
------------
Services inside a network that are configured by address, which are declared once. Name
look-ups that do not go through DNS (a resolver of the program's own) leave the address
without a name. Not measured; where look-ups cannot be seen it gives no answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity, Contact
from doorward.model.findings import Family, Hit, Rule, Severity, Strength
from doorward.rules.runtime._words import connections, during, met, reached, where_to, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("names",),
    advice="look for the address in the release's files, and find out whose it is.",
)


def check(activity: Activity) -> Iterator[Hit]:
    """Look for addresses without a name."""
    found = [
        contact
        for contact in activity.contacts
        if contact.surprising
        and contact.connection.endpoint.is_ip
        and not contact.connection.host
        and not (contact.index or contact.proxy)
        and not contact.connection.endpoint.is_metadata_service
    ]
    if not found:
        return
    met_ = connections(found)
    yield Hit(
        f"{whose(activity)} {reached(met_)} {where_to(met_)} by its bare address {during(found)}.",
        met(activity, met_, "no name led to it"),
        strength=Strength.STRONG if any(map(_sends, found)) else Strength.WEAK,
    )


def _sends(contact: Contact) -> bool:
    """Whether the call itself makes packets leave."""
    return not (contact.connection.endpoint.protocol == "udp" and contact.connection.call == "connect")
