"""Call that goes past the watch

What it catches
---------------
System calls that honest builds and tests do not make: the x32 table, the 32-bit entry
from a 64-bit process, raw, packet, vsock and SCTP sockets, a filter's listener inside of
the watched run. io_uring, Multipath TCP and ping sockets are context: programs try them
innocently and fall back.

Why it matters
--------------
These are the known ways past tools that watch the usual calls. doorward refuses them, so
an attempt does no harm here; elsewhere it would have gone unseen.

What to do
----------
Find out which program made the call, and treat the release as hostile until you know why.

False alarms
------------
Network tools (ping, packet captures) and sandboxes that a test starts by itself. A
listener that only the user's own code installs, such as a guard inside the guard, is
weak. Not measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doorward.model.activity import Activity
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.run import Evasion
from doorward.rules.registry._words import cut, listed
from doorward.rules.runtime._words import by, place, times, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("kernel",),
    advice="find out which program made the call, and why.",
)

#: Tried innocently: libuv asks for io_uring, curl and Go for Multipath TCP.
_INNOCENT = frozenset({"io-uring", "mptcp", "ping-socket"})
#: What a sandbox of the user's own does as well.
_OWN = frozenset({"nested-listener"})
_SHOWN = 4


def check(activity: Activity) -> Iterator[Hit]:
    """Sort the attempts by how innocent they can be."""
    innocent = [event for event in activity.evasions if event.kind in _INNOCENT]
    others = [event for event in activity.evasions if event.kind not in _INNOCENT]
    if others:
        own = not activity.by_library and all(event.kind in _OWN for event in others)
        yield _hit(activity, others, Strength.WEAK if own else Strength.STRONG)
    if innocent:
        yield _hit(activity, innocent, Strength.CONTEXT)


def _hit(activity: Activity, events: Sequence[Evasion], strength: Strength) -> Hit:
    rows = [
        Evidence(
            event.kind,
            f"{'refused' if event.refused else 'not refused'}{times(event.count)}"
            + (f": {cut(event.detail, 80)}" if event.detail else ""),
            place(activity, event.actor),
        )
        for event in events[:_SHOWN]
    ]
    kinds = listed({event.kind.replace("-", " ") for event in events})
    return Hit(
        f"{whose(activity)} made calls that go past a watch: {kinds}.", (*rows, *by(events[0].actor)), strength=strength
    )
