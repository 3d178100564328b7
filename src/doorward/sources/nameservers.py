"""How this machine looks names up: the servers and search domains of ``resolv.conf`` (resolv.conf(5))."""

from __future__ import annotations

import socket
from pathlib import Path

RESOLV_CONF = Path("/etc/resolv.conf")
_LARGEST = 1 << 16


def name_service(path: Path = RESOLV_CONF) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the addresses of the configured name servers, and the domains that are tried behind a name.

    A file that cannot be read names none: loopback is then asked, as the C library does.
    """
    servers: set[str] = set()
    search: tuple[str, ...] = ()
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LARGEST)
    except OSError:
        text = ""
    for line in text.splitlines():
        word, *values = line.partition("#")[0].partition(";")[0].split() or [""]
        if word == "nameserver" and values:
            servers.add(values[0].partition("%")[0])
        elif word in {"search", "domain"}:  # the last line counts
            search = tuple(value.lower().strip(".") for value in values if value.strip("."))
    return frozenset(servers), search


def own_names() -> frozenset[str]:
    """Return the machine's own names, in lower case: with and without its domain."""
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0]})
