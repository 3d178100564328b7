"""Published by somebody else than usual

What it catches
---------------
The last five or more releases of this major line came from one publisher, and this one
came from an account that published none of the last twenty; or they all came from a
workflow, and this one was uploaded by a person or with a plain token. A workflow file
that was renamed within the same repository is the same publisher.

Why it matters
--------------
A stolen token, a recovered account behind an expired mail domain and a too friendly new
maintainer all look like this in the registry: event-stream changed hands before
flatmap-stream came. A hand-made upload beside an established workflow means that
somebody went around the place where the project's checks run.

What to do
----------
Find out whether the project announced a new maintainer or a new way of publishing. If
it did, allow this version in the policy: from the fifth release on the new publisher is
the habit. If it did not, wait, and ask the project.

False alarms
------------
Not measured. Honest hand-overs and moves between workflows happen, so this is weak. It
shares its family with signing/provenance-lost, since a project that moves its
publishing loses both at once: the two are one witness.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.registry import Identity
from doorward.model.release import ReleaseChange
from doorward.rules.registry._habits import changed_publisher
from doorward.rules.registry._words import count, span

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.PUBLICATION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("new.publisher", "history"),
    advice="find out whether the project announced a new publisher before you take this release.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Compare the publisher with those of the last releases of the line."""
    handover = known(changed_publisher(change))
    if handover:
        versions = [past.version for past in reversed(handover.habit)]
        usual = f"{_named(handover.before)} published the last {count(len(versions), 'release')} of this line"
        yield Hit(
            "The release was published by somebody else than the releases before it.",
            (Evidence("publisher", _named(handover.now), baseline=f"{usual}, {span(versions)}"),),
        )


def _named(identity: Identity) -> str:
    return f"{identity.kind} {identity.name}"
