"""Race-free enforcement: the supervisor makes the call itself, on its own copy of the address.

What was decided is what happens, whatever another thread writes into the caller's memory or its descriptor table in the
meantime. O_NONBLOCK is shared with the caller and never touched: calls that may block run on a worker.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import signal
import struct
import threading
from collections.abc import Callable, Iterator

from doorward.guard import kernel
from doorward.guard.calls import Answer, Call, failure
from doorward.guard.reading import Message
from doorward.guard.sockets import AF_UNIX, family_of
from doorward.guard.tree import status_field
from doorward.records import dataclass

SO_TYPE, SO_PROTOCOL, SO_DOMAIN = 3, 38, 39
_MSG_NOSIGNAL, _MSG_DONTWAIT = 0x4000, 0x40
_SOL_SOCKET, _SCM_RIGHTS = 1, 1
_CONTROL_HEADER = struct.Struct("=Qii")
_EIO, _EPIPE = 5, 32


def take(call: Call) -> int:
    """Duplicate the socket of a call. Raises OSError: EBADF as the kernel would, EPERM where it is not allowed."""
    return kernel.take_descriptor(call.caller.pidfd, call.descriptor)


def may_block(descriptor: int, flags: int = 0) -> bool:
    """Whether a call on the descriptor may wait."""
    return not (flags & _MSG_DONTWAIT or fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_NONBLOCK)


def connect(call: Call, descriptor: int, address: bytes) -> Answer:
    """Connect the caller's socket to ``address``."""
    if family_of(address) != AF_UNIX:
        error = kernel.connect(descriptor, address)
        return failure(error) if error else Answer()
    with _reachable(call, address) as reachable:
        error = kernel.connect(descriptor, reachable)
    return failure(error) if error else Answer()


def send(call: Call, descriptor: int, message: Message, flags: int) -> Answer:
    """Send a message over the caller's socket; what breaks a pipe signals the caller, as the kernel would."""
    with _reachable(call, message.name) as reachable, _own_rights(call, message.control) as control:
        sent, error = kernel.send_message(descriptor, message.payload, reachable, control, flags | _MSG_NOSIGNAL)
    if error == _EPIPE and not flags & _MSG_NOSIGNAL:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(call.caller.pidfd, signal.SIGPIPE)
    return failure(error) if error else Answer(value=sent)


@contextlib.contextmanager
def _reachable(call: Call, address: bytes) -> Iterator[bytes]:
    """Yield the address as this process has to write it: a unix path is the caller's, under its root and its rights."""
    path = address[2:].partition(b"\0")[0] if family_of(address) == AF_UNIX else b""
    if not path:
        yield address
        return
    base = b"root" if path.startswith(b"/") else b"cwd"
    with _rights_of(call.pid):
        found = os.open(b"/proc/%d/%b/%b" % (call.pid, base, path), os.O_PATH)
        try:
            yield struct.pack("=H", AF_UNIX) + b"/proc/self/fd/%d\0" % found
        finally:
            os.close(found)


@contextlib.contextmanager
def _rights_of(pid: int) -> Iterator[None]:
    """Reach files with the user and group of a process: root must not lend its own to whom it watches."""
    uid, gid = (int((status_field(pid, name).split() or ["-1"])[-1]) for name in (b"Uid", b"Gid"))
    if (uid, gid) == (os.geteuid(), os.getegid()):
        yield
        return
    if -1 in {uid, gid}:
        raise ProcessLookupError(3, "the caller is gone")
    kernel.act_as(uid, gid)
    try:
        yield
    finally:
        kernel.act_as(os.geteuid(), os.getegid())


