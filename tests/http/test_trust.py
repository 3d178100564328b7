"""On whose word an address is asked: credentials stay at home, and strangers lead nowhere private."""

import io
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import pytest

from doorward.errors import AccessRefused, BadRedirect, FetchError, NotFound, TimedOut
from doorward.sources.http import Http
from doorward.sources.indexes import Credentials, Index, open_index
from doorward.sources.reach import Reach
from tests.http.conftest import LIMITS
from tests.loopback import Loopback, Reply, moved

SECRET = "s3cr3t-Zx"
PUBLIC = ("203.0.113.7",)


def public_names(host: str) -> tuple[str, ...]:
    """Resolve as if every name were public and only numbers were what they are."""
    return (host,) if host[0].isdigit() else PUBLIC


def index_at(server: Loopback, **more: object) -> Index:
    return replace(open_index(server.url("/simple/", user=f"user:{SECRET}")), **more)


def test_credentials_go_to_their_own_host(http: Http, server: Loopback) -> None:
    http.get(server.answer("/simple/six/", Reply(b"x")), index=index_at(server))
    http.download(server.answer("/files/six.whl", Reply(b"x")), io.BytesIO(), index=index_at(server))
    http.get(server.url("/simple/six/"))
    sent = [seen.headers.get("authorization") for seen in server.seen]
    assert sent == [Credentials.basic("user", SECRET).header()] * 2 + [None]


def test_credentials_do_not_follow_to_another_host_or_port(http: Http, server: Loopback) -> None:
    with Loopback() as other:
        other.answer("/b", Reply(b"there"))
        server.answer("/b", Reply(b"there"))
        for target in (other.url("/b"), server.url("/b", host="localhost")):
            assert http.get(server.answer("/a", moved(target)), index=index_at(server)).body == b"there"
        # A file that the index's document names on another host.
        http.download(other.url("/b"), io.BytesIO(), index=index_at(server))
    assert [seen.headers.get("authorization") for seen in other.seen] == [None, None]
    assert "authorization" not in server.seen[-1].headers


def test_credentials_follow_on_the_same_host(http: Http, server: Loopback) -> None:
    server.answer("/b", Reply(b"there"))
    http.get(server.answer("/a", moved("/b", 308)), index=index_at(server))
    assert ["authorization" in seen.headers for seen in server.seen] == [True, True]


def test_what_the_inspected_tree_names_gets_no_credentials_and_no_private_address(http: Http, server: Loopback) -> None:
    untrusted = index_at(server, trusted=False)
    for url in (server.url("/simple/"), server.url("/", host="localhost"), "http://[::1]:1/", "http://127.1/"):
        with pytest.raises(AccessRefused, match="is at a private address, and not the user but"):
            http.get(url, index=untrusted)
    assert server.seen == []
    assert Reach(server.url("/"), untrusted, public_names).credentials(server.url("/")) is None
    assert open_index(server.url("/", user="a:b"), trusted=False).credentials is None


def test_a_name_that_resolves_anew_gains_nothing(make: Callable[..., Http], server: Loopback) -> None:
    url = server.url("/secret", host="localhost")
    with pytest.raises(AccessRefused, match="turned out to be at a private address"):
        make(resolve=public_names).get(url, index=Index(url, trusted=False))
    assert server.seen == []


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/", "http://[fe80::1]/", "http://[::ffff:169.254.1.1]/"]
)
def test_an_internal_index_leads_to_no_link_local_address(http: Http, server: Loopback, target: str) -> None:
    url = server.answer("/simple/six/", moved(target))
    with pytest.raises(BadRedirect, match="which is at a link-local address"):
        http.get(url, index=index_at(server))


def test_a_document_that_drips_ends_before_an_artifact_does(make: Callable[..., Http], server: Loopback) -> None:
    http = make(replace(LIMITS, document_seconds=0.4))
    url = server.answer("/a", Reply(b"x" * 160, drip=0.06))
    with pytest.raises(TimedOut):
        http.get(url)
    assert http.download(url, io.BytesIO()).size == 160


