"""A known name with an address never seen

What it catches
---------------
A person with at least twenty commits appears under an e-mail address that they never
used here.

Why it matters
--------------
A name is free to write. Borrowing one that everybody knows, with an address that the
borrower controls, is the simplest impersonation.

What to do
----------
Check that the new address is theirs: on the forge's profile, or by asking at the old
one.

False alarms
------------
0 to 1.3 in 1,000 commits. New jobs and the forge's hidden addresses cause most of it; a
mailmap that existed before joins the addresses and clears it.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit, day
from doorward.rules.repository._words import who

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    same_cause=("repository/dormant-return",),
    advice="check that the new address is theirs, by asking at the old one.",
)

#: Commits that make a person known.
_COMMITS = 20


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Look at the people of a commit whose address is new."""
    author, hand = commit.author, commit.hand
    for actor in (author,) if author is hand else (author, hand):
        if actor.new_address and actor.commits >= _COMMITS:
            yield Hit(
                "A known name comes with an address that was never seen here.",
                (
                    Evidence("person", who(actor), baseline=f"known as {actor.person}"),
                    Evidence("before", f"{actor.commits} commits", baseline=day(commit.commit_time)),
                ),
            )
