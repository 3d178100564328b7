"""What the supervisor knows and decides with: policy, ledger, names, attribution. Handlers ask it, threads share it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Protocol

from doorward.guard.calls import Call
from doorward.guard.dnswire import Question
from doorward.guard.ledger import Ledger, Worth, now
from doorward.guard.names import Names
from doorward.guard.notices import Notices
from doorward.guard.options import GuardOptions
from doorward.guard.paths import socket_service
from doorward.guard.resolver import Peer, Resolver
from doorward.guard.tree import Caller
from doorward.model.run import (
    Actor,
    Connection,
    ConnectionAttempt,
    Decision,
    Endpoint,
    Evasion,
    Mode,
    Outcome,
    Query,
)
from doorward.records import dataclass, field

Decide = Callable[[ConnectionAttempt], Decision]

#: Evasions that honest programs commit: their refusal does not fail a run.
INNOCENT = frozenset({"io-uring", "mptcp", "ping-socket", "nested-listener"})


class Attributor(Protocol):
    """Who is behind a call."""

    def actor(self, call: Call, endpoint: Endpoint | None) -> Actor:
        """Return phase, processes and attribution. The caller is stopped meanwhile. Equal calls: the same object."""

    def drain(self) -> None:
        """Take in what the language hooks have written."""

    def renewed(self, caller: Caller) -> None:
        """Take note that a process runs another program from now on."""


@dataclass(slots=True)
class Watch:
    """One run's watch."""

    options: GuardOptions
    decide: Decide
    notices: Notices
    attributor: Attributor
    ledger: Ledger
    names: Names
    lock: threading.RLock = field(default_factory=threading.RLock)
    #: None where connections to name servers cannot be led elsewhere.
    resolver: Resolver | None = None

    #: Whether a refusal can be carried out at all: not where only hooks or strace tell.
    enforcing: bool = True

    @property
    def blocking(self) -> bool:
        """Whether a refusal is carried out."""
        return self.enforcing and self.options.mode is Mode.BLOCK

    def judge(self, call: Call, endpoint: Endpoint, *, readable: bool = True) -> bool:
        """Record one destination of a call and return whether it may go on."""
        with self.lock:
            actor = self.attributor.actor(call, endpoint)
            host = socket_service(endpoint.address, call.caller.environment) if endpoint.family == "unix" else ""
            host = host or self.names.of(endpoint.address)
            return self._record(actor, endpoint, host, call.name, readable=readable)

    def record(self, actor: Actor, endpoint: Endpoint, host: str, call: str, *, readable: bool = True) -> bool:
        """Record an attempt and return whether it may go on.

        Equal attempts of one actor are decided once: the decision is a function of the attempt.
        """
        with self.lock:
            return self._record(actor, endpoint, host, call, readable=readable)

    def _record(self, actor: Actor, endpoint: Endpoint, host: str, call: str, *, readable: bool) -> bool:
        table = self.ledger.local if endpoint.family == "unix" else self.ledger.connections
        key = (id(actor), endpoint, host, call, readable)
        known = table.again(key)
        if known is None:
            outcome = self._outcome(ConnectionAttempt(actor, endpoint, host, call), readable=readable)
            known = Connection(now(), actor, endpoint, host, outcome, call, 1, readable)
            if table.add(key, known, _worth(known)):
                self.notices.tell(known)
            else:
                self.ledger.gathered.add(known)
        if known.outcome is not Outcome.REFUSED:
            return True
        self.ledger.refused += 1
        return False

    def ask(self, peer: Peer, question: Question) -> bool:
        """Record a DNS question and return whether it may be asked."""
        with self.lock:
            self.attributor.drain()
            key: Hashable = (id(peer.actor), question.name, question.type)
            known = self.ledger.queries.again(key)
            if known is None:
                attempt = ConnectionAttempt(peer.actor, peer.server, question.name, "dns")
                known = Query(now(), peer.actor, question.name, question.type, self._outcome(attempt))
                self.ledger.queries.add(key, known)
            if known.outcome is not Outcome.REFUSED:
                return True
            self.ledger.refused += 1
            return False

    def learn(self, peer: Peer, question: Question, addresses: tuple[str, ...]) -> None:
        """Remember the answer to a question."""
        with self.lock:
            self.names.learn(question.name, addresses)
            key: Hashable = (id(peer.actor), question.name, question.type)
            asked = self.ledger.queries.get(key)
            if asked is not None:
                answered = Query(asked.time, asked.actor, asked.name, asked.type, asked.outcome, addresses)
                self.ledger.queries.change(key, answered)

    def evasion(self, call: Call, kind: str, detail: str = "", *, refused: bool = True) -> None:
        """Record a call that goes past the watch."""
        with self.lock:
            actor = self.attributor.actor(call, None)
            event = Evasion(now(), actor, kind, detail, refused)
            self.ledger.evasions.add((id(actor), kind, detail), event)
            if refused and self.blocking and kind not in INNOCENT:
                self.ledger.refused += 1

    def _outcome(self, attempt: ConnectionAttempt, *, readable: bool = True) -> Outcome:
        allowed = readable and self.decide(attempt) is Decision.ALLOW
        if allowed:
            return Outcome.ALLOWED
        return Outcome.REFUSED if self.blocking else Outcome.OBSERVED


def _worth(connection: Connection) -> Worth:
    """Return how much a connection can mean: what stays on this machine as expected means nothing."""
    if connection.outcome is not Outcome.ALLOWED:
        return Worth.UNEXPECTED
    stays = connection.endpoint.is_loopback or (connection.endpoint.family == "unix" and not connection.host)
    return Worth.PLAIN if stays else Worth.EXPECTED
