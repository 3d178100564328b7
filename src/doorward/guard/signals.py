"""Pass signals on to the command."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
#: What a terminal sends to everyone in its foreground: the command has it already.
_FROM_TERMINAL = frozenset({signal.SIGINT, signal.SIGQUIT})


@contextlib.contextmanager
def forwarded(send: Callable[[int, bool], None]) -> Iterator[None]:
    """Give signals to ``send`` while the command runs, and whether the terminal gave them to the command as well.

    Only the main thread can: elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        send(number, number in _FROM_TERMINAL and _in_foreground())

    before = {
        number: signal.signal(number, handle) for number in _FORWARDED if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _in_foreground() -> bool:
    """Whether a terminal controls this process and sends its signals to the command as well."""
    for stream in (sys.__stdin__, sys.__stderr__, sys.__stdout__):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if os.tcgetpgrp(stream.fileno()) == os.getpgrp():  # type: ignore[union-attr]
                return True
    return False
