"""The listener that no way may reach: TCP, UDP and a unix socket on this machine, counting what arrives."""

from __future__ import annotations

import array
import contextlib
import ctypes
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from doorward.guard import kernel

_SETTLE = 0.03
_DATAGRAM = 4096
_IO_URING_SETUP, _RING_PARAMETERS = 425, 120


@dataclass(slots=True)
class Arrivals:
    """Counts connections and datagrams to one port; the second port is allowed and swallows what comes."""

    port: int
    allowed_port: int
    unix_path: Path
    count: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def inheritable(self, what: str) -> Iterator[None]:
        """Hold what a careless launcher would let leak: a "socket" connected to the port, or an io_uring "ring"."""
        with contextlib.ExitStack() as stack:
            if what == "socket":
                leaking = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                leaking.connect(("127.0.0.1", self.port))
                leaking.set_inheritable(True)
            if what == "ring":
                with contextlib.suppress(OSError):  # no io_uring here: then there is none to inherit
                    parameters = ctypes.create_string_buffer(_RING_PARAMETERS)
                    ring = kernel.system_call(_IO_URING_SETUP, 2, ctypes.addressof(parameters))
                    stack.callback(os.close, ring)
                    os.set_inheritable(ring, True)  # noqa: FBT003 - by position only
            yield

    def settle(self) -> int:
        """Wait for what is on its way and return the count."""
        time.sleep(_SETTLE)
        return self.count


@contextlib.contextmanager
def arrivals(folder: Path, *, ipv6: bool = False) -> Iterator[Arrivals]:
    """Listen while one way is tried."""
    path = folder / f"outside-{os.urandom(4).hex()}"
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    with contextlib.ExitStack() as stack:
        try:
            streams = stack.enter_context(socket.socket(family))
            streams.bind(("::1" if ipv6 else "127.0.0.1", 0))
        except OSError:  # no IPv6 here: the way finds out by itself
            streams = stack.enter_context(socket.socket())
            streams.bind(("127.0.0.1", 0))
        port = streams.getsockname()[1]
        datagrams = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        datagrams.bind(("127.0.0.1", port))
        allowed = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        allowed.bind(("127.0.0.1", 0))
        allowed_streams = stack.enter_context(socket.socket())
        allowed_streams.bind(("127.0.0.1", allowed.getsockname()[1]))
        outside = stack.enter_context(socket.socket(socket.AF_UNIX))
        outside.bind(str(path))
        path.chmod(0o777)
        for listener in (streams, outside, allowed_streams):
            listener.listen(1024)
        found = Arrivals(port, allowed.getsockname()[1], path)
        sources = {streams: _accept, datagrams: _receive, allowed_streams: _swallow, allowed: _drop, outside: _outside}
        thread = threading.Thread(target=_serve, args=(found, sources), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            found._stop.set()  # noqa: SLF001 - its own
            thread.join()


def _serve(found: Arrivals, sources: Mapping[socket.socket, Callable[[Arrivals, socket.socket], None]]) -> None:
    with selectors.DefaultSelector() as selector:
        for source, serve in sources.items():
            source.settimeout(0)
            selector.register(source, selectors.EVENT_READ, serve)
        while not found._stop.is_set():  # noqa: SLF001 - its own
            for key, _events in selector.select(0.01):
                with contextlib.suppress(OSError):
                    key.data(found, key.fileobj)


def _accept(found: Arrivals, source: socket.socket) -> None:
    connection, _ = source.accept()
    connection.close()
    found.count += 1


def _receive(found: Arrivals, source: socket.socket) -> None:
    source.recv(_DATAGRAM)
    found.count += 1


def _swallow(_found: Arrivals, source: socket.socket) -> None:
    connection, _ = source.accept()
    connection.close()


def _drop(_found: Arrivals, source: socket.socket) -> None:
    source.recv(_DATAGRAM)


def _outside(found: Arrivals, source: socket.socket) -> None:
    """Serve the unix socket as a helper outside would: pass a connected socket, and forward what is written."""
    connection, _ = source.accept()
    with connection, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as given:
        given.connect(("127.0.0.1", found.port))
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [given.fileno()]))
        connection.sendmsg([b"x"], [rights])
        connection.settimeout(0.2)
        if connection.recv(_DATAGRAM):
            found.count += 1
