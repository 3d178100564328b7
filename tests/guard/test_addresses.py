from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.guard import sockets
from doorward.model.run import Endpoint


def _v6(text: str, port: int = 443) -> bytes:
    return struct.pack("<H", 10) + struct.pack("!HI", port, 0) + socket.inet_pton(socket.AF_INET6, text) + bytes(4)


@pytest.mark.parametrize(
    ("raw", "endpoint"),
    [
        (b"\2\0\1\xbb\xc0\0\2\1" + bytes(8), Endpoint("ipv4", "192.0.2.1", 443, "tcp")),
        (_v6("2001:db8::1"), Endpoint("ipv6", "2001:db8::1", 443, "tcp")),
        (_v6("::ffff:192.0.2.1"), Endpoint("ipv4", "192.0.2.1", 443, "tcp")),
        (b"\1\0/run/x.sock\0junk", Endpoint("unix", "/run/x.sock", 0, "unix")),
        (b"\1\0\0name", Endpoint("unix", "@name", 0, "unix")),
        (b"\1\0", Endpoint("unix", "", 0, "unix")),
        (b"\x10\0" + bytes(10), Endpoint("netlink")),
        (b"\0\0", Endpoint("unspecified", protocol="tcp")),
        (b"\2\0\1", Endpoint("family 2", protocol="tcp")),
        (b"\x28\0" + bytes(14), Endpoint("family 40", protocol="tcp")),
        (b"", Endpoint("unspecified", protocol="tcp")),
    ],
)
def test_decode(raw: bytes, endpoint: Endpoint):
    assert sockets.decode(raw, "tcp") == endpoint


@given(st.binary(max_size=128))
def test_any_bytes_have_an_endpoint(raw: bytes):
    endpoint = sockets.decode(raw)
    assert str(endpoint)
    assert endpoint.is_routable in {True, False}


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_loopback_addresses_are_what_the_kernel_takes(family: int):
    endpoint = sockets.decode(sockets.loopback_address(family, 8080))
    assert endpoint.is_loopback
    assert endpoint.port == 8080


@pytest.mark.parametrize(
    ("address", "loopback", "metadata"),
    [("127.0.0.1", True, False), ("::1", True, False), ("0.0.0.0", True, False), ("169.254.169.254", False, True)],
)
def test_what_an_endpoint_is(address: str, loopback: bool, metadata: bool):
    endpoint = Endpoint("ipv6" if ":" in address else "ipv4", address, 80)
    assert endpoint.is_loopback is loopback
    assert endpoint.is_metadata_service is metadata
