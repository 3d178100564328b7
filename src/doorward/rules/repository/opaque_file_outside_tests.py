"""A binary appeared among the sources

What it catches
---------------
A file that nobody can review (an archive, an object, an executable, compressed data)
was added or modified outside the folders of tests. Pictures and documents are exempt.

Why it matters
--------------
Sources are text. A binary among them is carried into every release, and can be unpacked
by a line in a build script that looks harmless by itself.

What to do
----------
Find out what the file is for and what reads it. Ask for its source.

False alarms
------------
6 in 123,550 commits of nine histories. Projects that keep wheels, firmware or jars in
their tree cause it. The kind of a file is told by its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit
from doorward.model.paths import OPAQUE
from doorward.rules.registry._words import count
from doorward.rules.repository._words import made, paths

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTENT,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("read",),
    advice="find out what reads the file, and ask for its source.",
)


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Look for opaque files among the changes."""
    if OPAQUE not in commit.kinds:
        return
    found = [change for change in commit.changes if OPAQUE in change.kinds and change.status in "AM"]
    if found:
        share = f"{len(found)} of {count(commit.files, 'changed file')}"
        yield Hit(
            "A file that nobody can review changed among the sources.",
            (*paths("file", found), Evidence("share", share), made(commit)),
        )
