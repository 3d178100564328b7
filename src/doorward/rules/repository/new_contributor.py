"""Someone contributes for the first time

What it catches
---------------
A commit by an author who was never seen in this repository, by address or by name.

Why it matters
--------------
Every attack by a contribution begins with a first one, and so does every honest
contributor. This is the literal reading of "commits from new contributors", and it is
far too frequent to alarm anybody.

What to do
----------
Nothing, if it stands alone. Beside another finding it tells that the author has no
history here.

False alarms
------------
20 to 357 in 1,000 commits, which is 4 to 117 a year in one repository. It is context;
`--critical` raises it to weak for the repositories that you name.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit
from doorward.rules.repository._words import made, who

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.CONTEXT,
    severity=Severity.INFO,
    advice="look at who merged it, if another finding stands beside this one.",
)


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Tell an author who is new."""
    if commit.author.new:
        yield Hit(
            "The commit is by someone who was never seen here.",
            (Evidence("author", who(commit.author), baseline="no earlier commit"), made(commit)),
        )
