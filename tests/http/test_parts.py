"""The parts below the client: addresses, bodies, budget, waits."""

import gzip
import zlib
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import BadResponse, FetchError, OverBudget, TooLarge
from doorward.sources import addresses
from doorward.sources.bodies import Account, Budget, Digester, decoded
from doorward.sources.retries import LONGEST, asked_wait, pause_before

INTERNAL = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fdff::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "not an address", "",
]  # fmt: skip
PUBLIC = ["192.0.2.1", "203.0.113.80", "198.51.100.1", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:192.0.2.1"]


@pytest.mark.parametrize("address", INTERNAL)
def test_internal_addresses(address: str) -> None:
    assert addresses.is_internal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert not addresses.is_internal(address)


@pytest.mark.parametrize(
    ("home", "target", "may"),
    [
        ("https://h/simple/", "https://h/other", True),
        ("https://h/", "https://h:443/", True),
        ("https://H/", "https://h./", True),
        ("http://h/", "https://h/", True),
        ("https://h/", "http://h/", False),
        ("https://h/", "https://h:8443/", False),
        ("http://h:8080/", "https://h/", False),
        ("http://h/", "https://h:8443/", False),
        ("https://h/", "https://h.evil/", False),
        ("https://h/", "https://h@evil/", False),
        ("https://h/", "https://sub.h/", False),
    ],
)
def test_where_credentials_may_go(home: str, target: str, may: bool) -> None:
    assert addresses.may_carry_credentials(home, target) is may


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@registry.example/simple/six/?sig=x#f", "registry.example/simple/six/"),
        ("https://registry.example:8443", "registry.example:8443"),
        ("https://registry.example/" + "a" * 400, "registry.example/" + "a" * 180 + "..."),
        ("https://registry.example/\x1b[2J", "an unreadable address"),
        ("https://registry.example/ü%1b", "registry.example/%C3%BC%1b"),
        ("nonsense", "an unreadable address"),
    ],
)
def test_what_is_shown_of_an_address(url: str, shown: str) -> None:
    assert addresses.shown(url) == shown


@given(st.text(max_size=80) | st.from_regex(r"https?://[ -~]{0,40}", fullmatch=True))
def test_an_address_is_refused_or_means_one_host_to_every_parser(url: str) -> None:
    try:
        clean = addresses.without_userinfo(url)
    except ValueError:
        assert addresses.shown(url) == "an unreadable address"
        return
    httpx = pytest.importorskip("httpx")
    assert "@" not in urlsplit(clean).netloc
    try:
        parsed = httpx.URL(clean)
    except httpx.InvalidURL:
        return
    assert parsed.host == urlsplit(clean).hostname
    assert not parsed.userinfo
    assert addresses.shown(url).isprintable()


@given(st.text(max_size=60))
def test_a_redirect_never_leaves_tls(location: str) -> None:
    try:
        target = addresses.next_hop("https://registry.example/a/b", location)
    except ValueError:
        return
    assert target.startswith("https://")


def test_names_that_do_not_resolve() -> None:
    assert addresses.resolve("registry.invalid") == ()
    assert addresses.resolve("a" * 70 + ".invalid") == ()
    assert addresses.resolve("127.1") == ("127.0.0.1",)


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 40), st.integers(0, 3000))
def test_gzip_in_any_pieces_gives_what_went_in_or_the_cap(members: list[bytes], piece: int, cap: int) -> None:
    plain = b"".join(members)
    packed = b"".join(gzip.compress(member, mtime=0) for member in members)
    pieces = [packed[at : at + piece] for at in range(0, len(packed), piece)]
    if len(plain) > cap:
        with pytest.raises(TooLarge):
            list(decoded(pieces, "gzip", cap, "x"))
    else:
        assert b"".join(decoded(pieces, "gzip", cap, "x")) == plain


@given(st.binary(max_size=400), st.integers(1, 50))
def test_rubbish_under_gzip_is_a_typed_error(data: bytes, piece: int) -> None:
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    try:
        plain = b"".join(decoded(pieces, "gzip", 1 << 20, "x"))
    except FetchError:
        return
    assert plain == (gzip.decompress(data) if data else b"")


def test_a_bomb_in_one_piece_is_never_held_whole() -> None:
    packed = zlib.compressobj(9, wbits=31)
    bomb = packed.compress(bytes(50 << 20)) + packed.flush()
    steps = []
    with pytest.raises(TooLarge):
        steps.extend(len(step) for step in decoded([bomb], "gzip", 1 << 20, "x"))
    assert max(steps) <= 1 << 18
    assert sum(map(len, decoded([bomb], "gzip", 50 << 20, "x"))) == 50 << 20


def test_truncated_at_every_byte() -> None:
    packed = gzip.compress(b"some text that is packed", mtime=0)
    for cut in range(1, len(packed)):
        with pytest.raises(BadResponse):
            list(decoded([packed[:cut]], "gzip", 1 << 20, "x"))


def test_digests_of_nothing() -> None:
    assert Digester(("sha1",)).values() == ("sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",)


def test_an_account_takes_what_is_expected_and_keeps_what_came() -> None:
    budget = Budget(100)
    with Account(budget, "x") as account:
        account.expect(60)
        assert budget.left == 40
        account.count(10)
        assert budget.left == 40
        account.expect(80)
        assert budget.left == 10
        with pytest.raises(OverBudget, match="x does not fit"):
            account.expect(200)
    assert budget.left == 90


def test_pauses_grow_and_are_bounded() -> None:
    for attempt in range(1, 2_000, 97):
        assert 0.0 <= pause_before(attempt) <= LONGEST
    assert max(pause_before(1) for _ in range(200)) <= 0.5


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("-7", None),
        ("soon", None),
        ("9" * 63, float("9" * 63)),
        ("Mon, 01 Jan 2024 00:00:10 GMT", 10.0),
        ("Mon, 01 Jan 2024 00:00:10 -0000", 10.0),
        ("Sun, 31 Dec 2023 00:00:00 GMT", 0.0),
        ("Mon, 99 Jan 2024 00:00:00 GMT", None),
    ],
)
def test_what_a_server_asks_for(value: str | None, wait: float | None) -> None:
    assert asked_wait(value, datetime(2024, 1, 1, tzinfo=UTC)) == wait


@given(st.text(max_size=80))
def test_any_retry_after_is_read(value: str) -> None:
    wait = asked_wait(value, datetime(2024, 1, 1, tzinfo=UTC))
    assert wait is None or wait >= 0
