"""Process that reaches into another one

What it catches
---------------
A process of the run that traces, reads, writes or takes descriptors of a process which is
not below it: the supervisor, the runner of a build server, the user's browser.

Why it matters
--------------
The secrets of a build lie in the memory of the runner that started it. Reading them there
needs no file and leaves no trace.

What to do
----------
Find out what was in that process. The call was refused, but an attempt that was tried
here was tried elsewhere.

False alarms
------------
Debuggers and profilers that a test attaches to a process beside it. Not measured; builds
and installations attach to nothing.
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
    strength=Strength.STRONG,
    severity=Severity.CRITICAL,
    needs=("kernel",),
    advice="find out what that process holds, and rotate it.",
)

_SHOWN = 4


def check(activity: Activity) -> Iterator[Hit]:
    """Tell of every attempt."""
    found = activity.neighbours
    if found:
        rows = [
            Evidence(
                event.call,
                f"process {event.target.pid}, {cut(event.target.title, 60)}, "
                f"{'refused' if event.refused else 'not refused'}{times(event.count)}",
                place(activity, event.actor),
            )
            for event in found[:_SHOWN]
        ]
        yield Hit(f"{whose(activity)} reached into a process that it has not started.", (*rows, *by(found[0].actor)))
