"""Where the kernel cannot notify but ptrace works: strace tells of connections, and the hooks of their libraries.

strace writes after the fact, so a process may be gone when its line is read; nothing can be refused.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from pathlib import Path

from doorward.guard.attribution.join import Layers
from doorward.guard.phases import phase_of
from doorward.guard.tree import Tree
from doorward.guard.watch import Watch
from doorward.model.run import Actor, Endpoint, Process
from doorward.records import dataclass, field

_LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(connect|sendto|sendmsg|sendmmsg)\b")
_ADDRESS = re.compile(
    r"sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\(\"([^\"]+)\"\)"
    r"|sa_family=AF_INET6, sin6_port=htons\((\d+)\).{0,60}?inet_pton\(AF_INET6, \"([^\"]+)\""
    r"|sa_family=AF_UNIX, sun_path=(@?)\"([^\"]*)\""
)
#: 1,024 messages, as many as the kernel takes in one call, of one vector each, which may be all escapes.
_MAX_LINE = 1 << 23
#: Characters of a string, and items of an array: strace has one limit for both, and a message has a destination.
_SHOWN = 1024
_CALLS = "connect,sendto,sendmsg,sendmmsg,execve"
_EXECVE = re.compile(r'(\d+) +execve\("((?:[^"\\]|\\.)*)"(?:\.\.\.)?, \[((?:"(?:[^"\\]|\\.)*"|[., ])*)\], .* = 0$')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PROCESSES = 4096


def command_under(strace: str, pipe: Path, command: Sequence[str]) -> list[str]:
    """Return the command line that runs ``command`` under strace; its code and signals pass through."""
    return [
        strace,
        "-f",
        "-qq",
        "--seccomp-bpf",
        "-s",
        str(_SHOWN),
        "-e",
        f"trace={_CALLS}",
        "-e",
        "signal=none",
        "-o",
        str(pipe),
        *command,
    ]


@dataclass(slots=True)
class StraceWatcher:
    """Reads what strace writes into a pipe."""

    watch: Watch
    layers: Layers
    tree: Tree
    pipe: Path
    #: Lines whose addresses could not be read, or not all of them.
    unread: int = 0
    _thread: threading.Thread | None = None
    #: What processes run, by their execve: they may be gone when their next line is read.
    _programs: dict[int, Process] = field(default_factory=dict)

    def start(self) -> None:
        """Make the pipe and read it on a thread."""
        os.mkfifo(self.pipe, 0o600)
        self._thread = threading.Thread(target=self._read, daemon=True, name="guard-strace")
        self._thread.start()

    def close(self) -> None:
        """Wait for the end of the pipe. Opening it for writing lets a reader go on that nobody ever wrote to."""
        if self._thread is not None:
            os.close(os.open(self.pipe, os.O_RDWR | os.O_NONBLOCK))
            self._thread.join()

    def _read(self) -> None:
        with self.pipe.open("r", encoding="utf-8", errors="backslashreplace") as lines:
            while line := lines.readline(_MAX_LINE):
                self.take(line)

    def take(self, line: str) -> None:
        """Record the destinations of one line."""
        match = _LINE.match(line)
        if match is None:
            self._start(line)
            return
        pid, call = int(match[1]), match[2]
        endpoints = parse_addresses(line, call)
        self.unread += (not endpoints and "sa_family=AF_INET" in line) or not line.endswith("\n")
        for endpoint in endpoints:
            with self.watch.lock:
                host = self.watch.names.of(endpoint.address)
                self.watch.record(self._actor(pid), endpoint, host, call)

    def _start(self, line: str) -> None:
        match = _EXECVE.match(line)
        if match is not None:
            if len(self._programs) >= _PROCESSES:
                del self._programs[next(iter(self._programs))]
            self._programs[int(match[1])] = Process(int(match[1]), tuple(_STRING.findall(match[3])), match[2])

    def _actor(self, pid: int) -> Actor:
        caller = self.tree.caller(pid)
        if caller is not None:
            return self.layers.actor_of_process(caller)
        gone = self._programs.get(pid) or Process(pid, ())
        return Actor(phase_of((gone,), ({},)), (gone,))


def parse_addresses(line: str, call: str) -> tuple[Endpoint, ...]:
    """Return every destination that a line names; sendmmsg has one a message."""
    protocol = "tcp" if call == "connect" else "udp"
    found = []
    for port4, address4, port6, address6, abstract, path in _ADDRESS.findall(line):
        if address4:
            found.append(Endpoint("ipv4", address4, int(port4[:5]), protocol))
        elif address6:
            found.append(Endpoint("ipv6", address6, int(port6[:5]), protocol))
        else:
            found.append(Endpoint("unix", abstract + path, 0, "unix"))
    return tuple(found)
