"""Addresses in files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.content.endpoints import addresses_in, collected, is_raw, urls_in


def found(text: bytes) -> tuple[str, ...]:
    return collected(urls_in(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"see https://Docs.Example/Path?q=1#x.", ("docs.example", "https://Docs.Example/Path?q=1#x.")),
        (b'"http://user:word@host.invalid:8080/a"', ("host.invalid", "http://user:word@host.invalid:8080/a")),
        (b"tcp://192.0.2.7:4444", ("192.0.2.7", "tcp://192.0.2.7:4444")),
        (b"wss://[2001:db8::1]:443/x", ("2001:db8::1", "wss://[2001:db8::1]:443/x")),
        (b"\x7fELF\0\0https://c2.invalid/beacon\0\0", ("c2.invalid", "https://c2.invalid/beacon")),
        (b"http://localhost/x", ()),
        (b"://nothing.example", ()),
        (b"c:// d://  http:// ", ()),
        (b"https://a.example https://a.example", ("a.example", "https://a.example")),
    ],
)
def test_urls(text: bytes, expected: tuple[str, ...]) -> None:
    assert found(text) == expected


def test_hosts_stand_first() -> None:
    assert found(b"http://b.example/1 http://a.example/2 http://b.example/3")[:2] == ("b.example", "a.example")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"connect(('192.0.2.7', 4444))", ("192.0.2.7",)),
        (b"'203.0.113.9'", ("203.0.113.9",)),
        (b"'127.0.0.1' '10.1.2.3' '192.168.1.1' '172.16.0.1' '0.0.0.0' '224.0.0.1'", ()),
        (b"version 1.2.3.4.5 and 999.1.1.1 and x1.2.3.4 and 1.2.3.4-beta", ()),
    ],
)
def test_bare_addresses(text: bytes, expected: tuple[str, ...]) -> None:
    assert collected(addresses_in(text)) == expected


@pytest.mark.parametrize(
    ("scheme", "authority", "expected"),
    [
        (b"http", b"192.0.2.7", True),
        (b"https", b"192.0.2.7:8443", True),
        (b"ftp", b"192.0.2.7", False),
        (b"http", b"127.0.0.1:80", False),
        (b"http", b"1.2.3.example", False),
        (b"http", b"1.2.3", False),
    ],
)
def test_raw(scheme: bytes, authority: bytes, expected: bool) -> None:
    assert is_raw(scheme, authority) is expected


@given(st.binary(max_size=400))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    for address in found(b"https://" + data) + collected(addresses_in(data)):
        assert address.isascii()
        assert len(address) < 700


def test_one_file_has_a_cap() -> None:
    data = b"".join(b"a://%d.b " % number for number in range(150_000))
    assert len(urls_in(data)) <= 100_000
