"""execve and execveat: which programs a build starts, and the end of what was known of the caller."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath

from doorward.guard import kernel, reading
from doorward.guard.calls import PROCEED, Answer, Call, Gone
from doorward.guard.handlers.where import resolve
from doorward.guard.ledger import Worth, now
from doorward.guard.watch import Watch
from doorward.model.run import Execution
from doorward.records import dataclass

_DOWNLOAD = frozenset(
    {"curl", "wget", "aria2c", "axel", "nc", "ncat", "netcat", "socat", "ftp", "tftp", "scp", "powershell", "pwsh"}
)
_DECODE = frozenset({"base64", "base32", "xxd", "uudecode", "openssl"})
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish"})
_PIPED = re.compile(r"\|\s*(sudo\s+)?(/\S*/)?(ba|da|z|k)?sh\b|/dev/(tcp|udp)/")


@dataclass(slots=True)
class Programs:
    """The handlers."""

    watch: Watch
    listener: int
    #: Whether the command itself has been started: that is no fact about it.
    started: bool = False

    def execve(self, call: Call) -> Answer:
        """Handle ``execve(path, argv, environment)``."""
        return self._start(call, call.arguments[0], call.arguments[1], None)

    def execveat(self, call: Call) -> Answer:
        """Handle ``execveat(directory, path, argv, environment, flags)``."""
        return self._start(call, call.arguments[1], call.arguments[2], call.arguments[0])

    def _start(self, call: Call, path_at: int, argv_at: int, directory: int | None) -> Answer:
        try:
            place = resolve(call.pid, directory, reading.read_text(call.tid, path_at))
            if not os.path.exists(place):  # noqa: PTH110 - a shell tries every folder of PATH while it waits
                return PROCEED
            argv = reading.read_argv(call.tid, argv_at, call.bits)
        except OSError:
            return PROCEED  # the kernel says EFAULT itself
        if not kernel.still_waits(self.listener, call.note.id):
            raise Gone
        if self.started:
            with self.watch.lock:
                actor = self.watch.attributor.actor(call, None)
                event = Execution(now(), actor, place, argv, tool_of(place, argv))
                worth = Worth.UNEXPECTED if event.tool else Worth.PLAIN
                self.watch.ledger.executions.add((id(actor), place, argv), event, worth)
        self.started = call.caller.stale = True
        self.watch.attributor.renewed(call.caller)
        return PROCEED


def tool_of(path: str, argv: tuple[str, ...]) -> str:
    """Return "download", "decode", "shell" (a shell that runs what it is piped) or ""."""
    name = PurePosixPath(path).name
    applet = PurePosixPath(argv[1]).name if name in {"busybox", "toybox"} and len(argv) > 1 else name
    if applet in _DOWNLOAD:
        return "download"
    if applet in _DECODE:
        return "decode"
    if applet in _SHELLS and any(_PIPED.search(argument) for argument in argv[1:]):
        return "shell"
    return ""
