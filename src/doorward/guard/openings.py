"""Who reads credentials and planted files: inotify on the few real paths, joined with the hooks' lines.

inotify names no process. A line of a hook does, and so does a descendant that still has the file open; where neither
does, the access is told without an actor: it may have been any process of this machine.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import select
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

from doorward.guard.attribution.join import Layers
from doorward.guard.ledger import now
from doorward.guard.paths import CREDENTIALS, Sensitive
from doorward.guard.tree import Tree
from doorward.guard.watch import Watch
from doorward.model.run import Actor, Attribution, FileAccess, Phase

_IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")
_MAX_WATCHES = 512
_LOOKS, _PAUSE = 4, 0.004
#: Seconds for what has happened when the command ends.
_END = 1.0
_NOBODY = Actor(Phase.RUN, (), Attribution())
_LIBC = ctypes.CDLL(None, use_errno=True)


class Openings:
    """Watches while a command runs."""

    def __init__(self, watch: Watch, layers: Layers, tree: Tree, sensitive: Sensitive, files: Iterable[Path]) -> None:
        """``files`` are existing files; ``tree`` is this thread's own."""
        self._watch, self._layers, self._tree, self._sensitive = watch, layers, tree, sensitive
        self._inotify = _LIBC.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        self._paths: dict[int, str] = {}
        for file in list(files)[:_MAX_WATCHES]:
            number = _LIBC.inotify_add_watch(self._inotify, os.fsencode(file), _IN_OPEN) if self._inotify >= 0 else -1
            if number >= 0:
                self._paths[number] = str(file)
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="guard-openings")
        self._thread.start()

    def close(self) -> None:
        """Stop watching, after what has happened was told."""
        os.write(self._waker, b"x")
        self._thread.join()
        os.close(self._wake)
        os.close(self._waker)
        if self._inotify >= 0:
            # The kernel takes 20 ms for this one, and nobody needs to wait for it.
            threading.Thread(target=os.close, args=(self._inotify,), daemon=True).start()

    def _serve(self) -> None:
        poll = select.poll()
        for descriptor in (self._inotify, self._wake):
            if descriptor >= 0:
                poll.register(descriptor, select.POLLIN)
        until = math.inf
        while True:
            ready = {descriptor for descriptor, _events in poll.poll()}
            if self._wake in ready:
                # Another process of this machine may go on opening them for ever.
                until = min(until, time.monotonic() + _END)
            if self._inotify in ready and time.monotonic() < until:
                for path in dict.fromkeys(self._opened()):
                    self._tell(path)
            elif self._wake in ready:
                return

    def _opened(self) -> Iterator[str]:
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._inotify, 65536)
            while len(data) >= _EVENT.size:
                number, mask, _cookie, length = _EVENT.unpack_from(data)
                data = data[_EVENT.size + length :]
                if mask & _IN_OPEN and number in self._paths:
                    yield self._paths[number]

    def _tell(self, path: str) -> None:
        seen_by, actor = self._by_hook(path) or self._by_descriptor(path) or ("inotify", _NOBODY)
        kind = self._sensitive.read(path) or "credential"
        with self._watch.lock:
            event = FileAccess(now(), actor, path, kind, "read", seen_by)
            self._watch.ledger.files.add((actor.processes, actor.attribution, path, "read"), event)

    def _by_hook(self, path: str) -> tuple[str, Actor] | None:
        """Find the line of a hook that opened the file."""
        with self._watch.lock:
            self._layers.drain()
            for event in tuple(reversed(self._layers.log.opened)):
                if os.path.realpath(event.target) == path:
                    self._layers.log.opened.remove(event)
                    caller = self._tree.caller(event.tid) or self._tree.caller(event.pid)
                    return "python-hook", self._layers.actor_of_event(caller, event)
        return None

    def _by_descriptor(self, path: str) -> tuple[str, Actor] | None:
        """Find a descendant that has the file open. The kernel tells of an open before the descriptor is there."""
        for _ in range(_LOOKS):
            for pid in self._tree.descendants():
                caller = self._tree.caller(pid) if _has_open(pid, path) else None
                if caller is not None:
                    with self._watch.lock:
                        return "inotify", self._layers.actor_of_process(caller)
            time.sleep(_PAUSE)
        return None


def _has_open(pid: int, path: str) -> bool:
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if os.readlink(entry.path) == path:  # noqa: PTH115 - many at once
                    return True
    return False


def credential_files(homes: Iterable[str], honey: Iterable[Path]) -> list[Path]:
    """Return the credentials that exist under the homes, and the planted files; links resolved.

    What lies in a folder that may not be looked into is not there for the command either.
    """
    found: list[Path] = []
    for home, pattern in product(homes, CREDENTIALS):
        found += Path(home).glob(pattern) if "*" in pattern else [Path(home, pattern)]
    return list(dict.fromkeys(path.resolve() for path in (*honey, *found) if os.path.isfile(path)))  # noqa: PTH113 - it never raises
