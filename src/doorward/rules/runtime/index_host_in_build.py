"""Library that contacts a package index by itself

What it catches
---------------
Code of a release that connects to a configured package index, or to a host that the lock
files name, while it is built, installed or tested. Package managers do that while they
resolve; a library has little reason to.

Why it matters
--------------
An index takes uploads as well. Self-spreading packages publish to the very index that
they came from, with the token that they find, and such a connection looks innocent in
every log.

What to do
----------
Look at what the library wants there. Declare the index in that phase where it is honest,
and give the environment no token that can publish.

False alarms
------------
Build helpers that look for the newest version of a tool, and tests of package managers.
It is weak, and only a note without a second witness.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Family, Hit, Rule, Severity, Strength
from doorward.model.run import Phase
from doorward.rules.runtime._words import connections, during, met, reached, where_to

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    advice="look at what the library wants from the index.",
)

_PHASES = frozenset({Phase.BUILD, Phase.INSTALL, Phase.TEST})


def check(activity: Activity) -> Iterator[Hit]:
    """Look for contacts with an index outside of resolving."""
    found = [
        contact
        for contact in activity.contacts
        if contact.phase in _PHASES and contact.index and contact.surprising and activity.by_library
    ]
    if found:
        met_ = connections(found)
        yield Hit(
            f"Code of the release {reached(met_)} the index {where_to(met_)} {during(found)}.",
            met(activity, met_, "package managers do, while they resolve"),
        )