@contextlib.contextmanager
def _own_rights(call: Call, control: bytes) -> Iterator[bytes]:
    """Yield the control data with the passed descriptors replaced by duplicates of ours."""
    parts, taken = [], []
    try:
        for level, kind, data in _control_messages(control):
            body = data
            if (level, kind) == (_SOL_SOCKET, _SCM_RIGHTS):
                count = len(data) // 4
                ours = [
                    kernel.take_descriptor(call.caller.pidfd, fd)
                    for fd in struct.unpack(f"={count}i", data[: 4 * count])
                ]
                taken += ours
                body = struct.pack(f"={count}i", *ours)
            parts.append(
                _CONTROL_HEADER.pack(_CONTROL_HEADER.size + len(body), level, kind) + body + bytes(-len(body) % 8)
            )
        yield b"".join(parts)
    finally:
        for descriptor in taken:
            os.close(descriptor)


def _control_messages(control: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (level, type, data). Raises EINVAL for lengths that do not add up, as the kernel does."""
    offset = 0
    while len(control) - offset >= _CONTROL_HEADER.size:
        length, level, kind = _CONTROL_HEADER.unpack_from(control, offset)
        if not _CONTROL_HEADER.size <= length <= len(control) - offset:
            raise OSError(22, "control data that does not add up")
        yield level, kind, control[offset + _CONTROL_HEADER.size : offset + length]
        offset += length + -length % 8


@dataclass(slots=True)
class _Job:
    note_id: int
    tid: int
    work: Callable[[], Answer]


class Workers:
    """Threads for calls that may wait; as many as there are waiting calls, up to a bound.

    A caller that catches a signal while its call waits here gets EINTR, as it would from the kernel: the pending
    connect goes on by itself in both cases.
    """

    def __init__(
        self, reply: Callable[[int, Answer], None], faults: dict[str, None] | None = None, limit: int = 128
    ) -> None:
        """``reply`` answers a notification; ``faults`` takes faults of our own."""
        self.faults = {} if faults is None else faults
        self._reply = reply
        self._limit = limit
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._idle = 0
        self._threads = 0
        self._waiting: dict[int, _Job] = {}

    def submit(self, call: Call, work: Callable[[], Answer]) -> None:
        """Run ``work`` and reply with what it returns."""
        with self._lock:
            if self._threads == 0:
                threading.Thread(target=self._watch_signals, daemon=True, name="guard-signals").start()
            if self._idle == 0 and self._threads < self._limit:
                self._threads += 1
                threading.Thread(target=self._work, daemon=True, name="guard-worker").start()
            else:
                self._idle -= 1
        self._jobs.put(_Job(call.note.id, call.tid, work))

    def close(self) -> None:
        """Let the threads end; those that still wait in a call end after it."""
        self._closed.set()
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._waiting[job.note_id] = job
            try:
                answer = job.work()
            except OSError as error:
                answer = failure(error.errno or _EIO)
            except Exception as error:  # noqa: BLE001 - the boundary: a fault of ours must leave no caller stopped for ever
                self.faults[f"{type(error).__name__}: {error}"] = None
                answer = failure(_EIO)
            del self._waiting[job.note_id]
            self._reply(job.note_id, answer)
            with self._lock:
                self._idle += 1

    def _watch_signals(self) -> None:
        """Twenty times a second, look whether a waiting caller has a signal that it would handle."""
        while not self._closed.wait(0.05):
            for job in list(self._waiting.values()):
                if _has_caught_signal(job.tid):
                    self._reply(job.note_id, failure(4))


def _has_caught_signal(tid: int) -> bool:
    masks = {}
    with contextlib.suppress(OSError), open(f"/proc/{tid}/status", "rb") as file:  # noqa: PTH123 - twenty times a second
        for line in file:
            name, _, value = line.partition(b":")
            if name in {b"SigPnd", b"ShdPnd", b"SigBlk", b"SigCgt"}:
                masks[name] = int(value, 16)
    pending = masks.get(b"SigPnd", 0) | masks.get(b"ShdPnd", 0)
    return bool(pending & masks.get(b"SigCgt", 0) & ~masks.get(b"SigBlk", 0))
