"""Merged without the usual approval

What it catches
---------------
A merge request that nobody but its author approved, though at least nine of the last
ten had an approval by another person.

Why it matters
--------------
Where review is the habit, the one change without it is the one to read: either somebody
was in a hurry, or somebody did not want it seen.

What to do
----------
Read the change, and ask whoever merged it why it was not reviewed.

False alarms
------------
Not measured, so it is weak. Trivial changes and releases are often merged without
review. It needs a forge that answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known, known_or
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
    needs=("approvals", "usually_approved"),
    advice="read the change, and ask whoever merged it why it was not reviewed.",
)

#: Of the last ten, how many make a habit.
_USUAL = 9


def check(request: MergeRequest) -> Iterator[Hit | Gap]:
    """Compare the approvals with the habit."""
    habit = known(request.usually_approved)
    if habit.times < _USUAL or any(account != request.author for account in known(request.approvals)):
        return
    yield Hit(
        "The change was merged without an approval by another person.",
        (
            Evidence("approvals", "none", baseline=f"{habit.times} of the last {habit.of} had one"),
            author(request),
            Evidence("merged by", cut(known_or(request.merger, "not told")), baseline=f"{request.merged:%Y-%m-%d}"),
            *forge_says(request),
        ),
    )
