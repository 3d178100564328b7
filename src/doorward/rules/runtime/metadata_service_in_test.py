"""Metadata service of the cloud, in a test or a run

What it catches
---------------
A connection to the address at which a cloud hands out the machine's credentials, during a
test or while anything else runs, where the policy does not declare it.

Why it matters
--------------
Libraries of a cloud ask there for credentials when they find none elsewhere, so in a test
it is not proof. For every other library it is theft in the making.

What to do
----------
Where the test should use the machine's role, declare the address under `test` in the
policy's `[guard]` table. Else give the tests credentials of their own, and look at who
asked.

False alarms
------------
SDKs of clouds that look for credentials by default, and libraries built on them: two in a
thousand test suites is not measured, but each is declared once, by one line of policy.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Family, Hit, Rule, Severity, Strength
from doorward.model.run import Phase
from doorward.rules.runtime._words import connections, during, met, reached, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    advice="look at who asked; declare the address where the test should use the machine's role.",
)

_PHASES = frozenset({Phase.TEST, Phase.RUN})


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
            f"{whose(activity)} {reached(met_)} the metadata service, which hands out credentials, {during(found)}.",
            met(activity, met_, "not declared in the policy"),
        )
