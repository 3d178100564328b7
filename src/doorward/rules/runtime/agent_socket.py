"""Connection to an agent that holds the user's keys

What it catches
---------------
A connection to the SSH agent, the GnuPG agent or the session bus, outside of resolving
packages. Package managers may use an agent while they fetch.

Why it matters
--------------
An agent signs and logs in for whoever asks, without giving the key away: enough to push a
commit, to publish a release, or to reach the next machine. Secrets of a desktop session
lie behind the session bus.

What to do
----------
Find out what was asked of the agent. Run builds and tests in an environment without
SSH_AUTH_SOCK, or name the socket's path in the policy's `[guard]` table.

False alarms
------------
Tests of SSH libraries and keyrings, which can declare the socket. Builds do not talk to
agents at all. Not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Family, Hit, Rule, Severity, Strength
from doorward.rules.registry._words import listed
from doorward.rules.runtime._sockets import AGENTS, unexpected
from doorward.rules.runtime._words import met, reached, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    advice="find out what was asked of the agent, and run builds without one.",
)


def check(activity: Activity) -> Iterator[Hit]:
    """Look for agents among the unix sockets."""
    found = unexpected(activity, AGENTS, resolving=False)
    if found:
        names = listed({connection.host for connection in found})
        yield Hit(f"{whose(activity)} {reached(found)} the {names} of the user.", met(activity, found))
