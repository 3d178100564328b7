"""What the client does when all is well: digests, cache, offline, concurrency, certificates."""

import hashlib
import io
import logging
import re
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from doorward.errors import FetchError, Offline, ServerFault, StoreError, UsageError
from doorward.sources.bodies import ALGORITHMS
from doorward.sources.http import Http
from doorward.sources.indexes import Index
from tests.http.conftest import LIMITS
from tests.loopback import CERTIFICATE, Loopback, Reply, Seen, gzipped, moved


def test_a_document(http: Http, server: Loopback) -> None:
    url = server.answer("/simple/six/", Reply(b"{}", headers={"Content-Type": "application/json", "X-Last": "7"}))
    before = datetime.now(UTC)
    document = http.get(url + "#fragment", accept="application/json")
    assert (document.url, document.status, document.body, document.cached) == (url, 200, b"{}", False)
    assert document.headers["x-last"] == "7"
    assert before <= document.fetched <= datetime.now(UTC)
    assert server.seen[0].headers["accept"] == "application/json"
    assert server.seen[0].headers["accept-encoding"] == "gzip"
    assert server.seen[0].headers["user-agent"].startswith("doorward")


def test_a_download_with_all_its_digests(http: Http, server: Loopback) -> None:
    data = bytes(range(256)) * 300
    sink = io.BytesIO()
    done = http.download(server.answer("/f.whl", Reply(data)), sink)
    assert sink.getvalue() == data
    assert done.size == len(data)
    assert done.sha256 == hashlib.sha256(data).hexdigest()
    assert done.digests == (
        f"sha256:{hashlib.sha256(data).hexdigest()}",
        f"sha512:{hashlib.sha512(data).hexdigest()}",
        f"sha1:{hashlib.sha1(data).hexdigest()}",
        f"md5:{hashlib.md5(data).hexdigest()}",
        f"blake2b_256:{hashlib.blake2b(data, digest_size=32).hexdigest()}",
    )
    assert len(done.digests) == len(ALGORITHMS)
    assert http.download(server.url("/f.whl"), sink, algorithms=("md5",)).sha256 == ""
    with pytest.raises(ValueError, match="no digest"):
        http.download(server.url("/f.whl"), sink, algorithms=("crc32",))


def test_an_artifact_stays_as_it_lies_on_the_server(http: Http, server: Loopback) -> None:
    reply = gzipped(b"a tarball, which is what the coding is about")
    sink = io.BytesIO()
    http.download(server.answer("/f.tar.gz", reply), sink)
    assert sink.getvalue() == reply.body
    assert server.seen[0].headers["accept-encoding"] == "identity"


CACHED = {"Cache-Control": "max-age=600"}


def test_a_fresh_document_is_not_asked_for_again(make: Callable[..., Http], server: Loopback, tmp_path: Path) -> None:
    url = server.answer("/a", Reply(b"one", headers=CACHED), Reply(b"two"))
    http = make(cache=tmp_path / "cache")
    first, second = http.get(url), http.get(url)
    assert (first.cached, second.cached, second.body) == (False, True, b"one")
    assert second.fetched == first.fetched
    assert not any(name.startswith("x-doorward") for name in second.headers)
    http.close()
    assert make(cache=tmp_path / "cache").get(url).body == b"one"
    assert len(server.seen) == 1
    assert stat.S_IMODE((tmp_path / "cache" / "documents.sqlite").stat().st_mode) == 0o600


def test_what_is_accepted_tells_documents_apart_even_where_vary_does_not(
    make: Callable[..., Http], server: Loopback, tmp_path: Path
) -> None:
    url = server.answer("/a", lambda seen: Reply(seen.headers["accept"].encode(), headers=CACHED))
    http = make(cache=tmp_path)
    assert http.get(url, accept="text/html").body == b"text/html"
    assert http.get(url, accept="application/json").body == b"application/json"
    assert http.get(url, accept="text/html").cached


def test_a_stale_document_is_validated(make: Callable[..., Http], server: Loopback, tmp_path: Path) -> None:
    def script(seen: Seen) -> Reply:
        known = seen.headers.get("if-none-match") == '"v1"'
        return Reply(b"" if known else b"one", 304 if known else 200, {"ETag": '"v1"', "Cache-Control": "max-age=0"})

    url = server.answer("/a", script)
    http = make(cache=tmp_path)
    first, second = http.get(url), http.get(url)
    assert second.body == b"one"
    assert second.status == 200
    assert not second.cached
    assert second.fetched > first.fetched
    assert len(server.seen) == 2


