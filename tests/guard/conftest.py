from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from doorward.guard import GuardOptions, run
from doorward.guard.offers import Offers, probe
from doorward.model.run import Connection, ConnectionAttempt, Decision, Mode, Run

REASON = probe().notification
needs_notification = pytest.mark.skipif(bool(REASON), reason=REASON or "available")


@dataclass
class Peer:
    """A TCP listener and a UDP socket on one loopback port, which record who arrives."""

    port: int
    tcp: socket.socket
    udp: socket.socket
    taken: list[tuple[str, int]] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    marked: threading.Event = field(default_factory=threading.Event)
    mark: tuple[str, int] | None = None

    @property
    def arrived(self) -> list[str]:
        """Connections that arrived before now: one of our own, which stands behind them in the queue, is waited for."""
        with socket.socket() as own:
            own.bind((self.tcp.getsockname()[0], 0))
            self.mark = own.getsockname()
            self._wait_for(lambda: own.connect(self.tcp.getsockname()))
        return ["tcp"] * len(self.taken)

    @property
    def datagrams(self) -> list[bytes]:
        """Datagrams that arrived before now, found as the connections are."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            self._wait_for(lambda: own.sendto(b"mark", self.udp.getsockname()))
        return self.received

    def _wait_for(self, send: Callable[[], object]) -> None:
        self.marked.clear()
        send()
        assert self.marked.wait(30)

    def serve_tcp(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, caller = self.tcp.accept()
                connection.close()
                if caller == self.mark:
                    self.marked.set()
                else:
                    self.taken.append(caller)

    def serve_udp(self) -> None:
        while (data := self.udp.recv(65536)) != b"stop":
            if data == b"mark":
                self.marked.set()
            else:
                self.received.append(data)


@contextlib.contextmanager
def listening(address: str = "127.0.0.1") -> Iterator[Peer]:
    with contextlib.ExitStack() as stack:
        while True:
            tcp = stack.enter_context(socket.socket())
            udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            tcp.bind((address, 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind((address, port))
                break
            except OSError:  # the port is free for one of them only
                continue
        tcp.listen(4096)
        peer = Peer(port, tcp, udp)
        threads = [threading.Thread(target=peer.serve_tcp), threading.Thread(target=peer.serve_udp)]
        for thread in threads:
            thread.start()
        yield peer
        tcp.shutdown(socket.SHUT_RDWR)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
            stop.sendto(b"stop", (address, port))
        for thread in threads:
            thread.join()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with listening() as found:
        yield found


@pytest.fixture
def other() -> Iterator[Peer]:
    with listening() as found:
        yield found


class Policy:
    """Allows unix sockets and chosen ports; names under .invalid go nowhere."""

    def __init__(self, *ports: int) -> None:
        self.ports = ports
        self.asked: list[ConnectionAttempt] = []

    def __call__(self, attempt: ConnectionAttempt) -> Decision:
        self.asked.append(attempt)
        allowed = attempt.endpoint.family == "unix" or attempt.endpoint.port in self.ports
        return Decision.ALLOW if allowed and attempt.call != "dns" else Decision.REFUSE


def guard(
    command: list[str],
    mode: str = "observe",
    decide: Callable[[ConnectionAttempt], Decision] | None = None,
    notice: Callable[[Connection], None] | None = None,
    offers: Offers | None = None,
    **options: object,
) -> Run:
    options.setdefault("unwinder", None)
    chosen = GuardOptions(mode=Mode(mode), **options)  # type: ignore[arg-type]
    return run(command, chosen, decide or Policy(), notice or (lambda _: None), offers=offers)


def python(code: str, *arguments: object, flags: tuple[str, ...] = ()) -> list[str]:
    return [sys.executable, *flags, "-c", code, *map(str, arguments)]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("c")

    def build(name: str, source: str, *flags: str) -> Path:
        target = folder / name
        if not target.exists():
            (folder / f"{name}.c").write_text(source)
            subprocess.run([compiler, "-O1", "-w", "-o", target, folder / f"{name}.c", "-lpthread", *flags], check=True)
        return target

    return build
