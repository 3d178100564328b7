"""Younger than the cooldown

What it catches
---------------
A release that was published more recently than the policy's cooldown (three days unless
`doorward.toml` says otherwise). It is context by itself. It becomes weak beside a
publication finding: where the release lost its provenance (signing/provenance-lost), or
another publisher than usual uploaded it (registry/publisher-changed).

Why it matters
--------------
Most backdoored releases are found and removed within hours or days; ua-parser-js and nx
lasted four to five hours. Whoever waits a few days meets few of them. And a release
whose publication already looks wrong is the last one that should be taken on its first
day.

What to do
----------
Wait. The finding ends by itself, and the sentence below it says when. If you need the
release now (a security fix, say), read its difference to the last one and allow this
one version in the policy.

False alarms
------------
Not measured, and every release is young once: it is context, unless a publication
finding stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.durations import duration
from doorward.model.facts import known, known_or
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.registry._habits import changed_publisher, lost_provenance
from doorward.rules.registry._words import moment

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.TIMING,
    strength=Strength.CONTEXT,
    severity=Severity.LOW,
    needs=("age",),
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Compare the release's age with the policy's cooldown."""
    age = known(change.age)
    if age >= change.cooldown:
        return
    doubtful = _publication_is_doubtful(change)
    yield Hit(
        "The release is younger than the cooldown, and its publication is unusual."
        if doubtful
        else "The release is younger than the cooldown.",
        (Evidence("age", duration(age), baseline=f"the cooldown is {duration(change.cooldown)}"),),
        strength=Strength.WEAK if doubtful else Strength.CONTEXT,
        advice=f"wait until {moment(known(change.new.published) + change.cooldown)}.",
    )


def _publication_is_doubtful(change: ReleaseChange) -> bool:
    """Tell whether a rule about the publication has a finding. Where that is not known, that rule says so itself."""
    loss = known_or(lost_provenance(change), None)
    return bool(loss and loss.same_line) or known_or(changed_publisher(change), None) is not None
