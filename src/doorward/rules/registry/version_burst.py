"""Several release lines within an hour

What it catches
---------------
Three or more lines of one package (a line is the first two numbers of a version) that
were published within an hour of each other, this release among them. A package that did
the same more than a month ago has the habit, and the finding is context.

Why it matters
--------------
Whoever has stolen a token has little time and wants every user: ua-parser-js appeared
as 0.7.29, 0.8.0 and 1.0.0 within minutes, rc as 1.2.9, 1.3.9 and 2.3.9. Each range that
people write in their manifests gets its copy.

What to do
----------
Look for an announcement. A security fix that goes to all supported lines at once has an
advisory, a changelog entry and a tag for each of its versions. Without those, stay on
the version that you have.

False alarms
------------
Not measured. Projects that maintain several lines publish their security fixes
together; the history clears those that did so before, and the finding is weak for the
others.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.registry._timing import BURST_LINES, bursts_before, lines_at_once
from doorward.rules.registry._words import cut

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.TIMING,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("burst", "history", "new.published"),
    advice="look for an announcement that covers all of these versions before you take one.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Count the lines that appeared with this release."""
    lines = known(lines_at_once(change))
    if len(lines) < BURST_LINES:
        return
    habit = known(bursts_before(change))
    yield Hit(
        f"{len(lines)} lines of the package were published within an hour.",
        (
            Evidence(
                "versions",
                cut(", ".join(lines)),
                baseline="it released several lines at once before" if habit else "its history has no such hour",
            ),
        ),
        strength=Strength.CONTEXT if habit else Strength.WEAK,
    )
