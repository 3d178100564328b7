"""A commit went past the usual merges

What it catches
---------------
A commit on the default branch that is neither a merge nor the forge's, though at least
47 of the 50 before it came by one of these.

Why it matters
--------------
Where everything goes through review, the one commit that does not is the one to look
at. It speaks of a practice, not of tampering, so it corroborates nothing.

What to do
----------
Read the commit. Protect the branch, so that nobody can push past review.

False alarms
------------
0 to 6.9 in 1,000 commits: version bumps, reverts in a hurry, and projects that change
how they work.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit
from doorward.rules.repository._words import made

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.GUIDANCE,
    strength=Strength.WEAK,
    severity=Severity.LOW,
    advice="read the commit, and protect the branch against direct pushes.",
)

#: The window, and how much of it makes a habit.
_WINDOW, _USUAL = 50, 47


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Compare how a commit came with how the ones before it did."""
    if commit.on_chain and not commit.merge and not commit.web_flow and commit.chain_by_merge >= _USUAL:
        yield Hit(
            "The commit was pushed straight to the default branch.",
            (
                Evidence(
                    "came by", "a push", baseline=f"{commit.chain_by_merge} of the {_WINDOW} before by merge or forge"
                ),
                made(commit),
            ),
        )
