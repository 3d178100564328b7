"""Planted file touched

What it catches
---------------
Any read of, or change to, a file that the policy names under `honey-files`: planted, and
of no use to anyone.

Why it matters
--------------
Nothing innocent opens a file that nothing innocent knows of. Whoever does is searching
the disk.

What to do
----------
Treat everything in the user's reach as read: isolate the machine and rotate the secrets.
The chain of processes names who searched.

False alarms
------------
Programs that read every file: backups, indexers, a virus scanner. Plant the file where
they do not look, or leave them out while a guarded command runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.rules.registry._words import cut
from doorward.rules.runtime._words import by, place, times, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.CONCLUSIVE,
    severity=Severity.CRITICAL,
    advice="isolate the machine, and rotate every secret in the user's reach.",
)

_SHOWN = 4


def check(activity: Activity) -> Iterator[Hit]:
    """Look for planted files."""
    found = [event for event in activity.files if event.kind == "honey"]
    if found:
        rows = [
            Evidence(
                event.operation,
                f"{cut(event.path, 100)}, {event.actor.phase.value}{times(event.count)}, told by {event.seen_by}",
                place(activity, event.actor),
                "nobody has a reason to open it",
            )
            for event in found[:_SHOWN]
        ]
        yield Hit(
            f"{whose(activity)} touched the planted file {cut(found[0].path, 120)}.", (*rows, *by(found[0].actor))
        )