def test_a_document_without_validator_or_lifetime_is_fetched_again_and_served_offline(
    make: Callable[..., Http], server: Loopback, tmp_path: Path
) -> None:
    url = server.answer("/a", Reply(b"one"), Reply(b"two"), Reply(b"three"))
    http = make(cache=tmp_path)
    assert [http.get(url).body for _ in range(3)] == [b"one", b"two", b"three"]
    http.close()
    offline = make(cache=tmp_path, offline=True)
    document = offline.get(url)
    assert document.cached
    assert document.body in {b"one", b"two", b"three"}
    with pytest.raises(Offline, match="is not in the cache, and doorward is offline"):
        offline.get(server.url("/b"))
    with pytest.raises(Offline):
        offline.download(url, io.BytesIO())
    assert len(server.seen) == 3


def test_offline_serves_the_newest_of_several(make: Callable[..., Http], server: Loopback, tmp_path: Path) -> None:
    start = datetime.now(UTC) - timedelta(days=3)

    def aged(days: int) -> Reply:
        return Reply(b"day %d" % days, headers={"Date": format_datetime(start + timedelta(days=days), usegmt=True)})

    url = server.answer("/a", *(aged(day) for day in range(3)))
    http = make(cache=tmp_path)
    for _ in range(3):
        http.get(url)
    http.close()
    assert make(cache=tmp_path, offline=True).get(url).body == b"day 2"


def test_failures_and_artifacts_are_not_kept(make: Callable[..., Http], server: Loopback, tmp_path: Path) -> None:
    http = make(cache=tmp_path)
    url = server.answer("/a", Reply(b"down", 500, CACHED), Reply(b"up", headers=CACHED))
    assert http.get(url).body == b"up"
    http.download(server.answer("/f", Reply(b"artifact bytes", headers=CACHED)), io.BytesIO())
    http.close()
    kept = (tmp_path / "documents.sqlite").read_bytes()
    assert b"artifact bytes" not in kept
    with pytest.raises(ServerFault):
        make().get(server.answer("/b", Reply(status=500)))


def test_a_cut_off_document_is_not_kept(make: Callable[..., Http], server: Loopback, tmp_path: Path) -> None:
    url = server.answer("/a", Reply(b"half", length=8, headers=CACHED), Reply(b"whole", headers=CACHED))
    http = make(cache=tmp_path)
    assert http.get(url).body == b"whole"
    assert http.get(url).body == b"whole"
    assert len(server.seen) == 2


def test_redirects_work_from_the_cache(make: Callable[..., Http], server: Loopback, tmp_path: Path) -> None:
    url = server.answer("/a", Reply(status=301, headers={"Location": "/b", **CACHED}))
    server.answer("/b", Reply(b"moved here", headers=CACHED))
    http = make(cache=tmp_path)
    assert [http.get(url).body for _ in range(2)] == [b"moved here"] * 2
    assert server.paths() == ["/a", "/b"]


@pytest.mark.parametrize("content", [b"this is no database" * 100, None])
def test_a_cache_that_cannot_be_opened_is_said(
    make: Callable[..., Http], server: Loopback, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "documents.sqlite"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=r"documents\.sqlite: the cache of documents cannot be opened"):
        make(cache=tmp_path).get(server.url("/a"))


def test_a_database_of_somebody_else_is_left_alone(make: Callable[..., Http], server: Loopback, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "documents.sqlite")
    connection.execute("CREATE TABLE entries (mine TEXT)")
    connection.close()
    with pytest.raises(FetchError, match="could not be read from the cache"):
        make(cache=tmp_path).get(server.answer("/a", Reply(b"x")))


@pytest.mark.parametrize(
    ("kept", "damaged"),
    [
        (b"tableentriesentries", b"tableentri\xff\xffentries"),
        (b"x-doorward-fetched", b"x-doorward-fetchec"),
        (b".000000+00:00", b".0000?0+00:00"),
    ],
    ids=["a name of its schema", "no time of an entry", "the time of an entry"],
)
def test_a_damaged_cache_is_said(
    make: Callable[..., Http], server: Loopback, tmp_path: Path, kept: bytes, damaged: bytes
) -> None:
    url = server.answer("/a", Reply(b"kept", headers=CACHED))
    http = make(cache=tmp_path)
    http.get(url)
    http.close()
    connection = sqlite3.connect(tmp_path / "documents.sqlite")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    path = tmp_path / "documents.sqlite"
    content = re.sub(rb"(T\d\d:\d\d:\d\d)\.\d{6}(\+00:00)", rb"\1.000000\2", path.read_bytes())
    assert kept in content
    path.write_bytes(content.replace(kept, damaged))
    with pytest.raises(FetchError, match="could not be read from the cache"):
        make(cache=tmp_path, offline=True).get(url)


