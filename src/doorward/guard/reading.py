"""What a stopped caller's arguments point to: addresses, messages, paths, argument lists.

Every length is the caller's word, so every read has a bound. Errors are ``OSError`` (EPERM where the caller made itself
non-dumpable, EFAULT where it lied).
"""

from __future__ import annotations

import struct

from doorward.guard.kernel import read_memory
from doorward.guard.sockets import MAX_ADDRESS
from doorward.records import dataclass

_PAGE = 4096
_MAX_PATH = 4096
_MAX_ARGUMENTS = 256
_MAX_ARGUMENT = 4096
#: Pointers of an argument list that are read at a time.
_POINTERS = 64
#: The kernel's own limits: UIO_MAXIOV for vectors and messages; control data is bounded by optmem (20 kB by default).
_MAX_VECTORS = 1024
_MAX_CONTROL = 65536
#: More than a datagram holds; of a longer stream write the kernel may take a part, and so do we.
MAX_PAYLOAD = 1 << 20

_EFAULT, _EINVAL, _EMSGSIZE = 14, 22, 90


@dataclass(frozen=True, slots=True)
class Message:
    """A ``struct msghdr``, read once."""

    #: The raw destination, b"" where there is none.
    name: bytes
    payload: bytes
    control: bytes
    #: Whether the payload was cut at :data:`MAX_PAYLOAD`.
    cut: bool = False


def read_exactly(pid: int, address: int, size: int) -> bytes:
    """Read ``size`` bytes or raise EFAULT."""
    data = read_memory(pid, address, size) if size else b""
    if len(data) != size:
        raise OSError(_EFAULT, "the caller's memory ends early")
    return data


def read_address(pid: int, address: int, length: int) -> bytes:
    """Read a socket address. A length that the kernel refuses raises EINVAL, as it would there."""
    length &= 0xFFFFFFFF
    if length > MAX_ADDRESS:
        raise OSError(_EINVAL, "a socket address longer than any family's")
    return read_exactly(pid, address, length)


def read_text(pid: int, address: int, limit: int = _MAX_PATH) -> str:
    """Read a C string, at most ``limit`` bytes, page by page: the next page may not be there."""
    found = bytearray()
    while len(found) < limit:
        size = min(_PAGE - address % _PAGE, limit - len(found))
        part = read_memory(pid, address, size)
        text, end, _ = part.partition(b"\0")
        found += text
        if end or len(part) < size:
            break
        address += size
    return found.decode("utf-8", "surrogateescape")


def read_argv(pid: int, address: int, bits: int = 64) -> tuple[str, ...]:
    """Read a null-terminated array of strings: at most 256 of at most 4 kB."""
    width = bits // 8
    arguments: list[str] = []
    while address and len(arguments) < _MAX_ARGUMENTS:
        # As many as this page holds at once, and the one that lies across its end by itself.
        count = max(1, min((_PAGE - address % _PAGE) // width, _POINTERS))
        for pointer in read_words(pid, address, count, bits):
            if not pointer or len(arguments) == _MAX_ARGUMENTS:
                return tuple(arguments)
            arguments.append(read_text(pid, pointer, _MAX_ARGUMENT))
        address += count * width
    return tuple(arguments)


def read_words(pid: int, address: int, count: int, bits: int = 64) -> tuple[int, ...]:
    """Read ``count`` machine words."""
    data = read_exactly(pid, address, count * bits // 8)
    return struct.unpack(f"<{count}{'Q' if bits == 64 else 'I'}", data)  # noqa: PLR2004


def read_message(pid: int, address: int, bits: int = 64, *, payload: bool = True) -> Message:
    """Read a ``struct msghdr`` with all that it points to; ``payload=False`` leaves the payload out."""
    if bits == 64:  # noqa: PLR2004
        name, length, vectors, count, control, control_length, _flags = struct.unpack(
            "<QI4xQQQQI4x", read_exactly(pid, address, 56)
        )
    else:
        name, length, vectors, count, control, control_length, _flags = struct.unpack(
            "<7I", read_exactly(pid, address, 28)
        )
    if count > _MAX_VECTORS:
        raise OSError(_EMSGSIZE, "more vectors than the kernel takes")
    if control_length > _MAX_CONTROL:
        raise OSError(_EINVAL, "more control data than the kernel takes")
    data, cut = _gather(pid, vectors, count, bits) if payload else (b"", False)
    return Message(
        read_exactly(pid, name, min(length, MAX_ADDRESS)) if name and length else b"",
        data,
        read_exactly(pid, control, control_length) if control else b"",
        cut,
    )


def _gather(pid: int, vectors: int, count: int, bits: int) -> tuple[bytes, bool]:
    words = read_words(pid, vectors, 2 * count, bits)
    parts: list[bytes] = []
    room = MAX_PAYLOAD
    for base, length in zip(words[::2], words[1::2], strict=True):
        parts.append(read_exactly(pid, base, min(length, room)))
        if length > room:
            return b"".join(parts), True
        room -= length
    return b"".join(parts), False


def message_stride(bits: int) -> int:
    """Bytes from one ``struct mmsghdr`` to the next; its ``msg_len`` stands after the header."""
    return 64 if bits == 64 else 32  # noqa: PLR2004
