"""Ask the API of a forge: with the user's token, in bounded pages, and patient within a limit.

The token goes to the API's own host and nowhere else, and never into a message. Once the forge refuses for longer than
the patience lasts, it is not asked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from doorward.errors import AccessRefused, BadResponse, FetchError, RateLimited
from doorward.sources.addresses import shown_host
from doorward.sources.http import Http
from doorward.sources.indexes import Credentials, Index

#: Bytes of one answer, and seconds that one look waits for a forge's limit altogether.
_MOST_BYTES, PATIENCE = 32 << 20, 300.0

Answer = TypeVar("Answer")


class Progress(Protocol):
    """Where a wait is shown."""

    def phase(self, label: str, total: int) -> None:
        """Begin a piece of work of ``total`` steps."""

    def advance(self, n: int = 1) -> None:
        """Count ``n`` finished steps."""


class Api:
    """The API of one forge."""

    def __init__(
        self, http: Http, base: str, token: Credentials, progress: Progress, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Prepare to ask below ``base``."""
        self._http, self._base, self._progress, self._sleep = http, base.rstrip("/"), progress, sleep
        self._index = Index(f"{self._base}/", credentials=token, origin="the environment")
        self._left = PATIENCE
        self._refused: FetchError | None = None

    @staticmethod
    def check(base: str) -> None:
        """Raise AccessRefused for an address to which no token may go: anything but TLS, save on this machine."""
        parts = urlsplit(base)
        local = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if (
            not parts.hostname
            or "@" in parts.netloc
            or not (parts.scheme == "https" or (parts.scheme == "http" and local))
        ):
            raise AccessRefused("the address of the forge's API is not https")

    def get(self, path: tuple[str, ...], kind: type[Answer], query: dict[str, str] | None = None) -> Answer:
        """Return the answer at a path as a value of ``kind``. Raise FetchError; BadResponse for another type."""
        if self._refused:
            raise self._refused
        url = "/".join((self._base, *(quote(part, safe="") for part in path))) + (
            f"?{urlencode(query)}" if query else ""
        )
        body = self._patiently(url)
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise BadResponse(
                f"{shown_host(url)} answered /{'/'.join(path)} with what cannot be read: {error}"
            ) from None

    def _patiently(self, url: str) -> bytes:
        while True:
            try:
                return self._http.get(url, index=self._index, accept="application/json", cap=_MOST_BYTES).body
            except RateLimited as error:
                self._wait(error, url)
            except AccessRefused as error:
                # Every further question would be refused too; a forge takes it ill.
                self._refused = error
                raise

    def _wait(self, error: RateLimited, url: str) -> None:
        """Wait as the forge asks, second by second on the progress; or give it up for this look."""
        wait = self._left + 1 if error.wait is None else error.wait + 1
        if wait > self._left:
            self._refused = error
            raise error
        self._left -= wait
        self._progress.phase(f"waiting {wait:.0f} s for the limit of {shown_host(url)}", round(wait))
        for _ in range(round(wait)):
            self._sleep(1.0)
            self._progress.advance()
