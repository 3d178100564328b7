"""Someone integrates for the first time

What it catches
---------------
A person puts commits on the default branch who never did before: as the committer, or
as the one who pressed the forge's merge button. Strong where at most two people had
integrated in the two years before, else weak. Where git does not tell who put in most of
what came in these two years, the circle is not known to be small: weak, and a gap.

Why it matters
--------------
Authors come and go; integrators are few, and with that role comes the power to let
anything in. The xz attacker wrote for ten months before he became an integrator, and
that day, 455 days before the disclosure, is the first one on which anything could have
been noticed.

What to do
----------
Find out who the person is and who gave them the role. Read what they integrate for some
months with more care than usual.

False alarms
------------
1.0 in 1,000 commits pooled over nine histories, at most 6.9 in one. In a small circle:
14 in 123,550 commits, at most 1.02 in 1,000 of any repository. Honest new maintainers
are nearly all of it. A squash or rebase on the forge does not tell in git who pressed
the button, and is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit, day
from doorward.rules.registry._words import cut
from doorward.rules.repository._words import who

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.HIGH,
    needs=("integrator",),
    advice="find out who the new integrator is, and who gave them the role.",
    same_cause=("registry/new-dependency",),
)

#: Integrators in two years up to which the circle is small.
_SMALL = 2
_UNKNOWN = "git does not tell who put in most of the two years before: the circle may not be small"


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Tell a first integration, and into how small a circle."""
    integrator = known(commit.integrator)
    if integrator is None or not commit.first_integration:
        return
    names = ", ".join(cut(name, 40) for name in commit.circle_names) or "nobody"
    more = " and others" if commit.circle > len(commit.circle_names) else ""
    how = "the forge's merge button" if commit.web_flow else "a merge" if commit.merge else "a commit of their own hand"
    small = commit.circle <= _SMALL
    known_circle = 2 * commit.untold.times <= commit.untold.of
    if small and not known_circle:
        yield Gap(_UNKNOWN)
    yield Hit(
        "Someone put a commit on the default branch who never did so before.",
        (
            Evidence("integrator", who(integrator), baseline=f"in the two years before: {names}{more}"),
            Evidence("by", how, baseline=day(commit.commit_time)),
            Evidence("before", f"{integrator.commits} earlier commits name them"),
        ),
        strength=Strength.STRONG if small and known_circle else None,
    )
