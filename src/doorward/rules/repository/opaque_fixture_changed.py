"""A binary test file was replaced

What it catches
---------------
A file of tests that nobody can read in a review (an archive, an object, compressed
data, and among tests also a picture or a document) was modified. Strong where whoever
committed it has been committing here for less than 730 days and was not there in the
first year of the project. That such a file was added is context.

Why it matters
--------------
Test files are opened by build scripts and read by nobody. The xz backdoor lay in two of
them, and was swapped for a working version by replacing both.

What to do
----------
Ask how the new file was made, and make it again. Look at what reads it at build time.

False alarms
------------
15 in 123,550 commits, 0.12 in 1,000; with a short tenure 4 in all nine histories, of
which three are the xz attacker's. Media projects and golden files that a script
regenerates cause it elsewhere. The kind of a file is told by its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import DAY, Commit
from doorward.model.paths import OPAQUE_FIXTURE, README
from doorward.rules.registry._words import count
from doorward.rules.repository._words import made, paths

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTENT,
    strength=Strength.WEAK,
    severity=Severity.HIGH,
    needs=("read",),
    advice="make the new file again from its source, and look at what reads it at build time.",
)

#: Tenure below which a replaced fixture is rarely innocent.
_TENURE = 730 * DAY
#: Share of a commit's files, READMEs aside, from which on it holds little else.
_SHARE = 0.8


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Look for opaque fixtures among the changes."""
    if OPAQUE_FIXTURE not in commit.kinds:
        return
    touched = [change for change in commit.changes if OPAQUE_FIXTURE in change.kinds and change.status in "AM"]
    replaced = [change for change in touched if change.status == "M"]
    readmes = sum(README in change.kinds for change in commit.changes)
    alone = len(touched) >= _SHARE * (commit.files - readmes)
    share = f"{len(touched)} of {count(commit.files, 'changed file')}" + ("; little else changed" if alone else "")
    if replaced:
        yield Hit(
            "A test file that nobody can read was replaced.",
            (*paths("file", replaced), Evidence("share", share), made(commit)),
            strength=Strength.STRONG if commit.hand.newer_than(_TENURE) else None,
        )
    elif touched:
        yield Hit(
            "A test file that nobody can read was added.",
            (*paths("file", touched), Evidence("share", share), made(commit)),
            strength=Strength.CONTEXT,
        )
