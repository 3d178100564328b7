"""Merged by its own author, against the habit

What it catches
---------------
A merge request whose author merged it, though at least nine of the last ten were merged
by somebody else than their author.

Why it matters
--------------
Four eyes are a habit that protects everyone, and the first thing that a stolen account
has to get around.

What to do
----------
Read the change. Require an approval by a second person on the branch, for maintainers
too.

False alarms
------------
Not measured, so it is weak. Maintainers merge their own small changes. It needs a forge
that answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import MergeRequest
from doorward.rules.registry._words import cut
from doorward.rules.repository._words import author, forge_says

RULE = Rule(
    subject=MergeRequest,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("merger", "usually_by_other"),
    advice="read the change, and require a second person on the branch.",
)

#: Of the last ten, how many make a habit.
_USUAL = 9


def check(request: MergeRequest) -> Iterator[Hit | Gap]:
    """Compare the merger with the author, and with the habit."""
    habit = known(request.usually_by_other)
    if habit.times >= _USUAL and known(request.merger) == request.author:
        yield Hit(
            "The change was merged by its own author.",
            (
                Evidence(
                    "merged by",
                    cut(request.author),
                    baseline=f"{habit.times} of the last {habit.of} were merged by another person",
                ),
                author(request),
                Evidence("merged", f"{request.merged:%Y-%m-%d}"),
                *forge_says(request),
            ),
        )
