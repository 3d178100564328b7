"""What a guarded run did: the subject of the runtime rules, and the facts that they need.

A run is one execution of the user's own command under ``doorward guard``, or what a log of such a run tells. Every
event names its actor: the phase, the chain of processes, and the distribution that the call is attributed to.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime
from enum import Enum

from doorward.model.logs import LogReading
from doorward.model.resolution import Download
from doorward.records import dataclass, replace


class Phase(Enum):
    """What the build or test was doing. Told from argv and environment, never from the clock."""

    RESOLVE = "resolve"
    BUILD = "build"
    INSTALL = "install"
    TEST = "test"
    RUN = "run"


class Mode(Enum):
    """Whether refused connections are only reported, or stopped."""

    OBSERVE = "observe"
    BLOCK = "block"


class Decision(Enum):
    """What the policy says of one connection, before the mode is looked at."""

    ALLOW = "allow"
    REFUSE = "refuse"


class Outcome(Enum):
    """What became of a call."""

    #: The policy allows it.
    ALLOWED = "allowed"
    #: The policy does not allow it, and the run was only observed.
    OBSERVED = "observed"
    #: It did not take place.
    REFUSED = "refused"


class Grade(Enum):
    """How far a refusal can be relied on (best first)."""

    ENFORCED = "enforced"
    ENFORCED_PORTS = "enforced-ports"
    BEST_EFFORT = "best-effort"
    OBSERVED = "observed"

    @property
    def rank(self) -> int:
        """0 for the best."""
        return list(Grade).index(self)


#: Characters of a process title.
TITLE_LENGTH = 200

#: Addresses at which clouds hand out the credentials of the machine.
METADATA_ADDRESSES = frozenset({"169.254.169.254", "fd00:ec2::254", "168.63.129.16"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a call goes."""

    #: "ipv4", "ipv6", "unix", "netlink", "unspecified", "unresolved" (only a name is known), "unreadable", "family N".
    family: str
    #: An IP address (never the v4-mapped form), a path, "@name" for an abstract socket, "" where there is none.
    address: str = ""
    port: int = 0
    #: "tcp", "udp", "unix", or "unknown".
    protocol: str = "unknown"

    @property
    def is_ip(self) -> bool:
        """Whether the address is an IP address."""
        return self.family in {"ipv4", "ipv6"}

    @property
    def is_loopback(self) -> bool:
        """Whether it stays on this machine: 127.0.0.0/8, ::1, and the unspecified address, which means the same."""
        if not self.is_ip:
            return False
        address = ipaddress.ip_address(self.address.partition("%")[0])
        return address.is_loopback or address.is_unspecified

    @property
    def is_metadata_service(self) -> bool:
        """Whether it is the address of a cloud's metadata service."""
        return self.address in METADATA_ADDRESSES

    @property
    def is_routable(self) -> bool:
        """Whether packets to it leave this machine (multicast and link-local included)."""
        return self.is_ip and not self.is_loopback

    def __str__(self) -> str:
        """Return ``address:port``, an IPv6 address in brackets, a path as it is."""
        if self.family == "ipv6":
            return f"[{self.address}]:{self.port}"
        if self.family == "ipv4":
            return f"{self.address}:{self.port}"
        return self.address or self.family


@dataclass(frozen=True, slots=True)
class Process:
    """One process as it was when it was first seen with this program."""

    pid: int
    argv: tuple[str, ...]
    exe: str = ""
    cwd: str = ""
    #: Clock ticks since boot: with the id, it names the process.
    started: int = 0

    @property
    def title(self) -> str:
        """The arguments on one line, cut at :data:`TITLE_LENGTH` characters."""
        text = " ".join(self.argv) or self.exe or f"process {self.pid}"
        return text if len(text) <= TITLE_LENGTH else text[: TITLE_LENGTH - 3] + "..."

    @property
    def label(self) -> str:
        """The title with program and script by their names alone: what tells processes apart stands behind them."""
        head = (part.rpartition("/")[2] if part.startswith("/") else part for part in self.argv[:2])
        return replace(self, argv=(*head, *self.argv[2:])).title


@dataclass(frozen=True, slots=True)
class Claim:
    """What one layer of attribution says. Layers that disagree are evidence."""

    #: "python-hook", "node-hook", "unwinder", "native-stack", "pip", "npm", "cargo", "process" ...
    by: str
    #: purl type: "pypi", "npm", "cargo", "" for the user's own code.
    ecosystem: str = ""
    package: str = ""
    version: str = ""
    #: "path:line", a shared object, or "".
    where: str = ""


