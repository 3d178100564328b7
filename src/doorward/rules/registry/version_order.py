"""A version out of order

What it catches
---------------
A version that does not follow from those before it: lower than one of its own major
line that was there before, or a leap, where the first number that differs rises by ten
or more and by more than it ever did (1.4.0 to 1.4.44, 2.1.0 to 99.0.0). Pre-releases
are left out where the new version is none, and numbers that look like dates are no
leap.

Why it matters
--------------
Somebody who has an account but not the project's habits picks numbers that win: high
enough that every range takes them, or on an older line whose users were never meant to
get anything again. A maintainer's release script does not.

What to do
----------
Nothing, if it stands alone. Beside another finding, look whether the project's own
repository knows this version.

False alarms
------------
Versions out of order are 4.8 in 1,000 steps of PyPI packages: honest fixes to an older
minor version. Leaps are not measured. It is context.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.registry._timing import disorder

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.TIMING,
    strength=Strength.CONTEXT,
    severity=Severity.LOW,
    needs=("history", "new.published"),
    advice="look whether the project's repository knows this version, if another finding stands beside this one.",
)

_MESSAGES = {
    "below": "The version is lower than one of its line that was published before it.",
    "leap": "The version leaps far beyond the versions before it.",
}


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Compare the new version with those that were there before."""
    found = known(disorder(change))
    if found:
        baseline = f"{found.beside.version} was published {found.beside.published:%Y-%m-%d}"
        yield Hit(_MESSAGES[found.how], (Evidence("version", change.new.version, baseline=baseline),))
