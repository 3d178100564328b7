"""``HOST[:PORT]`` as policies, baselines and the command line write it."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from doorward.records import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LARGEST_PORT = 65_535
_SCHEMES = {"http": 80, "https": 443, "ssh": 22, "git": 9418, "socks4": 1080, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """What a connection may be expected to reach: a name, ``*.name``, an address, a network, or a unix socket."""

    #: In lower case, without a final dot. A unix socket is a path, or "@name".
    host: str
    #: None: any.
    port: int | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is a unix socket."""
        return self.host.startswith(("/", "@"))

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine by its loopback address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    def covers(self, name: str, address: str, port: int | None) -> bool:
        """Whether it is where a connection leads; ``port`` None asks for the host alone, as a look-up does."""
        if port is not None and self.port not in {None, port}:
            return False
        return self.names(name) or self.names(address) or self._holds(address)

    def names(self, host: str) -> bool:
        """Whether it is this name, or a name above it where it begins with ``*.``."""
        host = normal_host(host)
        if not host:
            return False
        return host == self.host or (self.host.startswith("*.") and host.endswith(self.host[1:]))

    def _holds(self, address: str) -> bool:
        network = _network(self.host)
        if network is None:
            return False
        try:
            return ipaddress.ip_address(address.partition("%")[0]) in network
        except ValueError:
            return False

    def __str__(self) -> str:
        """Return it as it is written."""
        if self.port is None:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@lru_cache(maxsize=4096)
def _network(host: str) -> Network | None:
    """Return the address or network that a host is; None for a name."""
    try:
        return ipaddress.ip_network(host, strict=False)
    except ValueError:
        return None


def normal_host(host: str) -> str:
    """Return a host as it is compared: lower case, no final dot. A unix socket is left alone."""
    return host if host.startswith(("/", "@")) else host.lower().rstrip(".")


def parse_destination(text: str) -> Destination:
    """Read ``HOST[:PORT]``; ValueError with what is wrong. An IPv6 address needs brackets to have a port."""
    text = text.strip()
    if text.startswith(("/", "@")):
        return Destination(text)
    host, port = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is no HOST[:PORT]")
        port = rest[1:]
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host or "://" in text or any(char.isspace() for char in host) or "*" in host.removeprefix("*."):
        raise ValueError(f"{text!r} is no HOST[:PORT]: write db.example:5432, *.example, 192.0.2.0/24 or a socket")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) <= _LARGEST_PORT):
        raise ValueError(f"{text!r} has no port between 1 and {_LARGEST_PORT}")
    return Destination(normal_host(host), int(port) if port else None)


def destination_of_url(url: str) -> Destination | None:
    """Return the host and port of a web or proxy address; None for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.scheme not in _SCHEMES:
        return None
    return Destination(normal_host(parts.hostname), port or _SCHEMES[parts.scheme])