@dataclass(frozen=True, slots=True)
class Attribution:
    """The distribution that a call is attributed to, and what every layer said."""

    ecosystem: str = ""
    package: str = ""
    version: str = ""
    purl: str = ""
    #: "path:line" of the innermost frame that is neither the language's library nor a transport.
    where: str = ""
    #: The layer that decided.
    by: str = "process"
    #: Distributions on the stack, innermost first, transports included.
    chain: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    #: Shared objects on the native stack, innermost first.
    native: tuple[str, ...] = ()
    #: The instruction that made the call lies in anonymous or memfd memory.
    anonymous_code: bool = False
    #: The process carries a language hook, and the hook saw nothing of this call.
    unexplained: bool = False
    #: The test that was running ("tests/test_x.py::test_y").
    test: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it."""

    phase: Phase
    #: Outermost first, the caller last.
    processes: tuple[Process, ...] = ()
    attribution: Attribution = Attribution()


@dataclass(frozen=True, slots=True)
class ConnectionAttempt:
    """A call that waits for a decision: one destination. The caller is stopped until it is answered."""

    actor: Actor
    endpoint: Endpoint
    #: The name that a DNS answer of this run gave to the address, the name that is asked for (call "dns"), or what
    #: answers at a unix socket (see :class:`Connection`).
    host: str = ""
    #: "connect", "sendto", "sendmsg", "sendmmsg", or "dns" for a question that the own resolver was asked.
    call: str = "connect"


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection or datagram destination, with what was decided. Equal ones are counted."""

    time: datetime
    actor: Actor
    endpoint: Endpoint
    #: The name that a DNS answer of this run gave to the address. For a unix socket what answers there, where it is
    #: known: "ssh-agent", "gpg-agent", "session-bus", "docker", "containerd", "systemd", "nscd", "resolved", "syslog".
    host: str
    outcome: Outcome
    call: str = "connect"
    #: How often the same actor did the same.
    count: int = 1
    #: False where the caller's memory could not be read (it made itself non-dumpable).
    readable: bool = True
    #: Whether it stands for others like it, to other ports or addresses, which there was no room to keep one by one.
    gathered: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A DNS question that this run asked."""

    time: datetime
    actor: Actor
    name: str
    #: "A", "AAAA", "TXT" ... or "TYPE65".
    type: str
    outcome: Outcome
    answers: tuple[str, ...] = ()
    count: int = 1


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that accepts connections."""

    time: datetime
    actor: Actor
    endpoint: Endpoint
    count: int = 1


@dataclass(frozen=True, slots=True)
class Execution:
    """A program that was started."""

    time: datetime
    actor: Actor
    path: str
    argv: tuple[str, ...]
    #: "download", "decode", "shell", or "" for any other program.
    tool: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class FileAccess:
    """A sensitive file that was written or read."""

    time: datetime
    actor: Actor
    path: str
    #: "persistence", "credential" or "honey".
    kind: str
    #: "write", "rename", "link", "unlink" or "read".
    operation: str
    #: What told: "kernel", "python-hook", "node-hook" or "inotify" (which knows no process).
    seen_by: str = "kernel"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Evasion:
    """A call that honest builds do not make, or that would have gone past the watch."""

    time: datetime
    actor: Actor
    #: "x32", "int80", "nested-listener", "raw-socket", "packet-socket", "vsock", "sctp", "mptcp", "ping-socket",
    #: "socket-family", "io-uring", "race" (an address that was changed after it was decided on; its process was ended).
    kind: str
    detail: str = ""
    refused: bool = True
    count: int = 1


@dataclass(frozen=True, slots=True)
class NeighbourAccess:
    """A process that reached into one that is not below it."""

    time: datetime
    actor: Actor
    #: "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd" or "/proc/PID/mem".
    call: str
    target: Process
    refused: bool = True
    count: int = 1


@dataclass(frozen=True, slots=True)
class LibraryUse:
    """A distribution that the run used."""

    ecosystem: str
    package: str
    version: str
    purl: str
    phases: tuple[Phase, ...] = ()


@dataclass(frozen=True, slots=True)
class Overflow:
    """Events that were counted and no longer kept one by one."""

    #: "connections", "queries", "executions" ...
    table: str
    count: int
    #: Those of them that a rule could have spoken of.
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One run and everything that was seen of it."""

    id: str
    command: tuple[str, ...]
    mode: Mode
    started: datetime
    #: Seconds of wall time, until the last descendant ended.
    seconds: float
    #: The code of the command (128+n after signal n, 126 and 127 where it could not start); None: it never ran.
    exit: int | None
    #: The signal that ended it, or None.
    signal: int | None
    grade: Grade
    #: Mechanisms that this machine does not offer, each a short phrase.
    missing: tuple[str, ...] = ()
    connections: tuple[Connection, ...] = ()
    #: Unix sockets that were connected to.
    local: tuple[Connection, ...] = ()
    queries: tuple[Query, ...] = ()
    listeners: tuple[Listener, ...] = ()
    executions: tuple[Execution, ...] = ()
    files: tuple[FileAccess, ...] = ()
    evasions: tuple[Evasion, ...] = ()
    neighbours: tuple[NeighbourAccess, ...] = ()
    libraries: tuple[LibraryUse, ...] = ()
    overflow: tuple[Overflow, ...] = ()
    #: Whether the names that were looked up could be seen: without them no address has a name.
    names_visible: bool = False
    #: Hosts of the configured indexes and of the lock files.
    index_hosts: tuple[str, ...] = ()
    #: Calls that block mode refused.
    refused: int = 0
    #: The grade that was asked for, where the machine does not reach it: the command was not started.
    required: Grade | None = None
    #: What package managers fetched, as far as it is told.
    downloads: tuple[Download, ...] = ()
    #: Whether loopback counts as off this machine.
    deny_loopback: bool = False
    #: The logs that it was put together from; none where it was watched.
    logs: tuple[LogReading, ...] = ()
    #: Whether the kernel told of every call; without its filter only strace or the language hooks did.
    filtered: bool = True
    #: Why calls may have gone unseen, or the command never ran: a run that was not watched is not called clean.
    unwatched: tuple[str, ...] = ()
    #: Whether changes of files were watched: in tests that would cost too much.
    changes_watched: bool = True

    @property
    def subject(self) -> str:
        """The id of this subject in reports."""
        return f"run:{self.id}"

    @property
    def took_place(self) -> bool:
        """Whether the command ran: few logs tell how it ended, and all of them that it ran."""
        return self.exit is not None or bool(self.logs)

    @property
    def exit_code(self) -> int:
        """What ``guard`` exits with: 121, 120, or the code of the command."""
        if self.required is not None or self.exit is None:
            return 121
        return 120 if self.refused else self.exit
