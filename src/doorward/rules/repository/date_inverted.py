"""Written after it was committed

What it catches
---------------
A commit whose author date lies more than 24 hours after its commit date.

Why it matters
--------------
A change is written, then committed. The other way round needs a broken clock, or
somebody who sets dates by hand and forgot one of the two.

What to do
----------
Nothing, if it stands alone. Beside another finding, do not believe either date.

False alarms
------------
1 in 123,550 commits of nine histories: a machine with a wrong clock.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import DAY, Commit, day
from doorward.rules.repository._words import days, made

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.TIMING,
    strength=Strength.WEAK,
    severity=Severity.LOW,
    advice="do not believe either date of this commit.",
)


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Compare the two dates."""
    written, committed = commit.author_time, commit.commit_time
    if written is None or committed is None:
        yield Gap("one of its dates is not valid")
    elif written - committed > DAY:
        yield Hit(
            "The commit was written after it was committed, by its own dates.",
            (
                Evidence("author date", day(written), baseline=f"{days(written - committed)} after the commit date"),
                made(commit),
            ),
        )
