"""Socket addresses as the kernel lays them out, to endpoints and back. The bytes are hostile: any length or family."""

from __future__ import annotations

import ipaddress
import socket
import struct
from functools import lru_cache

from doorward.model.run import Endpoint

#: The longest address that any family has (``struct sockaddr_storage``).
MAX_ADDRESS = 128

AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 0, 1, 2, 10, 16
_IPV4_LENGTH, _IPV6_LENGTH = 8, 24

_PROTOCOLS = {(1, 6): "tcp", (2, 17): "udp"}


def family_of(address: bytes) -> int:
    """Return the address family, AF_UNSPEC for an address that is too short to have one."""
    return int.from_bytes(address[:2], "little") if len(address) >= 2 else AF_UNSPEC  # noqa: PLR2004


@lru_cache(4096)
def decode(address: bytes, protocol: str = "unknown") -> Endpoint:
    """Return the endpoint of a raw address. Never raises: what is malformed has a family and no address."""
    family = family_of(address)
    if family == AF_INET and len(address) >= _IPV4_LENGTH:
        port = int.from_bytes(address[2:4], "big")
        return Endpoint("ipv4", socket.inet_ntoa(address[4:8]), port, protocol)
    if family == AF_INET6 and len(address) >= _IPV6_LENGTH:
        return _ipv6(address, protocol)
    if family == AF_UNIX:
        return Endpoint("unix", _unix_path(address[2:]), 0, "unix")
    if family == AF_NETLINK:
        return Endpoint("netlink")
    if family == AF_UNSPEC:
        return Endpoint("unspecified", protocol=protocol)
    return Endpoint(f"family {family}", protocol=protocol)


def _ipv6(address: bytes, protocol: str) -> Endpoint:
    """Decode; a v4-mapped address is the IPv4 address that packets go to."""
    port = int.from_bytes(address[2:4], "big")
    parsed = ipaddress.IPv6Address(address[8:24])
    if parsed.ipv4_mapped is not None:
        return Endpoint("ipv4", str(parsed.ipv4_mapped), port, protocol)
    return Endpoint("ipv6", str(parsed), port, protocol)


def _unix_path(path: bytes) -> str:
    if path[:1] == b"\0":
        name = path[1:]
        return "@" + name.decode("utf-8", "backslashreplace") if name else ""
    return path.partition(b"\0")[0].decode("utf-8", "backslashreplace")


def loopback_address(family: int, port: int) -> bytes:
    """Return the raw address of ``port`` on loopback, for a socket of ``family`` (AF_INET or AF_INET6)."""
    head = struct.pack("<H", family)
    if family == AF_INET6:
        return head + struct.pack("!HI", port, 0) + socket.inet_pton(socket.AF_INET6, "::1") + bytes(4)
    return head + struct.pack("!H4s", port, b"\x7f\0\0\1") + bytes(8)


def protocol_of(kind: int, protocol: int, family: int) -> str:
    """Return "tcp", "udp", "unix" or "unknown" for what getsockopt says of a socket."""
    if family == AF_UNIX:
        return "unix"
    return _PROTOCOLS.get((kind & 0xF, protocol), "unknown")
