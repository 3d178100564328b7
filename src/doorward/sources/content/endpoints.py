"""Addresses in files: URLs, their hosts, and internet addresses, for matching with indicators.

Every file is searched for ``://``, of whatever format, and only the characters around each hit are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from itertools import islice
from typing import TypeAlias

#: What is kept of one artifact, and how many places of one file are looked at.
CAP = 5000
PLACES = 100_000

_URL = re.compile(rb"://([A-Za-z0-9\[][A-Za-z0-9._~%:@\[\]-]{0,254})(/[A-Za-z0-9._~%:@!$&*+=/?#-]{0,300})?")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]{0,15}\Z")
#: The last three numbers of an address; the first is looked for before them.
_DOTTED = re.compile(rb"\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.]|-\w)")
_FIRST = re.compile(rb"(?<![\w.])\d{1,3}\Z")
_NUMBERS = re.compile(rb"(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\Z")

#: Networks of this machine, private ones (RFC 1918), and multicast. Networks that are reserved for documentation, and
#: that of the metadata services of clouds, count as any other.
_LOCAL = tuple(
    map(IPv4Network, ("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"))
)

#: One address as found: scheme, host with port, path. A bare internet address has neither scheme nor path.
Found: TypeAlias = tuple[bytes, bytes, bytes]


def urls_in(data: bytes) -> dict[Found, int]:
    """Return the distinct URLs of one file and where each is first; at most 100,000 places are looked at."""
    found: dict[Found, int] = {}
    for match in islice(_URL.finditer(data), PLACES):
        start = match.start()
        scheme = data[max(start - 5, 0) : start].lower()
        if scheme != b"https":  # the commonest needs no pattern
            named = _SCHEME.search(data, max(start - 16, 0), start)
            if named is None:
                continue
            scheme = named[0].lower()
        address = (scheme, match[1], match[2] or b"")
        if address not in found:
            found[address] = start
    return found


def addresses_in(data: bytes) -> dict[Found, int]:
    """Return internet addresses without a scheme, and where: worth the time in code that uses the network."""
    found: dict[Found, int] = {}
    for match in islice(_DOTTED.finditer(data), CAP):
        first = _FIRST.search(data, max(match.start() - 4, 0), match.start())
        if first is not None and is_public(first[0] + match[0]):
            found.setdefault((b"", first[0] + match[0], b""), match.start())
    return found


def collected(found: Iterable[Found]) -> tuple[str, ...]:
    """Return what facts keep of addresses: hosts first, then whole URLs, each once and in their order."""
    hosts: dict[str, None] = {}
    urls: dict[str, None] = {}
    for scheme, authority, path in found:
        host = _host(authority.decode("ascii"))
        if "." in host or ":" in host:
            hosts[host] = None
            if scheme:
                urls[f"{scheme.decode('ascii')}://{authority.decode('ascii')}{path.decode('ascii')}"] = None
    return (*hosts, *urls)


def is_raw(scheme: bytes, authority: bytes) -> bool:
    """Whether it is an address of the web in numbers, of no private network nor of this machine."""
    return scheme in {b"http", b"https"} and bool(_NUMBERS.match(authority)) and is_public(authority.partition(b":")[0])


def is_public(number: bytes) -> bool:
    """Whether it is an internet address of neither this machine nor a private network."""
    try:
        address = IPv4Address(number.decode("ascii"))
    except ValueError:
        return False
    return not any(address in network for network in _LOCAL)


def _host(authority: str) -> str:
    """Return the host of an authority: without user information and port, in lower case."""
    host = authority.rpartition("@")[2].lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")
