"""A newcomer releases, or touches what guards a release

What it catches
---------------
A person who has been committing here for less than a year, and was not there in the
first year of the project, makes a release tag, or changes the security policy, the
fuzzing set-up, sandbox checks or release scripts. A project needs three earlier tags
before a tagger counts as new.

Why it matters
--------------
The xz attacker became the one who releases, had the fuzzing project's contact changed
to himself, asked it to switch off what would have found him, and edited the security
policy: all within a year or so of his first commit.

What to do
----------
Read the change, and ask on a channel outside the repository who gave the person this
role.

False alarms
------------
Not measured. Active projects gain maintainers within a year, and newcomers do tidy
scripts. What a path guards is told by its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import Missing
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import DAY, Commit, Contribution, Tag, day
from doorward.model.paths import GUARD
from doorward.rules.repository._words import made, paths, tenure, who

RULE = Rule(
    subject=Contribution,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    advice="read the change, and ask who gave the person this role.",
    same_cause=("registry/new-dependency",),
)

#: Tenure below which a person is new.
_TENURE = 365 * DAY
#: Earlier tags that make a project one with releases.
_TAGS = 3


def check(subject: Contribution) -> Iterator[Hit | Gap]:
    """Look at who tags, and at who changes what guards a release."""
    if isinstance(subject, Tag):
        if subject.release and subject.earlier >= _TAGS and subject.tagger and subject.tagger.newer_than(_TENURE):
            yield Hit(
                "A release tag was made by someone who is new here.",
                (Evidence("tagger", who(subject.tagger), baseline=f"{day(subject.time)}, {tenure(subject.tagger)}"),),
            )
    elif isinstance(subject, Commit) and isinstance(subject.read, Missing):
        yield Gap(subject.read.reason)
    elif isinstance(subject, Commit) and GUARD in subject.kinds and subject.hand.newer_than(_TENURE):
        guards = [change for change in subject.changes if GUARD in change.kinds]
        yield Hit(
            "Someone who is new here changed what guards the project.",
            (*paths("file", guards), made(subject)),
        )