def test_a_public_index_leads_nowhere_private(make: Callable[..., Http], server: Loopback) -> None:
    http = make(resolve=public_names)
    home = Index(server.url("/simple/", host="localhost"))
    with Loopback() as inner:
        inner.answer("/metadata", Reply(b"private"))
        url = server.answer("/a", moved(inner.url("/metadata"))).replace("127.0.0.1", "localhost")
        with pytest.raises(BadRedirect, match="which is at a private address"):
            http.get(url, index=home)
        with pytest.raises(BadRedirect, match="which is at a private address"):
            http.get(url)
        with pytest.raises(AccessRefused, match="is at a private address"):
            http.download(inner.url("/metadata"), io.BytesIO(), index=home)
        assert inner.seen == []


def test_an_index_in_a_private_network_may_keep_its_files_there(http: Http, server: Loopback) -> None:
    with Loopback() as files:
        url = files.answer("/f.whl", Reply(b"wheel"))
        home = Index(server.url("/simple/"))
        assert http.download(url.replace("127.0.0.1", "localhost"), io.BytesIO(), index=home).size == 5


def test_a_cached_document_is_not_shared_with_those_who_bring_no_credentials(
    make: Callable[..., Http], server: Loopback, tmp_path: Path
) -> None:
    url = server.answer("/a", Reply(b"private", headers={"Cache-Control": "max-age=600"}), Reply(b"public"))
    http = make(cache=tmp_path)
    assert http.get(url, index=index_at(server)).body == b"private"
    assert http.get(url).body == b"public"
    assert http.get(url, index=index_at(server)).cached


def test_nothing_shows_the_credentials(
    make: Callable[..., Http], server: Loopback, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    index = index_at(server)
    encoded = Credentials.basic("user", SECRET).header().split()[1]
    http = make(cache=tmp_path)
    shown = [repr(index), str(index), f"{index}", repr(index.credentials), str(asdict(index)), index.label]
    with pytest.raises(TypeError):
        json.dumps(asdict(index))
    with pytest.raises(TypeError):
        msgspec.json.encode(index)
    server.answer("/ok", Reply(b"x", headers={"Cache-Control": "max-age=9"}))
    http.get(server.url("/ok", user=f"user:{SECRET}"), index=index)
    for path in ("/none", "/loop", "/broken"):
        server.answer("/loop", moved("/loop"))
        server.answer("/broken", Reply(b"x", length=9))
        with pytest.raises(FetchError) as caught:
            http.get(server.url(f"{path}?token={SECRET}", user=f"user:{SECRET}"), index=index)
        shown += [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]
    shown += [record.getMessage() for record in caplog.records if record.name != "httpx"]
    http.close()
    shown.append((tmp_path / "documents.sqlite").read_bytes().decode("latin-1"))
    assert [text for text in shown if encoded in text] == []
    assert [text for text in shown[:-1] if SECRET in text] == []
    logged = [record.getMessage() for record in caplog.records]
    assert [text for text in logged if f"user:{SECRET}" in text] == []


def test_credentials_that_cannot_be_sent_are_refused_without_being_quoted() -> None:
    for value in (f"{SECRET}\r\nHost: x", f"{SECRET}\x00", f"{SECRET} ü", ""):
        with pytest.raises(ValueError, match=r"^the credentials have characters that cannot be sent$"):
            Credentials(value)
    assert Credentials.basic("ü", "ü:ü").header() == "Basic w7w6w7w6w7w="
    assert Credentials.bearer(SECRET) == Credentials.bearer(SECRET)
    assert len({Credentials.bearer(SECRET), Credentials.bearer(SECRET)}) == 1
    assert pickle.loads(pickle.dumps(Index("https://h/", credentials=Credentials.bearer(SECRET)))).credentials


def test_errors_show_hostile_addresses_tamed(http: Http, server: Loopback) -> None:
    for path in ("/\x1b[31mred", "/a b", "/ünï", "/<script>"):
        with pytest.raises((NotFound, AccessRefused)) as caught:
            http.get(server.url(path))
        text = str(caught.value)
        assert text.isascii()
        assert text.isprintable()
        assert len(text) < 300


def test_a_long_wait_for_a_stranger_is_bounded(make: Callable[..., Http], server: Loopback) -> None:
    with pytest.raises(TimedOut):
        make(replace(LIMITS, total_seconds=0.5)).get(server.answer("/a", Reply(b"x" * 1000, drip=0.15)))
