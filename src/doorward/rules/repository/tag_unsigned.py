"""Tag unsigned, though the last ones were signed

What it catches
---------------
A tag without a signature after five signed ones in a row. A lightweight tag, which is
only a name for a commit, counts as unsigned.

Why it matters
--------------
Someone who can push but does not hold the signing key makes a tag like this one. So
does a tired maintainer.

What to do
----------
Compare the release with the tag's source, and ask why it is not signed.

False alarms
------------
One of the three parts of a rate of 16 in 1,000 tags (see repository/tag-key-changed).
One of xz's own alpha releases, made by the honest maintainer, is an innocent hit.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Tag, day
from doorward.rules.repository._words import who

RULE = Rule(
    subject=Tag,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    advice="ask the maintainers why this tag is not signed.",
)

#: Signed tags in a row that make a habit.
_RUN = 5


def check(tag: Tag) -> Iterator[Hit | Gap]:
    """Compare an unsigned tag with the tags before."""
    if not tag.signatures and tag.signed_run >= _RUN:
        kind = who(tag.tagger) if tag.tagger else "lightweight: a name for a commit"
        yield Hit(
            "The tag is not signed, unlike the ones before it.",
            (Evidence("tag", kind, baseline=f"the last {tag.signed_run} tags are signed; this is of {day(tag.time)}"),),
        )
