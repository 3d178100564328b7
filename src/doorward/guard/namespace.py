"""Start a command in a network of its own, where only loopback is: ``python namespace.py COMMAND ...``.

It runs as a program of its own, since a user namespace needs a process with one thread, and imports nothing of ours. It
ends with 126 or 127 as shells do, and with 125 where namespaces are not allowed.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1


def enter() -> None:
    """Enter a new network namespace, and a user namespace where it takes one, and bring loopback up. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(_NEW_NETWORK) != 0:
        if libc.unshare(_NEW_USER | _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "no namespaces")
        _write("setgroups", "deny")
        _write("uid_map", f"{user} {user} 1")
        _write("gid_map", f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH22x", b"lo", 0)
        flags = struct.unpack("16xH22x", fcntl.ioctl(any_socket, _GET_FLAGS, request))[0]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH22x", b"lo", flags | _UP))


def _write(name: str, text: str) -> None:
    descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def main(command: list[str]) -> int:
    """Enter the namespace and become the command; return a code where that fails."""
    try:
        enter()
    except OSError as error:
        sys.stderr.write(f"guard: {error}\n")
        return 125
    if command:
        try:
            os.execvp(command[0], command)  # noqa: S606 - running the user's own command is the purpose
        except (FileNotFoundError, NotADirectoryError):
            return 127
        except OSError:
            return 126
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
