"""Package fetched from an index that is not configured

What it catches
---------------
A release that a package manager fetched during the run from a host which is neither a
configured index, nor named by a lock file, nor one where a configured index keeps files.

Why it matters
--------------
Whoever brings another index into a build decides what is installed from it. A line of
settings, or a link on a page, is enough for that, and names can be taken there by anyone.

What to do
----------
Find the setting, the option or the requirement that names the host. Put the index into
the user's own settings where it is meant.

False alarms
------------
Requirements that are direct addresses and that no lock file names, and an index that
moves its files to a new host. Not measured; settings change far less often than twice in
a thousand builds.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.rules.registry._words import cut

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    advice="find what names that host, and configure the index where it is meant.",
)

_SHOWN = 4


def check(activity: Activity) -> Iterator[Hit]:
    """Look for fetches from elsewhere."""
    found = [fetch.download for fetch in activity.fetches if not fetch.index]
    if found:
        rows = [
            Evidence("fetched", f"{cut(item.url, 120)}, told by {item.told_by}", "", "no configured index")
            for item in found[:_SHOWN]
        ]
        yield Hit("The release was fetched from an index that is not configured.", tuple(rows))
