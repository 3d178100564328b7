"""Socket that listens for the whole network

What it catches
---------------
A socket that was bound to an address other than loopback, and that listens. A socket on
127.0.0.1 or ::1 is what tests and libraries open all day, and rests.

Why it matters
--------------
A listener that others can reach is a way in, and a build or a test needs none.

What to do
----------
Bind the server of a test to 127.0.0.1. Where a library opened it by itself, find out who
is meant to connect.

False alarms
------------
Test servers that bind to every address out of habit. It is weak, and only a note without
a second witness.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.run import Endpoint, Listener
from doorward.rules.runtime._words import by, place, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    advice="bind to 127.0.0.1, or find out who is meant to connect.",
)

_SHOWN = 4


def check(activity: Activity) -> Iterator[Hit]:
    """Look for listeners that others can reach."""
    found = [event for event in activity.listeners if _is_open(event.endpoint)]
    if found:
        yield Hit(
            f"{whose(activity)} listens on {found[0].endpoint}, where other machines can connect.",
            (*(_evidence(activity, event) for event in found[:_SHOWN]), *by(found[0].actor)),
        )


def _is_open(endpoint: Endpoint) -> bool:
    """Whether others can reach it. To bind to the unspecified address means every address of the machine."""
    return endpoint.is_ip and not ipaddress.ip_address(endpoint.address.partition("%")[0]).is_loopback


def _evidence(activity: Activity, event: Listener) -> Evidence:
    return Evidence("listens", f"{event.endpoint}, {event.actor.phase.value}", place(activity, event.actor), "loopback")
