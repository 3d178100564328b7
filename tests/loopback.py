"""A scripted HTTP server on loopback: it answers what a test says, wrongly where a test wants that, and remembers."""

import gzip
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

#: Key and certificate for 127.0.0.1 that nothing but these tests knows.
CERTIFICATE = Path(__file__).parent / "http" / "loopback.pem"


@dataclass(frozen=True)
class Seen:
    """A request that came."""

    path: str
    #: By lower-case name.
    headers: Mapping[str, str]
    #: What came with it.
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """One answer. By default an honest one."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    #: What Content-Length says: None for the truth, -1 for no such header (the connection's end ends the body).
    length: int | None = None
    #: Seconds before the first byte, and between pieces of 16 bytes.
    wait: float = 0.0
    drip: float = 0.0
    #: True for a body that is repeated until nobody reads it any more.
    endless: bool = False

    def send(self, handler: BaseHTTPRequestHandler, ended: threading.Event) -> None:
        """Send it, at once where the server has ended."""
        ended.wait(self.wait)
        handler.send_response_only(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        length = len(self.body) if self.length is None else self.length
        if length >= 0:
            handler.send_header("Content-Length", str(length))
        handler.close_connection = length != len(self.body)
        handler.end_headers()
        for piece in self._pieces():
            handler.wfile.write(piece)
            ended.wait(self.drip)

    def _pieces(self) -> Iterator[bytes]:
        if self.drip:
            yield from (self.body[at : at + 16] for at in range(0, len(self.body), 16))
            return
        yield self.body
        while self.endless:
            yield self.body


def gzipped(body: bytes, **more: Any) -> Reply:
    """Return an honest answer with a gzip coding."""
    return Reply(gzip.compress(body, mtime=0), headers={"Content-Encoding": "gzip"}, **more)


def moved(location: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers={"Location": location})


Script = Reply | Callable[[Seen], Reply]


class Loopback:
    """The server. Every path without a script answers 404."""

    def __init__(self, *, tls: bool = False) -> None:
        self.seen: list[Seen] = []
        self._scripts: dict[str, list[Script]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                seen = Seen(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                try:
                    loopback._next(seen).send(self, loopback._ended)
                except (ConnectionError, ssl.SSLError, TimeoutError):
                    self.close_connection = True

            do_POST = do_GET  # noqa: N815 - the name that http.server calls

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self._tls = tls
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def url(self, path: str = "/", *, host: str = "127.0.0.1", user: str = "") -> str:
        """Return the address of a path, perhaps by another name of this host, perhaps with user information."""
        return f"http{'s' if self._tls else ''}://{user and user + '@'}{host}:{self.port}{path}"

    def answer(self, path: str, *scripts: Script) -> str:
        """Answer a path with these, one after the other, the last one for ever; return its address."""
        self._scripts[path] = list(scripts)
        return self.url(path)

    def paths(self) -> list[str]:
        """Return what was asked for, in order."""
        return [seen.path for seen in self.seen]

    def _next(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            scripts = self._scripts.get(seen.path, [Reply(b"nothing here", 404)])
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Reply) else script(seen)


@contextmanager
def closed_port() -> Iterator[str]:
    """Yield an address where nothing listens."""
    with Loopback() as server:
        url = server.url("/")
    yield url
