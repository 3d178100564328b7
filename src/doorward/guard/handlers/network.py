"""connect, sendto, sendmsg, sendmmsg, bind and listen.

In observe mode the kernel goes on with the call (CONTINUE). In block mode every call that carries an address is made by
the supervisor on its own copy; where descriptors cannot be duplicated, an allowed call goes on by CONTINUE, and the
grade of the run says so.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable

from doorward.guard import enforce, kernel, reading, sockets
from doorward.guard.calls import PROCEED, Answer, Call, Gone, failure
from doorward.guard.dnswire import NotDns, parse_question
from doorward.guard.ledger import now
from doorward.guard.native import compares_sources
from doorward.guard.reading import Message
from doorward.guard.resolver import Peer
from doorward.guard.verify import inode_of, verify_later
from doorward.guard.watch import Watch
from doorward.model.run import Endpoint, Listener
from doorward.records import dataclass, field

_ECONNREFUSED, _ENOSYS = 111, 38
_MSG_FASTOPEN = 0x20000000
_MAX_MESSAGES = 1024
_HEADER_LENGTH = {64: 56, 32: 28}
_PEERS = 4096


@dataclass(slots=True)
class Network:
    """The handlers, with what they need besides the watch."""

    watch: Watch
    listener: int
    workers: enforce.Workers
    #: Whether descriptors can be duplicated: without that nothing is race-free.
    can_take: bool
    #: (process, descriptor) -> the name server that it was connected to and left to.
    name_peers: dict[tuple[int, int], Endpoint] = field(default_factory=dict)

    def check(self, call: Call) -> None:
        """Raise :class:`Gone` unless the caller still waits: only then was it the one that was read."""
        if not kernel.still_waits(self.listener, call.note.id):
            raise Gone

    # connect

    def connect(self, call: Call) -> Answer | None:
        """Handle ``connect(fd, address, length)``."""
        try:
            address = reading.read_address(call.tid, call.arguments[1], call.arguments[2])
        except PermissionError:
            return self._unreadable(call)
        self.check(call)
        family = sockets.family_of(address)
        taken = self._take(call)
        try:
            protocol = _protocol(taken, family)
            endpoint = sockets.decode(address, protocol)
            if protocol != "tcp" and endpoint.is_ip and endpoint.port in self.watch.options.name_ports:
                return self._name_server(call, taken, endpoint, address)
            idle = endpoint.family in {"unspecified", "netlink"} or (protocol == "udp" and endpoint.port == 0)
            if not idle and not self.watch.judge(call, endpoint):
                return failure(_ECONNREFUSED)
            if not self.watch.blocking:
                return PROCEED
            if taken < 0:
                return self._verified(call, endpoint)
            descriptor, taken = taken, -1
            waits = protocol != "udp" and enforce.may_block(descriptor)
            return self._perform(call, descriptor, lambda: enforce.connect(call, descriptor, address), waits=waits)
        finally:
            if taken >= 0:
                os.close(taken)

    def _verified(self, call: Call, endpoint: Endpoint) -> Answer:
        """Let the kernel go on, and look afterwards where the socket leads."""
        inode = inode_of(call.pid, call.descriptor)
        if endpoint.is_ip and inode:
            verify_later(self.watch, call, inode, endpoint)
        return PROCEED

    def _take(self, call: Call) -> int:
        """Duplicate the socket, -1 where that is not allowed. An error of the descriptor is the caller's answer."""
        if not self.can_take:
            return -1
        try:
            return enforce.take(call)
        except PermissionError:
            return -1

    def _name_server(self, call: Call, taken: int, endpoint: Endpoint, address: bytes) -> Answer | None:
        """Lead a connection to a name server to the own resolver, where whoever asks would take its answer."""
        watch = self.watch
        family = kernel.socket_option(taken, enforce.SO_DOMAIN) if taken >= 0 else 0
        port = watch.resolver.port(family) if watch.resolver else 0
        if watch.resolver and port and not compares_sources(call):
            with watch.lock:
                actor = watch.attributor.actor(call, endpoint)
            error = kernel.connect(taken, sockets.loopback_address(family, port))
            if error:
                return failure(error)
            watch.resolver.expect(family, _local_port(taken), Peer(actor, endpoint))
            return Answer()
        if len(self.name_peers) >= _PEERS:
            self.name_peers.clear()
        self.name_peers[call.pid, call.descriptor] = endpoint
        if not watch.judge(call, endpoint):
            return failure(_ECONNREFUSED)
        return enforce.connect(call, taken, address) if watch.blocking and taken >= 0 else PROCEED

    def _perform(self, call: Call, descriptor: int, work: Callable[[], Answer], *, waits: bool) -> Answer | None:
        """Make the call here, or on a worker where it may wait. Closes the descriptor."""

        def close_after() -> Answer:
            try:
                return work()
            finally:
                os.close(descriptor)

        if waits:
            self.workers.submit(call, close_after)
            return None
        return close_after()

    def _unreadable(self, call: Call) -> Answer:
        """Refuse a caller that made itself non-dumpable in block mode; in observe mode it is a finding."""
        self.check(call)
        return PROCEED if self.watch.judge(call, Endpoint("unreadable"), readable=False) else failure(_ECONNREFUSED)

    # sendto, sendmsg, sendmmsg

    def sendto(self, call: Call) -> Answer | None:
        """Handle ``sendto(fd, data, length, flags, address, address length)``; the address is not null."""
        _fd, data, length, flags, address, address_length = call.arguments
        try:
            name = reading.read_address(call.tid, address, address_length)
            endpoint = _datagram(name, flags)
            whole = self.watch.blocking or endpoint.port in self.watch.options.name_ports
            payload = reading.read_exactly(call.tid, data, min(length, reading.MAX_PAYLOAD)) if whole else b""
        except PermissionError:
            return self._unreadable(call)
        self.check(call)
        message = Message(name, payload, b"", length > reading.MAX_PAYLOAD)
        if not self._may_send(call, message, flags):
            return failure(_ECONNREFUSED)
        return self._send(call, message, flags)

    def sendmsg(self, call: Call) -> Answer | None:
        """Handle ``sendmsg(fd, message, flags)``."""
        flags = call.arguments[2] & 0xFFFFFFFF
        try:
            message = reading.read_message(call.tid, call.arguments[1], call.bits, payload=self._wants_payload(call))
        except PermissionError:
            return self._unreadable(call)
        self.check(call)
        if not self._may_send(call, message, flags):
            return failure(_ECONNREFUSED)
        return self._send(call, message, flags)

    def sendmmsg(self, call: Call) -> Answer | None:
        """Handle ``sendmmsg(fd, messages, count, flags)``: every message has a destination of its own."""
        _fd, vector, count, flags, *_ = call.arguments
        count = min(count & 0xFFFFFFFF, _MAX_MESSAGES)
        stride = reading.message_stride(call.bits)
        try:
            messages = [
                reading.read_message(call.tid, vector + index * stride, call.bits, payload=self._wants_payload(call))
                for index in range(count)
            ]
        except PermissionError:
            return self._unreadable(call)
        self.check(call)
        allowed = [self._may_send(call, message, flags) for message in messages]
        if not all(allowed):
            messages = messages[: allowed.index(False)]
            if not messages:
                return failure(_ECONNREFUSED)
        if not self.watch.blocking or not self.can_take:
            return PROCEED if all(allowed) else failure(_ECONNREFUSED)
        descriptor = enforce.take(call)
        lengths = vector + _HEADER_LENGTH[call.bits]

        def work() -> Answer:
            return _send_all(call, descriptor, messages, flags, lengths, stride)

        return self._perform(call, descriptor, work, waits=enforce.may_block(descriptor, flags))

    def _wants_payload(self, call: Call) -> bool:
        return self.watch.blocking or (call.pid, call.descriptor) in self.name_peers

    def _may_send(self, call: Call, message: Message, flags: int) -> bool:
        """Judge the destination of one message; a message without one goes where its socket was connected to."""
        if not message.name:
            peer = self.name_peers.get((call.pid, call.descriptor))
            return peer is None or self._may_ask(call, peer, message.payload)
        endpoint = _datagram(message.name, flags)
        if endpoint.port in self.watch.options.name_ports and not self._may_ask(call, endpoint, message.payload):
            return False
        return endpoint.family == "netlink" or self.watch.judge(call, endpoint)

    def _may_ask(self, call: Call, server: Endpoint, payload: bytes) -> bool:
        """Judge a DNS question that is sent past the own resolver. What is no question is judged as a datagram only."""
        try:
            question = parse_question(payload)
        except NotDns:
            return True
        with self.watch.lock:
            actor = self.watch.attributor.actor(call, server)
        return self.watch.ask(Peer(actor, server), question)

    def _send(self, call: Call, message: Message, flags: int) -> Answer | None:
        if not self.watch.blocking or not self.can_take:
            return PROCEED
        descriptor = enforce.take(call)
        kind = kernel.socket_option(descriptor, enforce.SO_TYPE)
        if message.cut and kind != socket.SOCK_STREAM:
            os.close(descriptor)
            return failure(90)  # EMSGSIZE: no datagram is that long
        waits = enforce.may_block(descriptor, flags)
        return self._perform(call, descriptor, lambda: enforce.send(call, descriptor, message, flags), waits=waits)

    # bind, listen

    def listen(self, call: Call) -> Answer:
        """Handle ``listen(fd, backlog)``: a fact, never refused."""
        taken = self._take(call)
        if taken >= 0:
            try:
                family = kernel.socket_option(taken, enforce.SO_DOMAIN)
                address = kernel.local_address(taken)
            finally:
                os.close(taken)
            endpoint = sockets.decode(address, "unix" if family == sockets.AF_UNIX else "tcp")
            with self.watch.lock:
                actor = self.watch.attributor.actor(call, endpoint)
                self.watch.ledger.listeners.add((id(actor), endpoint), Listener(now(), actor, endpoint))
        return PROCEED

    @staticmethod
    def bind(_call: Call) -> Answer:
        """Handle ``bind``: what matters is whether it listens, and the Python hook's event belongs to this call."""
        return PROCEED

    # i386

    def from_32_bits(self, call: Call, handler: Callable[[Call], Answer | None]) -> Answer | None:
        """Handle a call of the 32-bit table. From a 64-bit program it is an evasion.

        Block mode refuses 32-bit networking: socketcall keeps its arguments in memory, where they can be changed.
        """
        if call.caller.bits == 64 and call.name != "execve":  # noqa: PLR2004
            self.watch.evasion(call, "int80", call.name, refused=self.watch.blocking)
        if not self.watch.blocking:
            return handler(call)
        if call.name == "socketcall":
            self._unfold(call)
        if call.name == "connect":
            with contextlib.suppress(OSError):
                address = reading.read_address(call.tid, call.arguments[1], call.arguments[2])
                self.check(call)
                self.watch.judge(call, sockets.decode(address, "tcp"))
        if call.name in {"connect", "sendto", "sendmsg", "sendmmsg", "socket"}:
            return failure(_ENOSYS if call.name == "socket" else _ECONNREFUSED)
        return handler(call)

    def _unfold(self, call: Call) -> None:
        """Turn a socketcall into the call it stands for."""
        known = SOCKETCALL_ARGUMENTS.get(call.arguments[0])
        if known is not None:
            call.name, count = known
            call.arguments = (*reading.read_words(call.tid, call.arguments[1], count, 32), *[0] * 6)[:6]
            self.check(call)

    def socketcall(self, call: Call) -> Answer | None:
        """Handle the 32-bit multiplexer in observe mode."""
        self._unfold(call)
        if call.name == "sendto" and not call.arguments[4]:
            return PROCEED
        handler = {"connect": self.connect, "sendto": self.sendto, "sendmsg": self.sendmsg, "sendmmsg": self.sendmmsg}
        return handler[call.name](call) if call.name in handler else PROCEED


