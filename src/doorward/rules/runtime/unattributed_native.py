"""Connection that no language explains

What it catches
---------------
A connection that the kernel saw in a process whose interpreter tells of its connections,
and of which the interpreter knows nothing; or one whose code lies in memory that no file
backs.

Why it matters
--------------
Whoever calls the system past the interpreter avoids every hook and every log in it, and
code in anonymous memory was put there at run time: both are how a second stage hides.

What to do
----------
Look at the shared objects on the stack. Where an honest native library makes the
connection, declare its host in the policy; the rule then rests.

False alarms
------------
Database drivers and RPC libraries in C connect past the interpreter, to hosts that a
policy names: those rest. Not measured. Without a filter of the kernel it gives no answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity, Contact
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.rules.registry._words import cut
from doorward.rules.runtime._words import connections, during, met, reached, where_to

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("kernel",),
    advice="look at the native code that made the call.",
)

#: Endpoints that are shown, so that the native stack has room.
_SHOWN = 2


def check(activity: Activity) -> Iterator[Hit]:
    """Look for connections without a line of the language, and for code without a file."""
    found = [contact for contact in activity.contacts if contact.surprising and _is_native(contact)]
    if not found:
        return
    met_ = connections(found)
    attribution = met_[0].actor.attribution
    if attribution.anonymous_code:
        why = "from code in memory that no file backs"
    else:
        why = "and the interpreter knows nothing of it"
    native = ", ".join(cut(path, 60) for path in attribution.native[:_SHOWN]) or "no shared object is on the stack"
    yield Hit(
        f"Native code {reached(met_)} {where_to(met_)} {during(found)}, {why}.",
        (*met(activity, met_[:_SHOWN]), Evidence("native", native)),
    )


def _is_native(contact: Contact) -> bool:
    attribution = contact.connection.actor.attribution
    return attribution.unexplained or attribution.anonymous_code
