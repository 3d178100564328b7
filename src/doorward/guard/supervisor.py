"""The loop: take a trapped call, find its caller and its handler, answer.

One thread takes and answers; calls that may wait go to workers. The loop ends when the last process under the filter
ends. A fault of a handler refuses the call in block mode and lets it pass in observe mode, and is told either way.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Mapping, Sequence

from doorward.guard import kernel
from doorward.guard.abi import AUDIT_X86_64, X32_BIT, Architecture
from doorward.guard.calls import PROCEED, Answer, Call, Gone, failure
from doorward.guard.kernel import Notification
from doorward.guard.tree import Tree
from doorward.records import dataclass, field

_EIO, _EACCES = 5, 13
_WORD_32 = 0xFFFFFFFF

Handler = Callable[[Call], Answer | None]
#: Bits of a table of calls -> name of a call -> its handler.
Handlers = Mapping[int, Mapping[str, Handler]]


@dataclass(slots=True)
class Supervisor:
    """Serves one listener."""

    listener: int
    tree: Tree
    handlers: Handlers
    architectures: Sequence[Architecture]
    blocking: bool
    #: Set when the last process under the filter has ended.
    done: threading.Event = field(default_factory=threading.Event)
    #: Faults of our own, each once.
    faults: dict[str, None] = field(default_factory=dict)
    #: (architecture, number) -> the handler, the call's name, and the bits of its table.
    _routes: dict[tuple[int, int], tuple[Handler, str, int]] = field(default_factory=dict)
    _us: int = field(default_factory=os.getpid)

    def start(self) -> threading.Thread:
        """Serve on a thread of its own."""
        for architecture in self.architectures:
            handlers = self.handlers[architecture.bits]
            for number, name in architecture.names.items():
                if name in handlers:
                    self._routes[architecture.audit, number] = (handlers[name], name, architecture.bits)
        thread = threading.Thread(target=self._serve, daemon=True, name="guard-supervisor")
        thread.start()
        return thread

    def reply(self, note_id: int, answer: Answer) -> None:
        """Answer a call."""
        kernel.answer(self.listener, note_id, *answer)

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self.listener, select.POLLIN)
        # Where taking a call also tells of the end, there is no need to ask before each whether one is there.
        patience = 0 if kernel.tells_of_the_end() else None
        try:
            while True:
                if (patience is None or not self._next()) and _has_ended(poll.poll(patience)):
                    return
                if patience is None:
                    self._next()
        finally:
            self.done.set()

    def _next(self) -> bool:
        """Take a call and answer it, or leave that to a worker. False: there was none to take."""
        try:
            note = kernel.receive(self.listener)
        except OSError as error:
            self.faults[f"a call could not be taken: {error}"] = None
            return False
        if note is None:
            return False
        self._handle(note)
        return True

    def _handle(self, note: Notification) -> None:
        try:
            answer = self._answer(note)
        except Gone:
            return
        except OSError as error:
            # The caller's memory or descriptor is not what it said: the kernel would answer the same.
            answer = failure(error.errno or _EIO) if self.blocking else PROCEED
        except Exception as error:  # noqa: BLE001 - the boundary: a fault of ours must leave no caller stopped for ever
            self.faults[f"{type(error).__name__}: {error}"] = None
            answer = failure(_EIO) if self.blocking else PROCEED
        if answer is not None:
            self.reply(note.id, answer)

    def _answer(self, note: Notification) -> Answer | None:
        caller = self.tree.caller(note.tid) if note.tid else None
        if caller is None:
            # In a process namespace that cannot be seen from here, or already gone.
            return failure(_EACCES) if self.blocking else PROCEED
        if caller.pid == self._us:
            return PROCEED  # the thread that launches
        route = self._routes.get((note.audit, note.number))
        if route is None:
            if note.audit != AUDIT_X86_64 or note.number < X32_BIT:
                return PROCEED
            route = (self.handlers[64]["x32"], "x32", 64)
        handler, name, bits = route
        arguments = note[6:] if bits == 64 else tuple(word & _WORD_32 for word in note[6:])  # noqa: PLR2004
        return handler(Call(note, name, bits, caller, arguments, note.tid, caller.pid))


def _has_ended(events: list[tuple[int, int]]) -> bool:
    """Whether what a poll says of the listener is that nobody is left under the filter."""
    return any(not told & select.POLLIN for _descriptor, told in events)
