"""The list: forty ways, and those that are often forgotten."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable

from doorward.guard.selftest.arrivals import Arrivals
from doorward.guard.selftest.builds import Tools
from doorward.records import dataclass


class Unavailable(Exception):
    """This machine cannot try it. The text says why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a way is tried with."""

    tools: Tools
    arrivals: Arrivals
    attempts: int

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the helper."""
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
        return {**keep, "UNIX_SOCKET": str(self.arrivals.unix_path), "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way past a watch."""

    number: int
    name: str
    command: Callable[[Setting], list[str]]
    ipv6: bool = False
    #: The port is taken for a name server's.
    by_name: bool = False
    inherits: str = ""


def _helper(name: str) -> Callable[[Setting], list[str]]:
    def command(setting: Setting) -> list[str]:
        if setting.tools.dynamic is None:
            raise Unavailable(setting.tools.reason)
        return [str(setting.tools.dynamic), name, str(setting.arrivals.port), str(setting.arrivals.allowed_port)]

    return command


def _single(name: str) -> Callable[[Setting], list[str]]:
    """Run a helper without the second port."""
    return lambda setting: _helper(name)(setting)[:3]


def _static(setting: Setting) -> list[str]:
    if setting.tools.static is None:
        raise Unavailable(setting.tools.reason or "no static C library")
    return [str(setting.tools.static), "connect", str(setting.arrivals.port)]


def _bare(setting: Setting) -> list[str]:
    if setting.tools.bare is None:
        raise Unavailable(setting.tools.reason or "no helper for this architecture")
    return [str(setting.tools.bare), str(setting.arrivals.port)]


_ADDRESS = """
import struct, sys
address = struct.pack("=H", 2) + struct.pack("!H4s8x", int(sys.argv[1]), bytes((127, 0, 0, 1)))
"""
_CTYPES = """
import ctypes
libc = ctypes.CDLL(None)
libc.connect(libc.socket(2, 1, 0), address, 16)
"""
_CFFI = """
from cffi import FFI
ffi = FFI()
ffi.cdef("int socket(int, int, int); int connect(int, const char *, unsigned);")
libc = ffi.dlopen(None)
libc.connect(libc.socket(2, 1, 0), address, 16)
"""


def _python(code: str, module: str) -> Callable[[Setting], list[str]]:
    def command(setting: Setting) -> list[str]:
        if setting.tools.python is None:
            raise Unavailable("no interpreter that this user may run")
        if setting.tools.python == sys.executable and importlib.util.find_spec(module) is None:
            raise Unavailable(f"{module} is not installed")
        return [setting.tools.python, "-c", _ADDRESS + code, str(setting.arrivals.port)]

    return command


def _curl(setting: Setting) -> list[str]:
    if setting.tools.curl is None:
        raise Unavailable("curl is not installed")
    return ["/bin/sh", "-c", f"'{setting.tools.curl}' -sS http://127.0.0.1:{setting.arrivals.port}/ & wait"]


def _bash(setting: Setting) -> list[str]:
    if setting.tools.shell is None:
        raise Unavailable("bash is not installed")
    return [setting.tools.shell, "-c", f"echo past > /dev/tcp/127.0.0.1/{setting.arrivals.port}"]


WAYS = (
    Way(1, "libc connect", _helper("connect")),
    Way(2, "raw system call", _helper("raw-syscall")),
    Way(3, "inline assembly", _helper("assembly")),
    Way(4, "int80 connect", _helper("int80-connect")),
    Way(5, "int80 socketcall", _helper("int80-socketcall")),
    Way(6, "x32", _helper("x32")),
    Way(7, "ctypes", _python(_CTYPES, "ctypes")),
    Way(8, "cffi", _python(_CFFI, "cffi")),
    Way(9, "static binary", _static),
    Way(10, "static binary without a C library", _bare),
    Way(11, "fork and curl", _curl),
    Way(12, "vfork and exec", _helper("vfork")),
    Way(13, "posix_spawn", _helper("posix-spawn")),
    Way(14, "exec of a memfd", _helper("memfd")),
    Way(15, "bash /dev/tcp", _bash),
    Way(16, "thread", _helper("thread")),
    Way(17, "64 threads", _helper("threads")),
    Way(18, "race on the address of connect", _helper("race-connect")),
    Way(19, "connect interrupted by signals", _helper("interrupted")),
    Way(20, "daemon in a session of its own", _helper("setsid")),
    Way(21, "double fork after the parent's end", _helper("double-fork")),
    Way(22, "non-dumpable process", _helper("non-dumpable")),
    Way(23, "IPv6", _helper("ipv6"), ipv6=True),
    Way(24, "v4-mapped IPv6", _helper("mapped")),
    Way(25, "UDP sendto", _helper("sendto")),
    Way(26, "sendmsg", _single("sendmsg")),
    Way(27, "sendmmsg, the second message", _helper("sendmmsg")),
    Way(28, "write on a connected UDP socket", _helper("write")),
    Way(29, "TCP Fast Open by sendto", _helper("fast-open")),
    Way(30, "TCP Fast Open by sendmsg", _single("fast-open-message")),
    Way(31, "DNS TXT tunnel", _helper("txt"), by_name=True),
    Way(32, "gethostbyname", _helper("gethostbyname")),
    Way(33, "AF_VSOCK", _helper("vsock")),
    Way(34, "AF_PACKET and raw sockets", _helper("raw")),
    Way(35, "SCTP and MPTCP", _helper("protocols")),
    Way(36, "io_uring connect", _helper("io-uring")),
    Way(37, "io_uring on an inherited ring", _helper("io-uring-inherited"), inherits="ring"),
    Way(38, "inherited socket", _helper("inherited"), inherits="socket"),
    Way(39, "socket passed by SCM_RIGHTS", _helper("scm-rights")),
    Way(40, "unix socket of a proxy", _helper("unix-proxy")),
    Way(41, "race on the address of sendto", _helper("race-sendto")),
    Way(42, "race on the address of sendmsg", _helper("race-sendmsg")),
    Way(43, "race on the address of sendmmsg", _helper("race-sendmmsg")),
    Way(44, "race on the descriptor", _helper("race-descriptor")),
    Way(45, "AF_UNSPEC datagram", _helper("unspecified")),
)
