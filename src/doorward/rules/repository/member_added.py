"""Somebody was let in to the repository

What it catches
---------------
An account that was given the right to write to the repository, by the public record of
the forge's events, and that is not known here: nobody committed before under the hidden
address that the forge gives it.

Why it matters
--------------
A take-over by persuasion, and one by a stolen account, both pass through this moment:
from then on every change by that account is authentic.

What to do
----------
Ask the maintainers whether they know who it is, and look at what the account did next.

False alarms
------------
Not measured, so it is weak: every honest new maintainer of a personal repository is one
such event. Organisations let people in without a public event, so its silence says
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known_or
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.happenings import MemberAdded
from doorward.rules.registry._words import cut, moment

RULE = Rule(
    subject=MemberAdded,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    advice="ask the maintainers who it is, and look at what the account did next.",
)


def check(added: MemberAdded) -> Iterator[Hit | Gap]:
    """Tell who was let in, and by whom."""
    if known_or(added.known, default=False):
        return
    yield Hit(
        "Somebody who is not known here was given the right to write to the repository.",
        (
            Evidence("account", cut(added.account), baseline="no earlier commit"),
            Evidence("let in by", cut(added.by), baseline=moment(added.time)),
        ),
    )
