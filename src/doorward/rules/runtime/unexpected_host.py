"""Host that nobody expects

What it catches
---------------
A connection off this machine, during a test or while anything else runs, to a host that
neither the policy nor the command line nor the baseline names, and that is no index: by
code of a release, by the user's own, and by a program that nothing explains. While packages
are resolved it is weak, for package managers fetch from where they are told to; but strong
where other code than the manager's makes the connection.

Why it matters
--------------
A backdoor that waits until it is imported is awake in a test: that is the first time
that a library runs on your side, often with the secrets of a build server in reach.

What to do
----------
Find out why the library calls there. Where it should, declare the service: `test` or
`run` in the policy's `[guard]` table, or learn it into the baseline. Else stop using
this release.

False alarms
------------
Telemetry, update checks and tests against public services, until they are declared; each
is one line of policy, after which the rule rests. It spoke once in 1,400 tests of five
HTTP libraries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.activity import Activity, Contact
from doorward.model.findings import Family, Hit, Rule, Severity, Strength
from doorward.model.run import Phase
from doorward.rules.runtime._words import connections, during, met, reached, where_to, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    advice="find out why the library calls there; declare the host in the policy where it should.",
)

_PHASES = frozenset({Phase.RESOLVE, Phase.TEST, Phase.RUN})
_MANAGERS = frozenset({"pip", "uv", "poetry", "pdm", "hatch", "pipenv", "pipx", "npm", "pnpm", "yarn", "corepack"})
#: Packages that a manager brings for itself.
_PARTS = re.compile(r"/node_modules/(?:npm|pnpm|yarn|corepack)/")


def check(activity: Activity) -> Iterator[Hit]:
    """Look for contacts in the test and run phases that nobody expects."""
    found = [
        contact
        for contact in activity.contacts
        if contact.phase in _PHASES
        and contact.surprising
        and not contact.index
        and contact.connection.readable
        and not contact.connection.endpoint.is_metadata_service
    ]
    if not found:
        return
    met_ = connections(found)
    yield Hit(
        f"{whose(activity)} {reached(met_)} {where_to(met_)} {during(found)}.",
        met(activity, met_, "neither allowed, nor an index, nor in the baseline"),
        strength=Strength.WEAK if all(_is_a_managers(activity, contact) for contact in found) else Strength.STRONG,
    )


def _is_a_managers(activity: Activity, contact: Contact) -> bool:
    """Whether a package manager may be who resolves: by its name, or since nothing else is known of the process."""
    told = contact.connection.actor.attribution
    names = {told.package, *(item.partition(" ")[0] for item in told.chain)}
    own = bool(names & _MANAGERS) or _PARTS.search(told.where) is not None
    return contact.phase is Phase.RESOLVE and (own or not activity.by_library)
