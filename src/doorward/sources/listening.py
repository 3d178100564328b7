"""Which TCP ports of this machine are listened on, by the kernel's tables (proc_pid_net(5)); no port is tried."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENS = "0A"
_LARGEST = 16 << 20


def listening_ports(tables: Iterable[Path] = TABLES) -> frozenset[int] | None:
    """Return the ports that somebody listens on; None where the kernel does not tell."""
    found: set[int] = set()
    read = False
    for table in tables:
        try:
            with table.open(encoding="ascii", errors="replace") as file:
                text = file.read(_LARGEST)
        except OSError:
            continue
        read = True
        for line in text.splitlines()[1:]:
            columns = line.split()
            if len(columns) > 3 and columns[3] == _LISTENS:  # noqa: PLR2004 - the fourth is the state
                found.update(_port(columns[1]))
    return frozenset(found) if read else None


def _port(address: str) -> tuple[int, ...]:
    try:
        return (int(address.rpartition(":")[2], 16),)
    except ValueError:
        return ()
