"""Metadata service of the cloud, before any test

What it catches
---------------
A connection to the address at which a cloud hands the machine's own credentials to
whoever asks (169.254.169.254, fd00:ec2::254, 168.63.129.16), while packages are resolved,
built or installed.

Why it matters
--------------
Nothing that installs a package needs the machine's credentials. Asking for them is the
first thing that code does which has come to steal, and one request is enough.

What to do
----------
Take the machine's role away or rotate its credentials now, then find out what was done
with them. Do not install the release anywhere else.

False alarms
------------
Helpers that log in to a cloud's own package index ask it while packages are resolved:
name the address under `resolve` in the policy's `[guard]` table, and only there.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Family, Hit, Rule, Severity, Strength
from doorward.model.run import Phase
from doorward.rules.runtime._words import connections, during, met, reached

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.CONCLUSIVE,
    severity=Severity.CRITICAL,
    advice="rotate the machine's credentials now, and find out what was done with them.",
)

_PHASES = frozenset({Phase.RESOLVE, Phase.BUILD, Phase.INSTALL})


def check(activity: Activity) -> Iterator[Hit]:
    """Look for the addresses of metadata services."""
    found = [
        contact
        for contact in activity.contacts
        if contact.phase in _PHASES and contact.connection.endpoint.is_metadata_service and not contact.expected
    ]
    if found:
        met_ = connections(found)
        yield Hit(
            f"The command {reached(met_)} the metadata service, which hands out credentials, {during(found)}.",
            met(activity, met_, "no installation asks for the machine's credentials"),
        )
