"""Tag on a commit that is on no branch

What it catches
---------------
A tag whose commit cannot be reached from any branch: weak where no earlier tag of the
project was ever like that, else context.

Why it matters
--------------
A commit that lives only under a tag went past everything that guards a branch: reviews,
required checks, the eyes of whoever reads the log. Attackers who could push a tag, but
not to a protected branch, released that way.

What to do
----------
Look at the commits between the nearest branch and the tag. They are in the release, and
perhaps nobody reviewed them.

False alarms
------------
Deleted release branches make it common: 21 of 304 tags of one project, 43 of 379 of
another. It alarms only where it never happened before, and is context elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Tag, day
from doorward.rules.registry._words import count

RULE = Rule(
    subject=Tag,
    detection="DS0021",
    family=Family.SOURCE,
    strength=Strength.CONTEXT,
    severity=Severity.MEDIUM,
    needs=("off_branch",),
    advice="look at the commits that only this tag leads to.",
)

#: Earlier tags without which "never before" says nothing.
_TAGS = 3


def check(tag: Tag) -> Iterator[Hit | Gap]:
    """Say where a tag's commit is on no branch."""
    if not known(tag.off_branch):
        return
    first = not tag.earlier_off_branch and tag.earlier >= _TAGS
    usual = f"none of {count(tag.earlier, 'earlier tag')}" if first else "earlier tags were, too"
    yield Hit(
        "The commit of the tag is on no branch.",
        (Evidence("commit", tag.target, baseline=f"{usual}; this is of {day(tag.time)}"),),
        strength=Strength.WEAK if first else None,
    )
