"""Merged by someone new to merging here

What it catches
---------------
A merge request merged by an account that neither merged nor wrote anything here until
less than a year ago.

Why it matters
--------------
A squash or rebase on the forge hides in git who pressed the button. The forge knows,
and a new hand at that button is the same event as repository/new-integrator.

What to do
----------
Find out who the person is and who gave them the right to merge.

False alarms
------------
Not measured, so it is weak: in a growing project it is every new maintainer for a year.
It needs a forge that answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import DAY, MergeRequest
from doorward.rules.registry._words import cut
from doorward.rules.repository._words import account_age, author, days, forge_says

RULE = Rule(
    subject=MergeRequest,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("merger",),
    advice="find out who the person is, and who gave them the right to merge.",
)

#: Time since the first merge below which a merger is new.
_TENURE = 365 * DAY


def check(request: MergeRequest) -> Iterator[Hit | Gap]:
    """Look at how long the merger has been merging."""
    since = known(request.merger_tenure)
    if since is None or since < _TENURE:
        age = account_age(request.merger_since, request)
        usual = "never merged here before" if since is None else f"first merged here {days(since)} before"
        yield Hit(
            "The change was merged by someone who is new to merging here.",
            (
                Evidence("merged by", cut(known(request.merger)), baseline=f"{usual}, {age}" if age else usual),
                author(request),
                Evidence("merged", f"{request.merged:%Y-%m-%d}"),
                *forge_says(request),
            ),
        )
