"""A person who always signs did not

What it catches
---------------
A commit without a signature, neither a merge nor the forge's, by a committer whose last
ten commits were all signed. So is one that names the forge as its committer, where the
forge has signed ten: anybody can write that name.

Why it matters
--------------
Whoever can push under a name but does not hold its key leaves the signature out. It is
the cheapest sign that a name was borrowed.

What to do
----------
Ask the person, over a channel that does not depend on the account, whether the commit
is theirs.

False alarms
------------
0 to 1.2 in 1,000 commits. A new laptop, a rebase on another machine, and a tool that
commits for its owner are the usual reasons.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit
from doorward.rules.repository._words import made

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    same_cause=("repository/dormant-return",),
    advice="ask the person whether the commit is theirs.",
)

#: Signed commits in a row that make a habit.
_RUN = 10


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Compare an unsigned commit with its committer's last ones."""
    run = commit.hand.signed_run
    if run >= _RUN and not commit.signatures and not commit.merge and not commit.web_flow:
        yield Hit(
            "The commit is not signed, though its committer always signed.",
            (Evidence("signature", "none", baseline=f"their last {run} commits are signed"), made(commit)),
        )
