"""Connection to a daemon that acts with more rights

What it catches
---------------
A connection to the socket of Docker, of containerd or its like, or of systemd, in any
phase, unless the policy names the socket.

Why it matters
--------------
Whoever may speak to these sockets may start anything: a container that mounts the whole
disk, or a service that outlives the build and that no watch sees.

What to do
----------
Find out what was started. Keep such sockets out of builds and tests; where tests start
containers on purpose, name the socket's path under `test` in the policy's `[guard]` table.

False alarms
------------
Tests that start containers, which are declared by one line. A library that does it
unasked is rare. Not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Family, Hit, Rule, Severity, Strength
from doorward.rules.registry._words import listed
from doorward.rules.runtime._sockets import DELEGATES, unexpected
from doorward.rules.runtime._words import met, reached, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.CRITICAL,
    advice="find out what was started through the daemon, and keep its socket out of builds.",
)


def check(activity: Activity) -> Iterator[Hit]:
    """Look for daemons among the unix sockets."""
    found = unexpected(activity, DELEGATES, resolving=True)
    if found:
        names = listed({connection.host for connection in found})
        yield Hit(f"{whose(activity)} {reached(found)} the socket of {names}.", met(activity, found))
