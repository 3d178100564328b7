"""Every way in which a server fails, and what becomes of it: one typed error, one line, in bounded time and size."""

import gzip
import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from doorward.errors import (
    AccessRefused,
    BadRedirect,
    BadResponse,
    FetchError,
    NotFound,
    Offline,
    OverBudget,
    RateLimited,
    ServerFault,
    TimedOut,
    TooLarge,
)
from doorward.sources.http import Http
from tests.http.conftest import LIMITS
from tests.loopback import Loopback, Reply, closed_port, gzipped, moved

OK = Reply(b"here it is")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AccessRefused),
        (403, AccessRefused),
        (404, NotFound),
        (408, TimedOut),
        (410, NotFound),
        (418, BadResponse),
        (451, AccessRefused),
        (204, BadResponse),
        (206, BadResponse),
        (304, BadResponse),
    ],
)
def test_statuses_that_no_further_try_mends(
    http: Http, server: Loopback, pauses: list[float], status: int, kind: type[FetchError]
) -> None:
    url = server.answer("/simple/six/", Reply(status=status))
    with pytest.raises(kind) as caught:
        http.get(url)
    assert str(caught.value) == f"127.0.0.1:{server.port}/simple/six/ answered {status}"
    assert (len(server.seen), pauses) == (1, [])


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
def test_a_passing_failure_is_tried_again(http: Http, server: Loopback, pauses: list[float], status: int) -> None:
    url = server.answer("/a", Reply(status=status), OK)
    assert http.get(url).body == b"here it is"
    assert len(server.seen) == 2
    assert len(pauses) == 1
    assert 0.0 <= pauses[0] <= 0.5


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (500, ServerFault)])
def test_a_lasting_failure_ends(
    http: Http, server: Loopback, pauses: list[float], status: int, kind: type[FetchError]
) -> None:
    with pytest.raises(kind, match=f"answered {status}"):
        http.get(server.answer("/a", Reply(status=status)))
    assert len(server.seen) == LIMITS.retries + 1
    assert len(pauses) == LIMITS.retries


def test_the_server_says_how_long_to_wait(http: Http, server: Loopback, pauses: list[float]) -> None:
    url = server.answer("/a", Reply(status=429, headers={"Retry-After": "1"}), OK)
    assert http.get(url).body == b"here it is"
    assert pauses == [1.0]


def test_the_server_says_when_to_come_back(http: Http, server: Loopback, pauses: list[float]) -> None:
    moment = (datetime.now(UTC) + timedelta(seconds=25)).replace(microsecond=0)
    headers = {"Retry-After": format_datetime(moment, usegmt=True)}
    url = server.answer("/a", Reply(status=503, headers=headers), OK)
    longest = moment - datetime.now(UTC)
    http.get(url)
    shortest = moment - datetime.now(UTC)
    assert shortest.total_seconds() <= pauses[0] <= longest.total_seconds()


@pytest.mark.parametrize("asked", ["86400", "25"])
def test_a_wait_beyond_the_bound_or_the_deadline_is_not_begun(
    make: Callable[..., Http], server: Loopback, pauses: list[float], asked: str
) -> None:
    http = make(replace(LIMITS, total_seconds=20.0))
    with pytest.raises(RateLimited, match=f"asks to wait {asked} s"):
        http.get(server.answer("/a", Reply(status=429, headers={"Retry-After": asked})))
    assert pauses == []


def test_no_answer_in_time(make: Callable[..., Http], server: Loopback, pauses: list[float]) -> None:
    with pytest.raises(TimedOut, match="did not answer in time"):
        make(replace(LIMITS, read_seconds=0.3)).get(server.answer("/a", Reply(b"late", wait=50.0)))
    assert len(pauses) == LIMITS.retries


def test_a_body_that_drips_for_ever(make: Callable[..., Http], server: Loopback, pauses: list[float]) -> None:
    with pytest.raises(TimedOut, match="did not come whole"):
        make(replace(LIMITS, total_seconds=1.2)).get(server.answer("/a", Reply(b"x" * 10_000, drip=0.05)))
    assert pauses == []


