"""Read what the hooks wrote.

The file lies in a folder of this run, but the watched code can write to it as well: a line only ever says who made a
call that the kernel has seen, and one of Python's is held against the interpreter's own stack, where that can be read.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator

from doorward.records import dataclass, field

#: Small enough to be taken from the heap: every trapped call asks for one.
_CHUNK = 1 << 16
_MAX_LINE = 1 << 16
_EVENTS_PER_THREAD = 64
_THREADS = 4096
_OPENED = 256
_FIELDS = 8
_ESCAPE = re.compile(r"\\([\\tnrs])")
_NUMBER = re.compile(r"-?[0-9]{1,10}\Z")
_PLAIN = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r", "s": " "}


@dataclass(frozen=True, slots=True)
class Event:
    """One line."""

    #: "socket.connect", "node.connect" ...
    kind: str
    pid: int
    tid: int
    descriptor: int
    target: str
    port: int
    test: str
    #: As it was written; :func:`frames` takes it apart.
    stack: str


@dataclass(slots=True)
class HookLog:
    """The log of one run: the last events of each thread."""

    descriptor: int
    #: Thread -> its last events. Node has one thread for all its connections, and keeps them by process.
    events: dict[int, deque[Event]] = field(default_factory=dict)
    #: Processes that carry a hook.
    hooked: set[int] = field(default_factory=set)
    #: (pid, files) of the modules that were loaded, as they come.
    modules: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    #: The last sensitive files that were opened.
    opened: deque[Event] = field(default_factory=lambda: deque(maxlen=_OPENED))
    #: Told of every event, where the hooks are all there is.
    tell: Callable[[Event], None] | None = None
    _offset: int = 0
    _rest: bytes = b""

    def drain(self) -> None:
        """Take in what has been written since. A line that is no event is passed over: anyone can write here."""
        while data := os.pread(self.descriptor, _CHUNK, self._offset):
            self._offset += len(data)
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                event = parse(line)
                if event is not None:
                    self._keep(event)
                    if self.tell is not None:
                        self.tell(event)
            if len(self._rest) > _MAX_LINE:
                self._rest = b""
            if len(data) < _CHUNK:
                # The end, for now: whoever writes faster than this reads is not waited for.
                return

    def _keep(self, event: Event) -> None:
        if event.kind.endswith(".start"):
            self.hooked.add(event.pid)
            self.events.pop(event.tid, None)
        elif event.kind.endswith(".modules"):
            self.modules.append((event.pid, tuple(unescape(item) for item in event.stack.split(" ") if item)))
        else:
            if event.kind == "open":
                self.opened.append(event)
            self.hooked.add(event.pid)
            if event.tid not in self.events:
                if len(self.events) >= _THREADS:
                    del self.events[next(iter(self.events))]
                self.events[event.tid] = deque(maxlen=_EVENTS_PER_THREAD)
            self.events[event.tid].append(event)

    def last(self, *threads: int) -> Iterator[Event]:
        """Yield the events of the threads, the newest first."""
        for thread in dict.fromkeys(threads):
            yield from reversed(self.events.get(thread, ()))


def parse(line: bytes) -> Event | None:
    """Return the event of a line, None for a line that is none."""
    fields = line.decode("utf-8", "replace").split("\t")
    if len(fields) != _FIELDS:
        return None
    kind, pid, tid, descriptor, target, port, test, stack = fields
    numbers = [_number(item) for item in (pid, tid, descriptor, port)]
    process, thread, file, number = numbers
    if process is None or thread is None or file is None or not kind:
        return None
    return Event(kind, process, thread, file, unescape(target), number or 0, unescape(test), stack)


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.match(text) else None


def unescape(text: str) -> str:
    """Undo the escapes of the hooks."""
    return _ESCAPE.sub(lambda match: _PLAIN[match[1]], text)


def frames(stack: str) -> Iterator[tuple[str, int]]:
    """Yield (file, line) of a stack, innermost first."""
    for item in stack.split(" "):
        file, _, line = item.rpartition(":")
        if file and line.isdecimal():
            yield unescape(file), int(line[:9])