def test_many_threads_share_one_client_and_no_more_requests_run_than_allowed(
    make: Callable[..., Http], server: Loopback, tmp_path: Path
) -> None:
    running, most, lock, together = 0, 0, threading.Lock(), threading.Barrier(3)

    def script(seen: Seen) -> Reply:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(30)
        time.sleep(0.02)
        with lock:
            running -= 1
        return Reply(seen.path.encode())

    for n in range(24):
        server.answer(f"/{n}", script)
    http = make(replace(LIMITS, concurrency=3), cache=tmp_path)
    with ThreadPoolExecutor(12) as pool:
        bodies = list(pool.map(lambda n: http.get(server.url(f"/{n}")).body, range(24)))
    assert bodies == [b"/%d" % n for n in range(24)]
    assert most == 3


def test_a_connection_is_used_again_also_after_a_404(http: Http, server: Loopback) -> None:
    ports = set()
    server.answer("/a", Reply(b"here"))
    original = server._server.process_request

    def remember(request: object, address: tuple[str, int]) -> None:
        ports.add(address[1])
        original(request, address)

    server._server.process_request = remember
    for path in ("/a", "/none", "/a"):
        try:
            http.get(server.url(path))
        except FetchError:
            continue
    assert len(server.seen) == 3
    assert len(ports) == 1


def test_a_certificate_that_nobody_vouches_for(make: Callable[..., Http], tmp_path: Path, pauses: list[float]) -> None:
    with Loopback(tls=True) as server:
        url = server.answer("/a", Reply(b"secret"))
        with pytest.raises(FetchError, match="has a certificate that is not trusted"):
            make().get(url)
        assert (server.seen, pauses) == ([], [])


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "npm_config_cafile"])
def test_certificates_that_the_environment_names(make: Callable[..., Http], tmp_path: Path, variable: str) -> None:
    with Loopback(tls=True) as server:
        url = server.answer("/a", Reply(b"over TLS"))
        http = make(environ={"HOME": str(tmp_path), variable: str(CERTIFICATE)})
        assert http.get(url).body == b"over TLS"


def test_a_certificate_that_a_settings_file_names(make: Callable[..., Http], tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text(f"cafile={CERTIFICATE}\n")
    with Loopback(tls=True) as server:
        assert make().get(server.answer("/a", Reply(b"over TLS"))).body == b"over TLS"


@pytest.mark.parametrize("content", [None, "this is no certificate"])
def test_a_bundle_that_cannot_be_read_names_its_setting(
    make: Callable[..., Http], tmp_path: Path, content: str | None
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    with pytest.raises(UsageError, match="PIP_CERT names a certificate bundle that cannot be read"):
        make(environ={"HOME": str(tmp_path), "PIP_CERT": str(bundle)}).get("https://registry.invalid/")


def test_from_tls_to_plain_is_refused(make: Callable[..., Http], server: Loopback, tmp_path: Path) -> None:
    http = make(environ={"HOME": str(tmp_path), "SSL_CERT_FILE": str(CERTIFICATE)})
    with Loopback(tls=True) as secure:
        url = secure.answer("/a", moved(server.answer("/b", Reply(b"plain"))))
        with pytest.raises(FetchError, match="from https to http"):
            http.get(url)
    assert server.seen == []


def test_the_client_can_be_closed_and_used_again(make: Callable[..., Http], server: Loopback, tmp_path: Path) -> None:
    url = server.answer("/a", Reply(b"x"))
    http = make(cache=tmp_path)
    for _ in range(2):
        assert http.get(url).body == b"x"
        http.close()


def test_importing_the_client_imports_no_library(tmp_path: Path) -> None:
    code = (
        "import sys; from doorward.sources.http import Http; Http(); import doorward.sources.settings;"
        "sys.exit(' '.join(n for n in ('httpx', 'hishel', 'ssl', 'msgspec', 'packageurl') if n in sys.modules) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_nothing_is_logged_as_an_error(make: Callable[..., Http], server: Loopback, tmp_path: Path, caplog) -> None:
    caplog.set_level(logging.WARNING)
    make(cache=tmp_path).get(server.answer("/a", Reply(b"x", headers=CACHED)))
    assert caplog.records == []


def test_a_proxy_may_be_anywhere(make: Callable[..., Http], server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("http_proxy", server.url())
    url = "http://registry.example/simple/six/"
    server.answer(url, Reply(b"by the proxy"))
    untrusted = Index("http://registry.example/simple/", trusted=False)
    assert make(resolve=lambda host: ()).get(url, index=untrusted).body == b"by the proxy"
    assert server.paths() == [url]
