"""First release after more than a year

What it catches
---------------
A release of a package of which no version, of any line, was published in the 365 days
before it.

Why it matters
--------------
Attackers like packages that still have users but no longer have attention: an expired
mail domain, a forgotten token, a maintainer who is glad to hand over. ctx, coa and
rest-client were asleep when they were taken. Yet many honest packages are simply
finished and see one release in two years, so this explains other findings and alarms
nobody alone.

What to do
----------
Nothing, if it stands alone. Beside another finding, ask who woke the package: the same
people as before, in the same repository?

False alarms
------------
53 in 1,000 steps of PyPI packages come after more than a year (overstated, as steps
between observed releases were counted), and 128 in 1,000 after more than half a year.
It is context for that reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.durations import duration
from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.registry._timing import DORMANT, silence

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.TIMING,
    strength=Strength.CONTEXT,
    severity=Severity.LOW,
    needs=("history", "new.published"),
    advice="ask who woke the package, if another finding stands beside this one.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Measure the time since the release before."""
    found = known(silence(change))
    if found and found.length > DORMANT:
        yield Hit(
            "The package had been silent for more than a year.",
            (
                Evidence(
                    "silence",
                    duration(found.length),
                    baseline=f"{found.last.version} was published {found.last.published:%Y-%m-%d}",
                ),
            ),
        )
