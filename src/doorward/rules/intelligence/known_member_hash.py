"""A file inside is a known piece of malware

What it catches
---------------
A file inside an artifact of this release whose SHA-256, SHA-1 or MD5 a live indicator of
a malware repository names. Empty files are never compared.

Why it matters
--------------
A backdoored release is new, but what it carries often is not: droppers and binaries are
used again, and feeds know them long before they know the package.

What to do
----------
Do not install it. Look at the file and at what the feed says of it. If the feed is wrong,
import a list of innocent files (`doorward intel import --as benign`) or allow the finding.

False alarms
------------
Malware repositories also hold innocent files that were inside of malicious packages: a
licence, a well-known library, a build tool. That is why one file inside is strong and not
conclusive. Files that feeds themselves call evidence are judged by a rule of their own,
which is weak. Not measured: a file that honest releases share with malware has to be in a
malware repository by mistake, and such mistakes are few among millions of samples.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import Missing, known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.intelligence import HASHES, Role
from doorward.model.release import ReleaseChange
from doorward.rules.intelligence._words import gaps, indicators

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.INTELLIGENCE,
    strength=Strength.STRONG,
    severity=Severity.CRITICAL,
    needs=("intelligence",),
    advice="do not install it, and look at the file and at what the feed says of it.",
)

_ROLES = frozenset({Role.PACKAGE, Role.FILE})


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of the files inside that an indicator names."""
    intelligence = known(change.intelligence)
    found = [match for match in intelligence.indicators if match.met == "member" and match.indicator.role in _ROLES]
    if found:
        yield Hit("A file inside this release is a known piece of malware.", indicators(found, intelligence.bundle))
    elif isinstance(change.new.contents, Missing):
        # What is installed may list its files although the release cannot be had any more.
        yield Gap(change.new.contents.reason)
    else:
        yield from gaps(intelligence, HASHES)
