"""A new person's name looks like a known one's

What it catches
---------------
Someone who was never seen here, and whose name a reader would take for that of a known
person: letters of other alphabets that look like Latin ones, a small L for a capital i,
a zero for an o.

Why it matters
--------------
People read logs, not bytes. A name that passes for a maintainer's gets a commit waved
through that a stranger's would not.

What to do
----------
Compare the two names letter by letter, and the addresses. If they are not one person,
treat the commit as an attack.

False alarms
------------
1 in 123,550 commits of nine histories. Two spellings of one honest name in two
alphabets are possible.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit, day
from doorward.rules.registry._words import cut
from doorward.rules.repository._words import who

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    advice="compare the two names letter by letter, and ask the known person.",
)


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Look at the people of a commit who are new."""
    author, hand = commit.author, commit.hand
    for actor in (author,) if author is hand else (author, hand):
        if actor.new and actor.resembles:
            yield Hit(
                "A person who is new here has a name that looks like a known one.",
                (Evidence("name", who(actor), baseline=f"known: {cut(actor.resembles)}; {day(commit.commit_time)}"),),
            )
