"""Which endpoints a command may reach, by phase: the decision about one connection, a pure function.

Resolving reaches the configured indexes and the hosts of the lock files; building and installing reach nothing; tests
and everything else reach this machine and what the policy declares. The policy, the command line and the baseline add
to that.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from doorward.model.run import ConnectionAttempt, Decision, Endpoint, Phase
from doorward.policy.baseline import Baseline, split_version
from doorward.policy.destinations import Destination, normal_host
from doorward.records import dataclass, field

#: What answers at unix sockets that every program may use: names, logs.
_INNOCENT = frozenset({"nscd", "resolved", "syslog"})
#: What acts for the user: with keys, secrets, or the rights of a daemon.
AGENTS = frozenset({"ssh-agent", "gpg-agent", "session-bus"})
DELEGATES = frozenset({"docker", "containerd", "systemd"})
#: Families without a destination.
_IDLE = frozenset({"unspecified", "netlink"})
_REVERSE = (".in-addr.arpa", ".ip6.arpa")
_DNS = 53


def _nothing() -> Mapping[Phase, tuple[Destination, ...]]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Names:
    """How this machine looks names up."""

    servers: frozenset[str] = frozenset()
    #: Domains that are tried behind a name.
    search: tuple[str, ...] = ()
    #: The machine's own names.
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Egress:
    """What is expected of a run."""

    #: In every phase: the command line's and the policy's.
    allowed: tuple[Destination, ...] = ()
    by_phase: Mapping[Phase, tuple[Destination, ...]] = field(default_factory=_nothing)
    #: Configured indexes, proxies, and the hosts of the lock files: expected while packages are resolved.
    indexes: tuple[Destination, ...] = ()
    baseline: Baseline = Baseline()
    #: Proxies that the environment names; one of this machine only where it ran before the command did.
    proxies: tuple[Destination, ...] = ()
    #: Loopback and unix sockets count as off this machine.
    deny_loopback: bool = False
    names: Names = Names()

    def decide(self, attempt: ConnectionAttempt) -> Decision:
        """Decide about one attempt."""
        endpoint, phase = attempt.endpoint, attempt.actor.phase
        if attempt.call == "dns":
            expected = self._may_ask(phase, normal_host(attempt.host))
        elif endpoint.family == "unix":
            expected = self._local(attempt)
        elif endpoint.is_ip or endpoint.family == "unresolved":
            expected = not self.is_outbound(endpoint) or self._reaches(attempt)
        else:
            expected = endpoint.family in _IDLE
        return Decision.ALLOW if expected else Decision.REFUSE

    def ports(self) -> tuple[int, ...] | None:
        """Return the TCP ports that may be reached at all; None where some destination may have any."""
        if not self.deny_loopback:
            return None
        every = [*self.allowed, *self.indexes, *(item for items in self.by_phase.values() for item in items)]
        ports = {item.port for item in every if not item.is_local} | {item.port for item in self.baseline.endpoints}
        return None if None in ports else tuple(sorted(port for port in ports if port is not None))

    def is_outbound(self, endpoint: Endpoint) -> bool:
        """Whether an internet endpoint counts as off this machine."""
        if endpoint.family == "unresolved":
            return True
        return endpoint.is_ip and (self.deny_loopback or endpoint.is_routable or self.is_local_proxy(endpoint))

    def is_local_proxy(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint is a proxy on this machine that ran before: what goes there leaves the machine."""
        named = any(proxy.port == endpoint.port and proxy.is_loopback for proxy in self.proxies)
        return named and endpoint.protocol != "udp" and endpoint.is_loopback

    def is_proxy(self, host: str, endpoint: Endpoint) -> bool:
        """Whether an endpoint is a proxy, behind which nothing is seen."""
        if endpoint.is_loopback:
            return self.is_local_proxy(endpoint)
        return any(proxy.covers(host, endpoint.address, endpoint.port) for proxy in self.proxies)

    def is_index(self, host: str, endpoint: Endpoint) -> bool:
        """Whether an endpoint is a configured index, or a host that a lock file names."""
        return any(index.covers(host, endpoint.address, endpoint.port) for index in self.indexes)

    def is_name_server(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint is a name server that this machine is configured for."""
        return endpoint.port == _DNS and endpoint.address in self.names.servers

    def _reaches(self, attempt: ConnectionAttempt) -> bool:
        endpoint, phase = attempt.endpoint, attempt.actor.phase
        if self.is_name_server(endpoint):
            # Where no name may be reached, no name has to be asked for past the own resolver.
            return any(self._expected(phase))
        if phase is Phase.RESOLVE and self.is_local_proxy(endpoint):
            return True
        if any(item.covers(attempt.host, endpoint.address, endpoint.port) for item in self._expected(phase)):
            return True
        package, _ = split_version(attempt.actor.attribution.purl)
        return any(
            known.phase == phase.value
            and known.package == package
            and known.protocol in {endpoint.protocol, "unknown"}
            and known.destination.covers(attempt.host, endpoint.address, endpoint.port)
            for known in self.baseline.endpoints
        )

    def _expected(self, phase: Phase) -> Iterator[Destination]:
        yield from self.allowed
        yield from self.by_phase.get(phase, ())
        if phase is Phase.RESOLVE:
            yield from self.indexes

    def _local(self, attempt: ConnectionAttempt) -> bool:
        """Decide about a unix socket. A package manager may use agents: it fetches with the user's keys."""
        service, path = attempt.host, attempt.endpoint.address
        if service in _INNOCENT or any(path == item.host for item in self._expected(attempt.actor.phase)):
            return True
        if service in AGENTS and attempt.actor.phase is Phase.RESOLVE:
            return True
        return not (service in AGENTS | DELEGATES or self.deny_loopback)

    def _may_ask(self, phase: Phase, name: str) -> bool:
        """Decide about a question: a name may be asked for where something of that name may be reached."""
        known = [item.destination for item in self.baseline.endpoints if item.phase == phase.value]
        wanted = (*self._expected(phase), *known)
        return any(
            asked in self.names.own or asked == "localhost" or any(item.names(asked) for item in wanted)
            for asked in self._meant(name)
        ) or _is_reverse_of_own(name)

    def _meant(self, name: str) -> Iterable[str]:
        """Yield the names that a question may mean: without the domains that are tried behind it."""
        yield name
        for domain in self.names.search:
            if name.endswith(f".{domain}"):
                yield name.removesuffix(f".{domain}")


def _is_reverse_of_own(name: str) -> bool:
    """Whether a question asks for the name of an address of this machine or of a private network."""
    if name.endswith(_REVERSE[0]):
        labels = name.removesuffix(_REVERSE[0]).split(".")
        text = ".".join(reversed(labels))
    elif name.endswith(_REVERSE[1]):
        digits = "".join(reversed(name.removesuffix(_REVERSE[1]).split(".")))
        text = ":".join(digits[at : at + 4] for at in range(0, len(digits), 4))
    else:
        return False
    try:
        return ipaddress.ip_address(text).is_private
    except ValueError:
        return False
