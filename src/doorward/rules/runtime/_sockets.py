"""Unix sockets at which something acts for the user, and those that were met without being expected."""

from __future__ import annotations

from collections.abc import Collection

from doorward.model.activity import Activity
from doorward.model.run import Connection, Outcome, Phase

#: Programs that hold keys or reach the user's session.
AGENTS = frozenset({"ssh-agent", "gpg-agent", "session-bus"})
#: Daemons that do for a caller what the caller may not.
DELEGATES = frozenset({"docker", "containerd", "systemd"})


def unexpected(activity: Activity, services: Collection[str], *, resolving: bool) -> list[Connection]:
    """Return the connections to some services; with ``resolving`` False only those outside of resolving."""
    return [
        connection
        for connection in activity.local
        if connection.host in services
        and connection.outcome is not Outcome.ALLOWED
        and (resolving or connection.actor.phase is not Phase.RESOLVE)
    ]
