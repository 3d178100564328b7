"""A file that a malicious package or a report also had

What it catches
---------------
A file inside this release, or the release's file itself, whose digest a feed only names
as evidence: one of the files inside a malicious package, or a digest in a report in prose.

Why it matters
--------------
The file that did the harm is often among those that an analyst writes down, and the same
file in another package is a trace of the same hand.

What to do
----------
Look at the file. If it is a licence, an empty module or a well-known helper, there is
nothing more to do; if it has code of its own, read it and the record that names it.

False alarms
------------
Frequent, which is why it is weak: a record of a genuine release that was withdrawn listed
its `pyproject.toml` as evidence. Reports also name the digests of victims and of tools.
Files of the innocent list are never compared.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.intelligence import DIGESTS, HASHES, HINTS
from doorward.model.release import ReleaseChange
from doorward.rules.intelligence._words import gaps, indicators

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.INTELLIGENCE,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("intelligence", "new.contents"),
    advice="look at the file, and at the record that names it.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of files that are only named as evidence."""
    intelligence = known(change.intelligence)
    found = [m for m in intelligence.indicators if m.indicator.kind in DIGESTS and m.indicator.role in HINTS]
    if found:
        yield Hit("A file of this release is named as evidence of malware.", indicators(found, intelligence.bundle))
    else:
        yield from gaps(intelligence, HASHES)
