"""Where the kernel cannot notify: what the language hooks tell, and nothing else. Works on any system.

Whatever does not speak through a hooked interpreter stays unseen, and nothing can be refused: the run's grade says so.
"""

from __future__ import annotations

import ipaddress
import threading

from doorward.guard.attribution.join import Layers
from doorward.guard.hooks.log import Event
from doorward.guard.tree import Tree
from doorward.guard.watch import Watch
from doorward.model.run import Endpoint
from doorward.records import dataclass, field

_CALLS = {
    "socket.connect": ("connect", "tcp"),
    "socket.sendto": ("sendto", "udp"),
    "socket.sendmsg": ("sendmsg", "udp"),
    "node.connect": ("connect", "tcp"),
    "node.send": ("sendto", "udp"),
}
_PERIOD = 0.05


@dataclass(slots=True)
class HookWatcher:
    """Turns the hooks' lines into connections while a command runs."""

    watch: Watch
    layers: Layers
    tree: Tree
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Follow the log on a thread."""
        self.layers.log.tell = self.take
        self._thread = threading.Thread(target=self._follow, daemon=True, name="guard-hooks")
        self._thread.start()

    def close(self) -> None:
        """Stop, after everything written was taken in."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        with self.watch.lock:
            self.layers.drain()
            self.layers.log.tell = None

    def _follow(self) -> None:
        while not self._stop.wait(_PERIOD):
            with self.watch.lock:
                self.layers.drain()

    def take(self, event: Event) -> None:
        """Record the connection that a line tells of."""
        if event.kind not in _CALLS:
            return
        call, protocol = _CALLS[event.kind]
        endpoint, host = endpoint_of(event, protocol)
        caller = self.tree.caller(event.tid) or self.tree.caller(event.pid)
        actor = self.layers.actor_of_event(caller, event)
        self.watch.record(actor, endpoint, host or self.watch.names.of(endpoint.address), call)


def endpoint_of(event: Event, protocol: str) -> tuple[Endpoint, str]:
    """Return the endpoint of a line, and the name where it gives one instead of an address."""
    try:
        address = ipaddress.ip_address(event.target.partition("%")[0])
    except ValueError:
        if event.target.startswith(("/", "\0", "@")) or not event.port:
            return Endpoint("unix", event.target.replace("\0", "@", 1), 0, "unix"), ""
        return Endpoint("unresolved", "", event.port, protocol), event.target
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return Endpoint(f"ipv{address.version}", str(address), event.port, protocol), ""
