"""The HTTP client: the one module that speaks HTTP, and the only one that knows httpx and hishel.

Metadata documents go through an RFC 9111 cache in one SQLite file; artifacts do not. Everything that a server sends is
capped, every wait has an end, and whatever goes wrong is one line of the error tree that shows neither user information
nor queries. Where a request may lead, and with what, is said in :mod:`doorward.sources.reach`.

httpx and hishel take a tenth of a second to import, so that happens with the first request.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar, cast

from doorward.errors import (
    AccessRefused,
    BadRedirect,
    BadResponse,
    FetchError,
    Offline,
    TimedOut,
    TooLarge,
)
from doorward.model.limits import NetworkLimits
from doorward.records import dataclass
from doorward.sources.addresses import resolve as system_resolve
from doorward.sources.addresses import shown, shown_host, split, without_userinfo
from doorward.sources.answers import Document, Download, Reply, Transient, is_passing
from doorward.sources.bodies import ALGORITHMS, Account, Budget, decoded
from doorward.sources.certificates import tls_context
from doorward.sources.document_cache import open_cache
from doorward.sources.downloads import CONDITIONAL, Incoming
from doorward.sources.indexes import Index
from doorward.sources.reach import Reach
from doorward.sources.retries import LONGEST_ASKED, pause_before

if TYPE_CHECKING:
    import httpx
    from hishel.httpx import CacheTransport

__all__ = ["Document", "Download", "Http"]

#: Bytes that the cache may hold.
CACHE_BYTES = 512 << 20

#: Headers of our own, on answers: when they came, where they redirect to (httpx would else act on it), and from where.
_FETCHED = "x-doorward-fetched"
_LOCATION = "x-doorward-location"
_CACHED = "x-doorward-cached"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: A refusal that may be a limit, which passes.
_FORBIDDEN = 403
_UNSHOWN = re.compile(r"[^\x20-\x7e]+")

Answer = TypeVar("Answer")


class Http:
    """Fetches documents and artifacts; safe to share between threads. One scan has one, and its byte budget."""

    def __init__(
        self,
        limits: NetworkLimits | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        cache: Path | None = None,
        offline: bool = False,
        resolve: Callable[[str], tuple[str, ...]] = system_resolve,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare, without touching network or disk.

        ``environ`` tells which certificates are trusted; ``cache`` is the folder for cached documents (None: none are
        kept). ``offline`` answers from that cache alone, stale documents included.
        """
        self.limits = limits or NetworkLimits()
        self.budget = Budget(self.limits.budget_bytes)
        self.offline = offline
        self._environ = dict(os.environ) if environ is None else environ
        self._cache = cache
        self._sleep = sleep
        self._resolve = lru_cache(maxsize=10_000)(resolve)
        self._slots = BoundedSemaphore(self.limits.concurrency)
        self._lock = Lock()
        self._opened: _Wire | None = None

    def get(
        self, url: str, *, index: Index | None = None, accept: str = "*/*", cap: int | None = None, anew: bool = False
    ) -> Document:
        """Fetch a metadata document of at most ``cap`` decoded bytes (default: the limits'), through the cache.

        ``index`` is on whose word the address is asked, and whose credentials its own host gets; None: on the user's
        own word, without credentials. ``anew`` asks the server also where the cache has a young one. FetchError and
        its kinds; StoreError where the cache cannot be opened.
        """
        most = self.limits.document_bytes if cap is None else cap
        ask = _Ask(self._reach(url, index), accept, "gzip", cached=True, anew=anew)
        return self._fetch(ask, lambda r: _document(r, most))

    def post(self, url: str, body: bytes) -> Document:
        """Send a JSON question and return the answer, which is kept nowhere. Errors as of :meth:`get`."""
        ask = _Ask(self._reach(url, None), "application/json", "gzip", cached=False, body=body)
        return self._fetch(ask, lambda reply: _document(reply, self.limits.document_bytes))

    def download(
        self,
        url: str,
        sink: IO[bytes],
        *,
        index: Index | None = None,
        cap: int | None = None,
        size: int | None = None,
        algorithms: tuple[str, ...] = ALGORITHMS,
    ) -> Download:
        """Write an artifact of at most ``cap`` bytes into ``sink``, a seekable file, as it lies on the server.

        ``index`` as in :meth:`get`. ``size`` is what the index states: OverBudget before anything is fetched where it
        does not fit in the budget of the scan. After an error the sink holds a part of it, or nothing.
        """
        most = self.limits.artifact_bytes if cap is None else cap
        if size is not None and size > most:
            raise TooLarge(f"{shown(url)} is larger than {most} bytes")
        with Account(self.budget, shown(url)) as account:
            account.expect(size or 0)
            incoming = Incoming(sink, account, most=most, size=size or 0, algorithms=algorithms)
            return self._receive(url, index, incoming)

    def renew(self, url: str, sink: IO[bytes], note: Path, *, index: Index | None, cap: int, known: str) -> Download:
        """Write a feed of at most ``cap`` bytes into ``sink``, a file that may hold what an earlier run left of it.

        ``index`` as in :meth:`get`. ``note`` is the file beside it for the entity tag; ``known`` tells what the user
        has already, by its tag or date: nothing comes where the server still has that. After an error both files hold
        what the next run can go on with.
        """
        with Account(self.budget, shown(url)) as account:
            sink.seek(0)
            incoming = Incoming(sink, account, most=cap, size=0, algorithms=())
            incoming.resume(note, known)
            return self._receive(url, index, incoming)

    def _receive(self, url: str, index: Index | None, incoming: Incoming) -> Download:
        return self._fetch(
            _Ask(self._reach(url, index), "*/*", "identity", cached=False, incoming=incoming), incoming.read
        )

    def close(self) -> None:
        """Close connections and cache. The object opens them anew when it is used again."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _reach(self, url: str, index: Index | None) -> Reach:
        try:
            return Reach(without_userinfo(url), index, self._resolve)
        except ValueError as error:
            raise AccessRefused(f"{shown(url)} cannot be asked: {error}") from None

    def _wire(self) -> _Wire:
        with self._lock:
            if self._opened is None:
                self._opened = _Wire(self.limits, self._environ, self._cache, offline=self.offline)
            return self._opened

    def _fetch(self, ask: _Ask, read: Callable[[Reply], Answer]) -> Answer:
        """Ask until there is an answer to read, or a failure that no further try mends."""
        with self._slots:
            wire = self._wire()
            longest = self.limits.document_seconds if ask.cached or ask.body else self.limits.total_seconds
            deadline = time.monotonic() + min(longest, self.limits.total_seconds)
            for attempt in count(1):
                try:
                    return self._once(wire, ask, deadline, read)
                except Transient as failure:
                    wait = pause_before(attempt) if failure.wait is None else failure.wait
                    late = time.monotonic() + wait > deadline
                    if attempt > self.limits.retries or wait > LONGEST_ASKED or late:
                        raise failure.error from None
                    self._sleep(wait)
        raise AssertionError  # count() does not end

    def _once(self, wire: _Wire, ask: _Ask, deadline: float, read: Callable[[Reply], Answer]) -> Answer:
        """Follow redirects to an answer, and read it."""
        url = ask.reach.url
        seen = {url}
        for _ in range(self.limits.redirects + 1):
            with wire.failures_at(url), closing(wire.send(ask, url, deadline)) as response:
                reply = Reply(url, response, deadline, self.limits.patience_seconds)
                location = response.headers.get(_LOCATION)
                if response.status_code not in _REDIRECTS or location is None:
                    reply.check_status(CONDITIONAL if ask.incoming else ())
                    return read(reply)
                reply.drain()
            url = ask.reach.follow(url, location)
            if url in seen:
                raise BadRedirect(f"{shown(ask.reach.url)} redirects in a circle")
            seen.add(url)
        raise BadRedirect(f"{shown(ask.reach.url)} redirects more than {self.limits.redirects} times")


@dataclass(frozen=True, slots=True)
class _Ask:
    """What is asked for, at whatever address it turns out to be."""

    reach: Reach
    accept: str
    coding: str
    cached: bool
    anew: bool = False
    #: What is sent with it; b"" to ask without.
    body: bytes = b""
    #: What came of it in earlier tries.
    incoming: Incoming | None = None


def _document(reply: Reply, most: int) -> Document:
    """Read an answer of at most ``most`` decoded bytes."""
    headers = dict(reply.response.headers)
    coding = headers.get("content-encoding", "").strip().lower()
    if not coding:
        reply.length(most)
    body = b"".join(decoded(reply.chunks(), coding, most, reply.where))
    try:
        fetched = datetime.fromisoformat(headers.pop(_FETCHED))
    except (KeyError, ValueError):
        raise BadResponse(f"{reply.where} could not be read from the cache of documents") from None
    cached = headers.pop(_CACHED, "") == "yes"
    return Document(reply.url, reply.response.status_code, headers, body, fetched, cached)


class _Wire:
    """The connections and the cache: everything that touches httpx and hishel."""

    def __init__(self, limits: NetworkLimits, environ: Mapping[str, str], cache: Path | None, *, offline: bool) -> None:
        # The one place that imports them: a tenth of a second, which a run that needs no network saves.
        import hishel.httpx  # noqa: PLC0415
        import httpx  # noqa: PLC0415

        self._limits = limits
        self._httpx = httpx
        self._agent = _agent()
        self._client: httpx.Client | None = None
        if not offline:
            self._client = httpx.Client(
                verify=tls_context(environ, lambda: httpx.create_ssl_context(trust_env=False)),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=limits.concurrency),
                event_hooks={"response": [_stamp]},
            )
        self._caching: CacheTransport | None = None
        if cache is not None:
            self._caching = hishel.httpx.CacheTransport(
                cast("httpx.BaseTransport", _Online(self)),
                hishel.SqliteStorage(connection=open_cache(cache), max_size=CACHE_BYTES),
                # Documents without validator or lifetime are kept too (measured: 5 ms a megabyte), for offline use.
                hishel.CacheOptions(shared=False, allow_stale=offline),
            )

    def close(self) -> None:
        """Close connections and cache."""
        if self._client is not None:
            self._client.close()
        if self._caching is not None:
            self._caching.config["storage"].close()

    def send(self, ask: _Ask, url: str, deadline: float) -> httpx.Response:
        """Send one request; the body of the answer is still to be read, and the answer to be closed."""
        left = max(0.001, deadline - time.monotonic())
        read = min(self._limits.read_seconds, left)
        timeout = self._httpx.Timeout(read, connect=min(self._limits.connect_seconds, left))
        extensions: dict[str, Any] = {"timeout": timeout.as_dict(), "reach": ask.reach, "url": url}
        headers = {"accept": ask.accept, "accept-encoding": ask.coding, "user-agent": self._agent}
        if ask.body:
            headers["content-type"] = "application/json"
        headers |= {"cache-control": "no-cache"} if ask.anew else {}
        if ask.incoming is not None:
            headers |= ask.incoming.conditions()
        if not ask.cached or self._caching is None:
            method = "POST" if ask.body else "GET"
            asked = self._httpx.Request(method, url, headers=headers, content=ask.body, extensions=extensions)
            return self.send_online(asked)
        # Servers answer by Accept without saying so in Vary, and tell more to those whom they know.
        known = ask.reach.credentials(url) is not None
        key = sha256(f"{ask.accept}\n{url}\n{known}".encode()).hexdigest()
        extensions["caching"] = {"key": key}
        response = self._caching.handle_request(self._httpx.Request("GET", url, headers=headers, extensions=extensions))
        status = response.extensions["caching"]
        response.headers[_CACHED] = "yes" if status["from_cache"] and not status["revalidated"] else "no"
        return response

    def send_online(self, request: httpx.Request) -> httpx.Response:
        """Send one request past the cache. Credentials join it here, below the cache, which so never keeps them."""
        reach: Reach = request.extensions["reach"]
        url: str = request.extensions["url"]
        if self._client is None:
            raise Offline(f"{shown(url)} is not in the cache, and doorward is offline")
        reach.check_name(url)
        headers = self._httpx.Headers(request.headers)
        if (credentials := reach.credentials(url)) is not None:
            headers[credentials.name] = credentials.header()
        extensions = {"timeout": request.extensions["timeout"], "trace": _peer_check(reach, url)}
        body = request.read()
        sent = self._httpx.Request(request.method, url, headers=headers, content=body, extensions=extensions)
        return self._client.send(sent, stream=True)

    @contextmanager
    def failures_at(self, url: str) -> Iterator[None]:
        """Turn what httpx and hishel raise into errors of doorward's tree, without their context: it has headers."""
        try:
            yield
        except (self._httpx.HTTPError, self._httpx.InvalidURL, self._httpx.StreamError) as error:
            raise self._failure(error, url) from None
        except (sqlite3.Error, UnicodeDecodeError, RuntimeError):
            # SQLite's own message may hold a damaged name, which is no UTF-8.
            raise Transient(BadResponse(f"{shown(url)} could not be read from the cache of documents")) from None

    def _failure(self, error: Exception, url: str) -> FetchError | Transient:
        reason = _UNSHOWN.sub(" ", str(error))[:100]
        if isinstance(error, self._httpx.TimeoutException):
            return Transient(TimedOut(f"{shown(url)} did not answer in time"))
        if isinstance(error, self._httpx.ConnectError) and "CERTIFICATE" in reason:
            return FetchError(f"{shown_host(url)} has a certificate that is not trusted ({reason})")
        if isinstance(error, self._httpx.ConnectError | self._httpx.ProxyError):
            return Transient(Offline(f"{shown_host(url)} cannot be reached ({reason})"))
        if isinstance(error, self._httpx.NetworkError | self._httpx.RemoteProtocolError):
            return Transient(BadResponse(f"{shown(url)} broke off, or is no HTTP"))
        return BadResponse(f"{shown(url)} cannot be asked")


