"""Process that hides its memory while it connects

What it catches
---------------
A call that carries an address in the memory of a process which has made itself unreadable
(PR_SET_DUMPABLE 0), so that nobody can see where it leads.

Why it matters
--------------
Agents that hold keys protect themselves that way. A build, an install script or a test
has nothing to protect from its own user, except what it does.

What to do
----------
Find the program in the chain of processes. Block mode refuses such a call, since what
cannot be read cannot be judged.

False alarms
------------
Agents for keys and sandboxes of browsers, where a test starts them. Everything else is
rare enough; not measured. Where the whole machine forbids reading, the run's grade says
so and this rule gives no answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.rules.runtime._words import by, during, place, times, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("kernel",),
    advice="find the program in the chain of processes, and ask what it has to hide.",
)


def check(activity: Activity) -> Iterator[Hit]:
    """Look for calls whose address could not be read."""
    found = [contact for contact in activity.contacts if not contact.connection.readable]
    if not found:
        return
    first = found[0].connection
    value = f"{first.call} to an address that cannot be read{times(sum(c.connection.count for c in found))}"
    yield Hit(
        f"{whose(activity)} connects {during(found)} from a process that has made its memory unreadable.",
        (Evidence(first.outcome.value, value, place(activity, first.actor)), *by(first.actor)),
    )
