"""Tag by an address that never tagged here

What it catches
---------------
An annotated tag by a tagger whose address made none of the earlier tags, after at least
three of them.

Why it matters
--------------
Whoever makes tags makes releases. A new hand at that lever is how a take-over becomes
visible even where nobody signs anything, though an honest new maintainer looks the
same.

What to do
----------
Nothing, if it stands alone and the person is known. Otherwise look at the commits that
this release brings, and at who merged them.

False alarms
------------
One of the three parts of a rate of 16 in 1,000 tags (see repository/tag-key-changed).
Maintainers who change their address cause most of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Tag, day
from doorward.rules.registry._words import count
from doorward.rules.repository._words import tenure, who

RULE = Rule(
    subject=Tag,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    advice="look at the commits that this release brings, and at who merged them.",
    same_cause=("registry/new-dependency",),
)

#: Earlier tags that make a habit.
_TAGS = 3


def check(tag: Tag) -> Iterator[Hit | Gap]:
    """Compare the tagger with those of the tags before."""
    if tag.tagger and not tag.tagger_known and tag.earlier >= _TAGS:
        yield Hit(
            "The tag was made by someone who never made one here.",
            (
                Evidence("tagger", who(tag.tagger), baseline=f"none of {count(tag.earlier, 'earlier tag')}"),
                Evidence("tagged", day(tag.time), baseline=tenure(tag.tagger)),
            ),
        )
