"""A file of the release is a known piece of malware

What it catches
---------------
A file of this release as a whole (a wheel, an sdist, a tarball) whose digest a live
indicator names: the digest of a malicious release by its advisory, or that of a sample in
a malware repository. Digests that the lock file and the registry declare are compared
before anything is downloaded, those of the bytes that came after.

Why it matters
--------------
Equal bytes are the same malware under whatever name and version it comes: renamed, moved
to another registry, or served by a mirror that was told to forget it.

What to do
----------
Remove it. Machines that installed it: isolate them, look for what was left behind, and
then rotate every secret in reach. The advisory or the feed tells what the file does.

False alarms
------------
None by chance: two files with one digest are one file. A feed can be wrong about a file,
so digests of empty files, of files in which contributors reported, of a list of innocent
files, and of withdrawn records are never compared. MD5 and SHA-1 can be made to collide
by whoever makes both files, which is no innocent form of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.intelligence import HASHES, Role
from doorward.model.release import ReleaseChange
from doorward.rules.intelligence._words import gaps, indicators

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.INTELLIGENCE,
    strength=Strength.CONCLUSIVE,
    severity=Severity.CRITICAL,
    needs=("intelligence",),
    advice="remove it. Machines that installed it: isolate, look for what was left behind, then rotate secrets.",
)

_ROLES = frozenset({Role.PACKAGE, Role.FILE})


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of the release's files that an indicator names."""
    intelligence = known(change.intelligence)
    found = [m for m in intelligence.indicators if m.met in {"declared", "artifact"} and m.indicator.role in _ROLES]
    if found:
        yield Hit("A file of this release is a known piece of malware.", indicators(found, intelligence.bundle))
    else:
        yield from gaps(intelligence, HASHES)
