"""A report in prose names this release

What it catches
---------------
A release that a threat report in prose (text, Markdown, HTML) names with its version: as a
package URL, or as `name@1.2.3` or `name==1.2.3` in a sentence or a list that names the
ecosystem. The sentence stands in the evidence.

Why it matters
--------------
The first word of a compromised release is mostly prose: an issue, an article, a mail. Lists
and advisories follow hours or days later.

What to do
----------
Read the sentence, and the report around it. Where it says that the release is the attack,
ask where it was installed: `doorward exposed REPORT`.

False alarms
------------
Whoever reads prose by machine takes the victim's last good release for the attack, or an
example for an incident. It is weak, and the versions that a report tells its readers to
install are left out as far as its words tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.advisories import Kind
from doorward.model.facts import known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.intelligence._words import advisories, distinct

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.INTELLIGENCE,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("intelligence",),
    advice="read the report, and ask 'doorward exposed REPORT' where it calls this release the attack.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of the reports that name this version."""
    intelligence = known(change.intelligence)
    found = distinct(intelligence.of(Kind.REPORTED))
    if found:
        yield Hit("A report in prose names the release.", advisories(found, intelligence.bundle))
