"""The own resolver on loopback: connections to a name server end here, so that every question is seen and judged.

It knows who asks by the port that the question comes from, forwards to the server that the caller wanted, and learns
the addresses of the answer. In block mode a refused name is answered with REFUSED and goes nowhere.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from doorward.guard.dnswire import NotDns, Question, parse_addresses, parse_question, refusal
from doorward.model.run import Actor, Endpoint
from doorward.records import dataclass

_DATAGRAM = 65535
_PENDING = 512
_PATIENCE = 10.0
_PEERS = 4096


@dataclass(frozen=True, slots=True)
class Peer:
    """Who connected to a name server, and to which."""

    actor: Actor
    server: Endpoint


@dataclass(slots=True)
class _Forwarded:
    listener: socket.socket
    client: Any
    peer: Peer
    question: Question
    until: float


class Resolver:
    """Serves on one UDP port of 127.0.0.1 and, where there is IPv6, one of ::1."""

    def __init__(
        self,
        judge: Callable[[Peer, Question], bool],
        learn: Callable[[Peer, Question, tuple[str, ...]], None],
    ) -> None:
        """``judge`` says whether a question may go on; ``learn`` takes what was answered."""
        self._judge = judge
        #: Faults of our own, each once.
        self.faults: dict[str, None] = {}
        self._learn = learn
        self._peers: dict[tuple[int, int], Peer] = {}
        self._selector = selectors.DefaultSelector()
        self._forwarded: dict[socket.socket, _Forwarded] = {}
        self._listeners = {}
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            listener = _listen(family, address)
            if listener is not None:
                self._listeners[int(family)] = listener
                self._selector.register(listener, selectors.EVENT_READ)
        self._wake, self._waker = os.pipe()
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, daemon=True, name="guard-resolver")
        self._thread.start()

    def port(self, family: int) -> int:
        """Return the port that serves sockets of ``family``, 0 where none does."""
        listener = self._listeners.get(family)
        return int(listener.getsockname()[1]) if listener else 0

    def expect(self, family: int, port: int, peer: Peer) -> None:
        """Questions from ``port`` are ``peer``'s."""
        if len(self._peers) >= _PEERS:
            del self._peers[next(iter(self._peers))]
        self._peers[family, port] = peer

    def close(self) -> None:
        """Stop serving."""
        os.write(self._waker, b"x")
        self._thread.join()
        for source in (*self._listeners.values(), *self._forwarded):
            source.close()
        self._selector.close()
        os.close(self._wake)
        os.close(self._waker)

    def _serve(self) -> None:
        while True:
            for key, _events in self._selector.select(1.0):
                if key.fileobj == self._wake:
                    return
                try:
                    self._ready(key.fileobj)  # type: ignore[arg-type]  # all others are sockets
                except (OSError, NotDns):
                    continue
                except Exception as error:  # noqa: BLE001 - the boundary: one question must not end the answers to all
                    self.faults[f"{type(error).__name__}: {error}"] = None
            self._expire()

    def _ready(self, source: socket.socket) -> None:
        forwarded = self._forwarded.get(source)
        if forwarded is None:
            self._asked(source)
            return
        data = source.recv(_DATAGRAM)
        self._forget(source)
        with contextlib.suppress(NotDns):
            self._learn(forwarded.peer, forwarded.question, parse_addresses(data))
        forwarded.listener.sendto(data, forwarded.client)

    def _asked(self, listener: socket.socket) -> None:
        data, client = listener.recvfrom(_DATAGRAM)
        peer = self._peers.get((int(listener.family), client[1]))
        if peer is None:
            return  # not from this run
        question = parse_question(data)
        if not self._judge(peer, question):
            listener.sendto(refusal(data), client)
            return
        if len(self._forwarded) >= _PENDING:
            self._forget(next(iter(self._forwarded)))
        family = socket.AF_INET6 if peer.server.family == "ipv6" else socket.AF_INET
        upstream = socket.socket(family, socket.SOCK_DGRAM)
        upstream.settimeout(0)
        self._forwarded[upstream] = _Forwarded(listener, client, peer, question, time.monotonic() + _PATIENCE)
        self._selector.register(upstream, selectors.EVENT_READ)
        try:
            upstream.connect((peer.server.address, peer.server.port))
            upstream.send(data)
        except OSError:
            self._forget(upstream)
            raise

    def _forget(self, upstream: socket.socket) -> None:
        del self._forwarded[upstream]
        self._selector.unregister(upstream)
        upstream.close()

    def _expire(self) -> None:
        late = [source for source, waiting in self._forwarded.items() if waiting.until < time.monotonic()]
        for source in late:
            self._forget(source)


def _listen(family: int, address: str) -> socket.socket | None:
    """Return a bound datagram socket, None where the machine has no such family."""
    try:
        listener = socket.socket(family, socket.SOCK_DGRAM)
    except OSError:
        return None
    try:
        listener.settimeout(0)
        listener.bind((address, 0))
    except OSError:
        listener.close()
        return None
    return listener
