"""Best effort, where descriptors cannot be duplicated: look afterwards where a connection really went.

The kernel reads the caller's memory again when it goes on with a call, so another thread may have changed the address.
A socket that leads elsewhere than was decided ends its process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

from doorward.guard.calls import Call
from doorward.guard.watch import Watch
from doorward.model.run import Endpoint

_PERIOD, _PATIENCE = 0.002, 0.2
_MAX_TABLE = 1 << 22
_INODE_COLUMN, _REMOTE_COLUMN = 9, 2


def inode_of(pid: int, descriptor: int) -> str:
    """Return the inode of a process's socket, "" where it cannot be told."""
    try:
        target = os.readlink(f"/proc/{pid}/fd/{descriptor}")  # noqa: PTH115 - the caller waits
    except OSError:
        return ""
    return target[8:-1] if target.startswith("socket:[") else ""


def verify_later(watch: Watch, call: Call, inode: str, decided: Endpoint) -> None:
    """Watch a socket for a moment, on a thread, and end its process where it leads elsewhere."""
    threading.Thread(target=_verify, args=(watch, call, inode, decided), daemon=True, name="guard-verify").start()


def _verify(watch: Watch, call: Call, inode: str, decided: Endpoint) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        for address, port in remotes(call.pid, inode):
            if port and (address, port) != (decided.address, decided.port):
                # It is told first: with the process the run may end, and who tells later finds its log closed.
                with contextlib.suppress(OSError):
                    watch.evasion(call, "race", f"{address}:{port} instead of {decided}")
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(call.caller.pidfd, signal.SIGKILL)
                return
            if port:
                return
        time.sleep(_PERIOD)


def remotes(pid: int, inode: str) -> Iterator[tuple[str, int]]:
    """Yield the remote address and port of a socket, from the tables of its network namespace."""
    for table in ("tcp", "tcp6", "udp", "udp6"):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/net/{table}", encoding="utf-8") as file:  # noqa: PTH123 - a hurry
            yield from (remote for found, remote in parse_table(file.read(_MAX_TABLE)) if found == inode)


def parse_table(text: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield (inode, (address, port)) of each line of a socket table; the address is in words of this machine."""
    for line in text.splitlines()[1:]:
        columns = line.split()
        if len(columns) <= _INODE_COLUMN:
            continue
        address, _, port = columns[_REMOTE_COLUMN].partition(":")
        with contextlib.suppress(ValueError):
            words = bytes.fromhex(address)
            raw = b"".join(words[index : index + 4][::-1] for index in range(0, len(words), 4))
            yield columns[_INODE_COLUMN], (_text(raw), int(port, 16))


def _text(raw: bytes) -> str:
    if len(raw) == 16 and raw[:12] == bytes(10) + b"\xff\xff":  # noqa: PLR2004 - a v4-mapped address
        raw = raw[12:]
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)  # noqa: PLR2004
