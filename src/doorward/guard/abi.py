"""Numbers of the kernel's interface, as data: architectures, system calls, flags.

Sources: the kernel's ``syscall_64.tbl``, ``syscall_32.tbl``, ``asm-generic/unistd.h``, ``linux/audit.h``,
``linux/seccomp.h`` and ``linux/landlock.h``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from doorward.records import dataclass

AUDIT_X86_64 = 0xC000003E
AUDIT_I386 = 0x40000003
AUDIT_AARCH64 = 0xC00000B7

#: Numbers from here on belong to x32, under the x86-64 architecture word.
X32_BIT = 0x40000000

O_WRONLY, O_RDWR, O_CREAT, O_TRUNC = 0x1, 0x2, 0x40, 0x200
#: Any of these says that a file may change.
WRITE_INTENT = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC

SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3
SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1 << 5

SOCKETCALLS = MappingProxyType(
    {1: "socket", 2: "bind", 3: "connect", 4: "listen", 9: "send", 11: "sendto", 16: "sendmsg", 20: "sendmmsg"}
)


@dataclass(frozen=True, slots=True)
class Architecture:
    """One system call table. ``tried`` is False where the table is data that no machine of ours has run."""

    name: str
    audit: int
    calls: Mapping[str, int]
    #: Bits of a pointer.
    bits: int = 64
    tried: bool = True

    @property
    def names(self) -> Mapping[int, str]:
        """The table the other way round."""
        return {number: name for name, number in self.calls.items()}


X86_64 = Architecture(
    "x86_64",
    AUDIT_X86_64,
    MappingProxyType(
        {
            "open": 2,
            "socket": 41,
            "connect": 42,
            "sendto": 44,
            "sendmsg": 46,
            "bind": 49,
            "listen": 50,
            "execve": 59,
            "rename": 82,
            "creat": 85,
            "link": 86,
            "unlink": 87,
            "symlink": 88,
            "ptrace": 101,
            "openat": 257,
            "unlinkat": 263,
            "renameat": 264,
            "linkat": 265,
            "symlinkat": 266,
            "sendmmsg": 307,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "renameat2": 316,
            "seccomp": 317,
            "execveat": 322,
            "io_uring_setup": 425,
            "io_uring_enter": 426,
            "io_uring_register": 427,
            "openat2": 437,
            "pidfd_getfd": 438,
        }
    ),
)

I386 = Architecture(
    "i386",
    AUDIT_I386,
    MappingProxyType(
        {
            "open": 5,
            "creat": 8,
            "link": 9,
            "unlink": 10,
            "execve": 11,
            "ptrace": 26,
            "rename": 38,
            "symlink": 83,
            "socketcall": 102,
            "openat": 295,
            "unlinkat": 301,
            "renameat": 302,
            "linkat": 303,
            "symlinkat": 304,
            "sendmmsg": 345,
            "process_vm_readv": 347,
            "process_vm_writev": 348,
            "renameat2": 353,
            "seccomp": 354,
            "execveat": 358,
            "socket": 359,
            "bind": 361,
            "connect": 362,
            "listen": 363,
            "sendto": 369,
            "sendmsg": 370,
            "io_uring_setup": 425,
            "io_uring_enter": 426,
            "io_uring_register": 427,
            "openat2": 437,
            "pidfd_getfd": 438,
        }
    ),
    bits=32,
)

AARCH64 = Architecture(
    "aarch64",
    AUDIT_AARCH64,
    MappingProxyType(
        {
            "unlinkat": 35,
            "symlinkat": 36,
            "linkat": 37,
            "renameat": 38,
            "openat": 56,
            "ptrace": 117,
            "socket": 198,
            "bind": 200,
            "listen": 201,
            "connect": 203,
            "sendto": 206,
            "sendmsg": 211,
            "execve": 221,
            "sendmmsg": 269,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "renameat2": 276,
            "seccomp": 277,
            "execveat": 281,
            "io_uring_setup": 425,
            "io_uring_enter": 426,
            "io_uring_register": 427,
            "openat2": 437,
            "pidfd_getfd": 438,
        }
    ),
    tried=False,
)

#: machine name of uname -> the tables that a filter on it needs.
MACHINES: Mapping[str, tuple[Architecture, ...]] = MappingProxyType({"x86_64": (X86_64, I386), "aarch64": (AARCH64,)})
