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
from pathlib import Path

from doorward.errors import InternalError
from doorward.guard import kernel
from doorward.records import dataclass, field

_SETTLE = 0.03
_DATAGRAM = 4096
_TRIES = 20
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
    with contextlib.ExitStack() as stack:
        streams, datagrams = _pair(stack, ipv6=ipv6)
        allowed_streams, allowed = _pair(stack, ipv6=False)
        port = streams.getsockname()[1]
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


def _pair(stack: contextlib.ExitStack, *, ipv6: bool) -> tuple[socket.socket, socket.socket]:
    """Return a stream and a datagram socket of one port, which may be taken for one of them."""
    for turn in range(_TRIES):
        # Perhaps this machine has no IPv6: then the way finds out by itself.
        family = socket.AF_INET6 if ipv6 and turn < _TRIES // 2 else socket.AF_INET
        streams = stack.enter_context(socket.socket(family))
        datagrams = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        with contextlib.suppress(OSError):
            streams.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
            datagrams.bind(("127.0.0.1", streams.getsockname()[1]))
            return streams, datagrams
    raise InternalError("no free port on loopback")


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