def test_a_body_that_hardly_moves(make: Callable[..., Http], server: Loopback) -> None:
    url = server.answer("/a", Reply(b"x" * 10_000, drip=0.05))
    with pytest.raises(TimedOut, match="less than 1,000 bytes a second"):
        make(replace(LIMITS, patience_seconds=0.3)).get(url)


def test_nobody_listens(http: Http, pauses: list[float]) -> None:
    with closed_port() as url, pytest.raises(Offline, match=r"127\.0\.0\.1:\d+ cannot be reached"):
        http.get(url)
    assert len(pauses) == LIMITS.retries


def test_a_host_that_is_not_there(http: Http) -> None:
    with pytest.raises(Offline, match=r"registry\.invalid cannot be reached"):
        http.get("https://registry.invalid/simple/")


@pytest.mark.parametrize("length", [1_000, 20_000_000_000])
def test_a_body_shorter_than_announced(make: Callable[..., Http], server: Loopback, length: int) -> None:
    url = server.answer("/a", Reply(b"short", length=length))
    limits = replace(LIMITS, document_bytes=1 << 40)
    with pytest.raises(BadResponse, match="broke off"):
        make(limits).get(url)
    assert len(server.seen) == LIMITS.retries + 1


def test_a_body_longer_than_announced_ends_where_it_was_announced(http: Http, server: Loopback) -> None:
    assert http.get(server.answer("/a", Reply(b"longer than that", length=6))).body == b"longer"


def test_a_connection_that_speaks_no_http(http: Http, server: Loopback) -> None:
    url = server.answer("/a", Reply(headers={"Bad header\x00": "\x01"}))
    with pytest.raises(BadResponse, match="broke off, or is no HTTP"):
        http.get(url)


def test_ten_gigabytes(http: Http, server: Loopback) -> None:
    with pytest.raises(TooLarge, match="larger than 100000 bytes"):
        http.get(server.answer("/announced", Reply(b"x", length=10_000_000_000)))
    with pytest.raises(TooLarge, match="larger than 100000 bytes"):
        http.get(server.answer("/endless", Reply(b"x" * 4096, length=-1, endless=True)))
    with pytest.raises(TooLarge, match="larger than 200000 bytes"):
        http.download(server.answer("/file", Reply(b"x" * 4096, length=-1, endless=True)), io.BytesIO())
    assert len(server.seen) == 3


def test_a_bomb(http: Http, server: Loopback) -> None:
    packed = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packed.compress(bytes(1 << 20)) for _ in range(64)) + packed.flush()
    assert len(bomb) < LIMITS.document_bytes
    with pytest.raises(TooLarge, match="larger than 100000 bytes"):
        http.get(server.answer("/a", Reply(bomb, headers={"Content-Encoding": "gzip"})))


@pytest.mark.parametrize(
    ("body", "coding", "why"),
    [
        (gzip.compress(b"a whole document " * 50)[:-12], "gzip", "truncated"),
        (gzip.compress(b"a whole document")[:10] + b"\xff" * 20, "gzip", "damaged"),
        (b"plain", "gzip", "damaged"),
        (gzip.compress(b"one") + b"and rubbish", "gzip", "damaged"),
        (b"whatever", "br", "coding that was not asked for"),
        (b"whatever", "gzip, gzip", "coding that was not asked for"),
    ],
)
def test_codings_that_do_not_decode(http: Http, server: Loopback, body: bytes, coding: str, why: str) -> None:
    with pytest.raises(BadResponse, match=why):
        http.get(server.answer("/a", Reply(body, headers={"Content-Encoding": coding})))
    assert len(server.seen) == 1


def test_a_compressed_body_is_decoded(http: Http, server: Loopback) -> None:
    body = b"a document that is long " * 2_000
    assert http.get(server.answer("/a", gzipped(body))).body == body
    assert http.get(server.answer("/b", gzipped(b""))).body == b""
    two = Reply(gzip.compress(b"two ") + gzip.compress(b"members"), headers={"Content-Encoding": "gzip"})
    assert http.get(server.answer("/c", two)).body == b"two members"


