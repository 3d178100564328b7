"""Which line of a hook belongs to which trapped call."""

from __future__ import annotations

from collections.abc import Iterable

from doorward.guard.calls import Call
from doorward.guard.hooks.log import Event, HookLog
from doorward.model.run import Endpoint

_LOOKUPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"})
#: What gets hold of a library, or of a function in it.
_NATIVE = frozenset({"ctypes.dlopen", "ctypes.dlsym"})
_STARTS = frozenset({"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "node.spawn"})


def event_of(log: HookLog, call: Call, endpoint: Endpoint | None) -> Event | None:
    """Return the hook's line of a call.

    Python writes it just before the call, so it is the thread's newest one, and speaks of one call only; a look-up
    stands for all the calls that it makes. Node connects later than it says, always from one thread.
    """
    own = log.events.get(call.tid)
    if endpoint is None:
        return _start_of(log, call)
    if own and call.name == "listen":
        return _first(event for event in reversed(own) if event.kind == "socket.bind")
    if own and _matches(own[-1], call, endpoint):
        return own[-1] if own[-1].kind in _LOOKUPS else own.pop()
    if call.pid not in log.events:
        return None
    told = [event for event in log.last(call.pid) if event.pid == call.pid]
    return _first(event for matches in (_connects, _looks_up) for event in told if matches(event, endpoint))


def hint_of(log: HookLog, call: Call) -> Event | None:
    """Return the line that last got hold of native code in a thread: calls past the interpreter go through it."""
    return _first(event for event in reversed(log.events.get(call.tid, ())) if event.kind in _NATIVE)


def _first(events: Iterable[Event]) -> Event | None:
    return next(iter(events), None)


def _start_of(log: HookLog, call: Call) -> Event | None:
    """Return the line that opened a file, or that started a program: the caller's, or that of who forked it."""
    own = log.events.get(call.tid)
    if call.name.startswith("open") and own and own[-1].kind == "open":
        return own[-1]
    if not call.name.startswith("exec"):
        return None
    parent = call.caller.ancestors[-1].pid if call.caller.ancestors else call.pid
    for thread in (call.tid, parent):
        events = log.events.get(thread)
        if events and events[-1].kind in _STARTS:
            return events[-1]
    if parent not in log.hooked:
        return None
    last = (events[-1] for events in log.events.values() if events)
    return _first(event for event in last if event.pid == parent and event.kind in _STARTS)


def _matches(event: Event, call: Call, endpoint: Endpoint) -> bool:
    if event.kind in _LOOKUPS:
        return endpoint.protocol != "tcp"
    same_target = event.port == endpoint.port or endpoint.family == "unix"
    return event.kind.startswith("socket.") and event.descriptor == call.descriptor and same_target


def _connects(event: Event, endpoint: Endpoint) -> bool:
    """Whether Node told of this connection or datagram."""
    if event.kind not in {"node.connect", "node.send"}:
        return False
    return event.port == endpoint.port if endpoint.is_ip else event.target == endpoint.address


def _looks_up(event: Event, endpoint: Endpoint) -> bool:
    """Whether Node told of a look-up: the C library asks for it, of a name server or of a daemon."""
    asking = endpoint.protocol == "udp" or endpoint.family == "unix"
    return asking and event.kind.startswith(("node.lookup", "node.resolve"))
