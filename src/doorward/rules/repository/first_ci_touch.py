"""Someone changes workflows for the first time

What it catches
---------------
An author changes a file that steers continuous integration and never changed one here
before.

Why it matters
--------------
Workflows hold the secrets that publish releases. Several attacks of recent years
changed one, took the tokens, and published from elsewhere.

What to do
----------
Read what changed in the workflows: new triggers, new permissions, secrets passed to new
places.

False alarms
------------
0.1 to 8.4 in 1,000 commits, so it is context and never more.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit
from doorward.model.paths import CI
from doorward.rules.repository._words import made, paths

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.CONTEXT,
    severity=Severity.LOW,
    needs=("read",),
    advice="read what changed in the workflows.",
)


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Look for an author's first change of a workflow."""
    if CI in commit.kinds and CI not in commit.author.touched:
        yield Hit(
            "An author changes continuous integration for the first time.",
            (*paths("file", (change for change in commit.changes if CI in change.kinds)), made(commit)),
        )