class _Online:
    """What the cache asks where it has no answer. httpx's base class is not there yet when this is defined."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._wire.send_online(request)

    def close(self) -> None:
        """Leave the connections to the wire, which owns them."""


def _stamp(response: httpx.Response) -> None:
    """Note on an answer when it came, and keep from httpx and hishel what they would act on."""
    from email.utils import format_datetime  # noqa: PLC0415 - slow to import, and here already by httpx

    now = datetime.now(UTC)
    response.headers[_FETCHED] = now.isoformat()
    # RFC 9110, 6.6.1: a recipient records the time where the sender has none.
    response.headers.setdefault("date", format_datetime(now, usegmt=True))
    if "location" in response.headers:
        response.headers[_LOCATION] = response.headers.pop("location")
    if is_passing(response.status_code) or response.status_code == _FORBIDDEN:
        # Else the next try would get the same failure, from the cache.
        response.headers["cache-control"] = "no-store"


def _peer_check(reach: Reach, url: str) -> Callable[[str, Mapping[str, Any]], None]:
    """Return a callback for httpcore that checks, before anything is sent, whom a new connection has reached."""
    asked = ""

    def trace(event: str, info: Mapping[str, Any]) -> None:
        nonlocal asked
        if event == "connection.connect_tcp.started":
            asked = info["host"]
        # Where another host is connected to, that is the proxy, and the proxy chooses whom to reach.
        elif event == "connection.connect_tcp.complete" and asked == split(url).hostname:
            stream = info["return_value"]
            try:
                reach.check_peer(url, stream.get_extra_info("server_addr")[0])
            except FetchError:
                stream.close()
                raise

    return trace


def _agent() -> str:
    from importlib import metadata  # noqa: PLC0415 - slow to import, and here already by httpx

    try:
        return f"doorward/{metadata.version('doorward')}"
    except metadata.PackageNotFoundError:
        return "doorward"