def test_a_redirect_loop(http: Http, server: Loopback) -> None:
    url = server.answer("/a", moved("/b"))
    server.answer("/b", moved("/a"))
    with pytest.raises(BadRedirect, match="redirects in a circle"):
        http.get(url)
    assert server.paths() == ["/a", "/b"]


def test_redirects_without_end(http: Http, server: Loopback) -> None:
    for n in range(10):
        server.answer(f"/{n}", moved(f"/{n + 1}"))
    with pytest.raises(BadRedirect, match="redirects more than 3 times"):
        http.get(server.url("/0"))
    assert server.paths() == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://a\\@b/",
        "http://user@/",
        "http://host name/",
        "http://" + "a" * 5_000 + "/",
        "javascript:alert(1)",
        "http://ho\x7fst/",
    ],
)
def test_redirects_to_nowhere(http: Http, server: Loopback, location: str) -> None:
    with pytest.raises(BadRedirect, match="redirects to where it may not"):
        http.get(server.answer("/a", moved(location)))
    assert server.paths() == ["/a"]


def test_a_redirect_that_is_relative_and_one_without_target(http: Http, server: Loopback) -> None:
    url = server.answer("/simple/Six", moved("../simple/six/", 301))
    server.answer("/simple/six/", OK)
    document = http.get(url)
    assert (document.body, document.url) == (b"here it is", server.url("/simple/six/"))
    with pytest.raises(BadResponse, match="answered 302"):
        http.get(server.answer("/b", Reply(status=302)))


def test_a_download_starts_anew_after_it_broke_off(http: Http, server: Loopback) -> None:
    url = server.answer("/f.whl", Reply(b"half of", length=100), Reply(b"half of it and the rest"))
    sink = io.BytesIO()
    sink.write(b"before ")
    done = http.download(url, sink)
    assert sink.getvalue() == b"before half of it and the rest"
    assert done.size == 23
    assert http.budget.left == LIMITS.budget_bytes - 23 - 7


def test_a_download_that_only_its_connection_ends(http: Http, server: Loopback) -> None:
    url = server.answer("/f.whl", Reply(b"part", length=-1))
    assert http.download(url, io.BytesIO(), size=4).size == 4
    assert http.download(url, io.BytesIO()).size == 4
    with pytest.raises(BadResponse, match="truncated: 4 of 9 bytes"):
        http.download(url, io.BytesIO(), size=9)


def test_the_budget_is_shared_and_reserved_before_anything_is_fetched(http: Http, server: Loopback) -> None:
    url = server.answer("/f", Reply(b"x" * 150_000))
    http.download(url, io.BytesIO(), size=150_000)
    http.download(url, io.BytesIO())
    with pytest.raises(OverBudget, match="does not fit in the byte budget"):
        http.download(url, io.BytesIO(), size=1)
    assert len(server.seen) == 2
    assert http.budget.left == 0


def test_a_body_beyond_the_budget_is_cut_off_and_what_did_not_come_is_given_back(http: Http, server: Loopback) -> None:
    http.budget.take(250_000, "another download")
    with pytest.raises(OverBudget):
        http.download(server.answer("/announced", Reply(b"x" * 60_000)), io.BytesIO())
    assert http.budget.left == 50_000
    with pytest.raises(OverBudget):
        http.download(server.answer("/silent", Reply(b"x" * 60_000, length=-1)), io.BytesIO())
    assert http.budget.left <= 50_000
    with pytest.raises(NotFound):
        http.download(server.url("/none"), io.BytesIO(), size=10)


def test_a_stated_size_beyond_the_cap_is_not_fetched(http: Http, server: Loopback) -> None:
    with pytest.raises(TooLarge):
        http.download(server.url("/f"), io.BytesIO(), size=LIMITS.artifact_bytes + 1)
    assert server.seen == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "//x/y", "", "http://", "gopher://h/", "http://h:x/", "http://ü/"]
)
def test_what_is_no_web_address_is_refused(http: Http, url: str) -> None:
    with pytest.raises(AccessRefused, match="cannot be asked"):
        http.get(url)
