"""Start the command under the filter, from a thread of its own.

Filters are per thread and inherited: the supervisor's other threads stay free, and the listener lies in its own table,
so no descriptor has to be passed. The thread may only launch: it is filtered itself.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import select
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from doorward.guard import kernel, landlock
from doorward.guard.tree import children_of
from doorward.records import dataclass

_VFORK_LOCK = threading.Lock()
#: The module's own switch, documented there for cases like this one.
_VFORK_SWITCH = "_USE_VFORK"
_MANY_DESCRIPTORS = 65536
CANNOT_RUN, NOT_FOUND = 126, 127


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start."""

    command: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path | None
    program: bytes
    landlock_abi: int
    #: TCP ports that the command's own threads may connect to; None: any.
    ports: Sequence[int] | None


@dataclass(slots=True)
class Launched:
    """A command that was started, or the reason why not."""

    process: subprocess.Popen[bytes] | None = None
    #: 126 or 127 where the command could not be run.
    code: int = 0
    #: Why there is no listener.
    refused: OSError | None = None
    #: Whether someone answers the listener: without that nothing is started.
    served: bool = False


def launch(plan: Plan, serve: Callable[[int, bool], None]) -> Launched:
    """Install the filter on a new thread, call ``serve(listener, killable)`` on this one, then start the command.

    ``serve`` may start threads: started from here they are free of the filter.
    """
    launched = Launched()
    installed, served = threading.Event(), threading.Event()
    listener: list[tuple[int, bool]] = []

    def work() -> None:
        try:
            kernel.no_new_privileges()
            if plan.landlock_abi:
                landlock.restrict(plan.landlock_abi, ports=plan.ports)
            listener.append(kernel.install_filter(plan.program))
        except OSError as error:
            launched.refused = error
            return
        finally:
            installed.set()
        served.wait()
        if launched.served:
            start(plan, launched)

    thread = threading.Thread(target=work, name="guard-launcher")
    thread.start()
    installed.wait()
    try:
        if listener:
            serve(*listener[0])
            launched.served = True
    finally:
        served.set()
        thread.join()
    return launched


def start(plan: Plan, launched: Launched) -> None:
    """Start the command from the calling thread and fill ``launched``."""
    try:
        with _without_vfork():
            launched.process = subprocess.Popen(  # noqa: S603 - running the user's own command is the purpose
                list(plan.command), env=dict(plan.environment), cwd=plan.cwd, close_fds=True
            )
    except (FileNotFoundError, NotADirectoryError):
        launched.code = NOT_FOUND
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.ENOMEM, errno.EMFILE}:
            launched.refused = error
        launched.code = CANNOT_RUN
    except ValueError:  # an argument with a null byte
        launched.code = CANNOT_RUN


@contextlib.contextmanager
def _without_vfork() -> Iterator[None]:
    """Fork plainly: with vfork the interpreter's lock may be held while the child waits for an answer that needs it."""
    with _VFORK_LOCK:
        before = getattr(subprocess, _VFORK_SWITCH)
        setattr(subprocess, _VFORK_SWITCH, False)
        try:
            yield
        finally:
            setattr(subprocess, _VFORK_SWITCH, before)


@contextlib.contextmanager
def open_standard_streams() -> Iterator[None]:
    """Fill closed standard streams, so that no descriptor of ours takes their number and reaches the command.

    They are filled close-on-exec: the command finds them closed, as its caller left them.
    """
    filled = []
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > 2:  # noqa: PLR2004 - past standard error
            os.close(descriptor)
            break
        filled.append(descriptor)
    try:
        yield
    finally:
        for descriptor in filled:
            os.close(descriptor)


@contextlib.contextmanager
def many_descriptors() -> Iterator[None]:
    """Raise this process's limit of open files for a while; the command has its own by now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MANY_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MANY_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def wait(process: subprocess.Popen[bytes], meanwhile: Callable[[], None]) -> int:
    """Wait for a process and call ``meanwhile`` four times a second."""
    try:
        pidfd = os.pidfd_open(process.pid)
    except OSError:
        return process.wait()
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        while not poll.poll(250):
            meanwhile()
    finally:
        os.close(pidfd)
    return process.wait()


def reap_orphans(keep: frozenset[int]) -> None:
    """Collect descendants that became our children and ended; ``keep`` are those that others wait for."""
    for pid in children() - keep:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def children() -> frozenset[int]:
    """Return the ids of this process's present children."""
    return frozenset(children_of(os.getpid()))
