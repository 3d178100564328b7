"""A release that an advisory calls malicious

What it catches
---------------
A release whose ecosystem, name and version are in a live record of malicious packages: by
its list of versions, by its range, or because the record names every version. A record
counts as malicious by its id (MAL), by an alias with one, by its weakness (CWE-506), by
its origins, or by the category of its feed. One that was withdrawn counts for nothing.

Why it matters
--------------
It is the surest answer of all: somebody looked, and said so in public. The release may
have been removed from the registry since; a lock file still names it, and caches and
mirrors still have it.

What to do
----------
Remove it. Machines that installed it: isolate them, look for what was left behind, and
then rotate every secret in reach. `doorward exposed` tells where and when it was locked
or installed. Its severity never counts, and no ignored vulnerability silences it.

False alarms
------------
Records that are wrong are withdrawn, and the next import retracts what they brought: an
import of yesterday's feed is the way to be wrong today. An unscoped name that was
registered again after its malware was removed is still named where the record gives no
versions. Not measured: its noise is that of the feed, whose records are reviewed in
public.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.advisories import Kind
from doorward.model.facts import known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.intelligence._words import advisories, distinct, gaps

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.INTELLIGENCE,
    strength=Strength.CONCLUSIVE,
    severity=Severity.CRITICAL,
    needs=("intelligence",),
    advice="remove it. Machines that installed it: isolate, look for what was left behind, then rotate secrets.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of the malicious records that name this version."""
    intelligence = known(change.intelligence)
    found = distinct(intelligence.of(Kind.MALICIOUS))
    if found:
        yield Hit("The release is a known malicious one.", advisories(found, intelligence.bundle))
    else:
        yield from gaps(intelligence, Kind.MALICIOUS.value)
