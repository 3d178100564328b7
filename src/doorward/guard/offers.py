"""What this kernel and this sandbox offer, and the grade that follows from it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from doorward.guard import kernel, landlock
from doorward.guard.abi import MACHINES
from doorward.model.run import Grade, Mode

_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
_YAMA_ADMIN = 2


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
    synchronous: bool = True

    @property
    def missing(self) -> tuple[str, ...]:
        """Name what is not there, each a short phrase."""
        wanting = (
            (not self.notification, self.notification),
            (self.descriptors, "pidfd_getfd is refused: connections cannot be made race-free"),
            (self.memory, "memory of other processes cannot be read: addresses stay unknown"),
            (self.landlock >= landlock.TCP_PORTS, "no Landlock rules for TCP: no floor beneath the filter"),
            (
                self.landlock >= landlock.SIGNAL_SCOPE,
                "no Landlock scope for signals: the command can end its supervisor",
            ),
            (self.resolver, "no own resolver: names stay unseen"),
            (self.killable, "no killable wait: a signal restarts a call, which is then counted twice"),
            (self.synchronous, "no synchronous wake-up: every connection costs more"),
        )
        return tuple(phrase for there, phrase in wanting if not there)

    def grade(self, mode: Mode) -> Grade:
        """Return how far a refusal can be relied on."""
        if mode is Mode.OBSERVE or self.notification:
            return Grade.OBSERVED
        if self.descriptors and self.memory and self.resolver:
            return Grade.ENFORCED
        return Grade.ENFORCED_PORTS if self.landlock >= landlock.TCP_PORTS else Grade.BEST_EFFORT


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
