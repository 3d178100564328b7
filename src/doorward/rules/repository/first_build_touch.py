"""Someone changes build files for the first time

What it catches
---------------
An author changes a file that steers the build and never changed one here before. That
is context. It is weak where it is the author's very first commit, which they put on the
default branch by their own hand.

Why it matters
--------------
Build scripts run on every machine that builds the project, and are reviewed less than
code. A newcomer whose first act is to change one, without anybody between them and the
branch, is rare.

What to do
----------
Read what changed in the build files: what is downloaded, unpacked or run, and which
files of the tests are read.

False alarms
------------
2.9 to 33 in 1,000 commits, so it is context: everybody touches a build file once. As a
newcomer's very first, self-committed commit: 1 in 123,550.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit
from doorward.model.paths import BUILD
from doorward.rules.repository._words import made, paths

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.CONTEXT,
    severity=Severity.LOW,
    needs=("read",),
    advice="read what changed in the build files.",
)


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Look for an author's first change of a build file."""
    author = commit.author
    if BUILD not in commit.kinds or BUILD in author.touched:
        return
    alone = author.new and author is commit.hand and commit.on_chain and not commit.web_flow
    yield Hit(
        "The very first commit of an author changes the build."
        if alone
        else "An author changes the build for the first time.",
        (*paths("file", (change for change in commit.changes if BUILD in change.kinds)), made(commit)),
        strength=Strength.WEAK if alone else None,
    )