#: socketcall number -> the call it stands for, and how many arguments that has.
SOCKETCALL_ARGUMENTS = {
    1: ("socket", 3),
    3: ("connect", 3),
    4: ("listen", 2),
    11: ("sendto", 6),
    16: ("sendmsg", 3),
    20: ("sendmmsg", 4),
}


def _datagram(name: bytes, flags: int) -> Endpoint:
    """Decode the destination of a send: UDP, but for TCP Fast Open; UDP takes AF_UNSPEC for AF_INET."""
    protocol = "tcp" if flags & _MSG_FASTOPEN else "udp"
    if sockets.family_of(name) == sockets.AF_UNSPEC and len(name) >= 8:  # noqa: PLR2004 - family, port, IPv4 address
        name = sockets.AF_INET.to_bytes(2, "little") + name[2:]
    return sockets.decode(name, protocol)


def _protocol(taken: int, family: int) -> str:
    """Return the protocol of a duplicated socket; the filter lets internet sockets be TCP or UDP only."""
    if family == sockets.AF_UNIX:
        return "unix"
    if taken < 0:
        return "unknown"
    return "tcp" if kernel.socket_option(taken, enforce.SO_TYPE) == socket.SOCK_STREAM else "udp"


def _local_port(descriptor: int) -> int:
    return sockets.decode(kernel.local_address(descriptor)).port


def _send_all(call: Call, descriptor: int, messages: list[Message], flags: int, lengths: int, stride: int) -> Answer:
    """Send each message and write back how much of it went; the first failure ends it, as in the kernel."""
    for index, message in enumerate(messages):
        answer = enforce.send(call, descriptor, message, flags)
        if answer.error:
            return Answer(value=index) if index else answer
        kernel.write_memory(call.tid, lengths + index * stride, answer.value.to_bytes(4, "little"))
    return Answer(value=len(messages))
