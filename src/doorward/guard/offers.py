"""What this kernel and this sandbox offer, and the grade that follows from it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from doorward.guard import kernel, landlock
from doorward.guard.abi import MACHINES
from doorward.model.run import Grade, Mode
from doorward.records import dataclass

_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
_YAMA_ADMIN = 2
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Offers:
    """What was found. ``notification`` is "" where trapped calls can be served, else the kernel's reason."""

    notification: str
    #: Whether descriptors of other processes can be duplicated.
    descriptors: bool
    #: Whether memory of other processes can be read.
    memory: bool
    landlock: int
    #: Whether the own resolver can be put between.
    resolver: bool = True
    #: From the listener, once there is one: signals wait, wake-ups are synchronous.
    killable: bool = True
    #: Whether a network of its own can be had, where one was asked for.
    namespaces: bool = True
    synchronous: bool = True

    @property
    def missing(self) -> tuple[str, ...]:
        """Name what is not there, each a short phrase."""
        wanting = (
            (not self.notification, self.notification),
            (self.descriptors, "pidfd_getfd is refused: connections cannot be made race-free, names stay unseen"),
            (self.memory, "memory of other processes cannot be read: addresses stay unknown"),
            (self.landlock >= landlock.TCP_PORTS, "no Landlock rules for TCP: no floor beneath the filter"),
            (
                self.landlock >= landlock.SIGNAL_SCOPE,
                "no Landlock scope for signals: the command can end its supervisor",
            ),
            (self.resolver, "no own resolver: names stay unseen"),
            (self.namespaces, "no network namespaces: the command shares this machine's network"),
            (self.killable, "no killable wait: a signal restarts a call, which is then counted twice"),
            (self.synchronous, "no synchronous wake-up: every connection costs more"),
        )
        return tuple(phrase for there, phrase in wanting if not there)

    def grade(self, mode: Mode, *, ports: bool = False) -> Grade:
        """Return how far a refusal can be relied on; ``ports``: it is known which TCP ports may be connected to."""
        if mode is Mode.OBSERVE or self.notification:
            return Grade.OBSERVED
        if self.descriptors and self.memory and self.resolver:
            return Grade.ENFORCED
        return Grade.ENFORCED_PORTS if ports and self.landlock >= landlock.TCP_PORTS else Grade.BEST_EFFORT


def isolating(command: Sequence[str]) -> list[str]:
    """Return the command line that runs ``command`` in a network of its own."""
    return [sys.executable, "-I", str(Path(__file__).with_name("namespace.py")), *command]


def can_isolate() -> bool:
    """Whether namespaces are allowed here: it is tried."""
    try:
        done = subprocess.run(isolating(()), capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603 - our own
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def probe() -> Offers:
    """Ask the kernel. Nothing is changed."""
    scope = _yama()
    child_readable = scope < _YAMA_ADMIN or os.geteuid() == 0
    return Offers(_notification(), _descriptors() and child_readable, child_readable, landlock.version())


def _notification() -> str:
    machine = os.uname().machine
    if sys.platform != "linux":
        return f"{sys.platform} has no seccomp notification"
    if machine not in MACHINES:
        return f"no system call table for {machine}"
    try:
        actions = Path("/proc/sys/kernel/seccomp/actions_avail").read_text(encoding="utf-8").split()
    except OSError:
        return "the kernel has no seccomp, or hides it"
    return "" if "user_notif" in actions else "the kernel has no seccomp notification"


def _descriptors() -> bool:
    """Try to duplicate a descriptor of this process: a sandbox that gates the call refuses that too."""
    read, write = os.pipe()
    try:
        pidfd = os.pidfd_open(os.getpid())
        try:
            os.close(kernel.take_descriptor(pidfd, read))
        finally:
            os.close(pidfd)
    except OSError:
        return False
    finally:
        os.close(read)
        os.close(write)
    return True


def _yama() -> int:
    try:
        return int(_YAMA.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
