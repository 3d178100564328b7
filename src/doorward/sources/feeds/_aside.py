"""Read a large feed in a process of its own, while this one writes what it says: less than two thirds of the time.

The process is a fork, so it starts at once and needs nothing but a pipe. What it found comes in frames: the number of
the item's type, a length, and the item as MessagePack. The last frame says that all was read: where it does not come
the feed was not read to its end, whatever the reason, and that is an error. Where one processor is all there is, or
other threads run, which a fork must not be made beside, the feed is read here.
"""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from doorward.errors import FeedError
from doorward.model.advisories import Advisory, Exploited, Likelihood, Pack
from doorward.model.intelligence import About, Defect, Disowned, HashBlock, Indicator, Refused

#: Bytes of a feed from which a process of its own pays.
LARGE = 16 << 20
_TYPES: tuple[type[Any], ...] = (
    Pack,
    Indicator,
    Disowned,
    HashBlock,
    Advisory,
    Exploited,
    Likelihood,
    About,
    Refused,
    Defect,
)
_NUMBERS = {type_: number for number, type_ in enumerate(_TYPES)}
#: What is no item: why the feed cannot be read, and that all was read.
_ERROR, _END = 254, 255
_FRAME = struct.Struct("<BI")
_BUFFER = 1 << 20
_DIED = "the process that read the feed ended before its end"
_encode = msgspec.msgpack.Encoder().encode


def worthwhile(path: Path) -> bool:
    """Whether a feed is large, and a process beside this one can be had."""
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) == 1 or threading.active_count() > 1:
        return False
    # A name that is no text cannot be said in a frame.
    return path.is_file() and path.stat().st_size >= LARGE and path.name.isprintable()


def aside(read: Callable[[], Iterable[object]]) -> Iterator[Any]:
    """Yield what ``read`` yields in a process of its own; raise :class:`FeedError` where it does, or ends too early."""
    source, sink = os.pipe()
    with suppress(OSError):
        # Linux lets a pipe hold this much, so that the two seldom wait for each other.
        fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, _BUFFER)
    try:
        child = os.fork()
    except OSError:
        # No process can be had: it is read here.
        os.close(source)
        os.close(sink)
        yield from read()
        return
    if not child:
        os.close(source)
        _serve(sink, read)
    os.close(sink)
    try:
        with os.fdopen(source, "rb", _BUFFER) as frames:
            yield from _received(frames)
    finally:
        # It has nothing more to say; where this one gave up, it must not go on.
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _serve(sink: int, read: Callable[[], Iterable[object]]) -> None:
    """Write all items to the pipe, and end this process without what the other one would do at its end."""
    code = 1
    try:
        with os.fdopen(sink, "wb", _BUFFER) as frames:
            try:
                for item in read():
                    _send(frames, _NUMBERS[type(item)], _encode(item))
                _send(frames, _END, b"")
            except FeedError as error:
                _send(frames, _ERROR, str(error).encode("utf-8", "backslashreplace"))
        code = 0
    finally:
        os._exit(code)


def _send(frames: BinaryIO, number: int, data: bytes) -> None:
    frames.write(_FRAME.pack(number, len(data)))
    frames.write(data)


def _received(frames: BinaryIO) -> Iterator[Any]:
    decoders = [msgspec.msgpack.Decoder(type_).decode for type_ in _TYPES]
    while True:
        head = frames.read(_FRAME.size)
        if len(head) != _FRAME.size:
            raise FeedError(_DIED)
        number, size = _FRAME.unpack(head)
        data = frames.read(size)
        if len(data) != size:
            raise FeedError(_DIED)
        if number == _END:
            return
        if number == _ERROR:
            raise FeedError(data.decode())
        yield decoders[number](data)
