"""What a server answered: whether it is of use, whether another try may mend it, and what is kept of it."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Protocol

from doorward.errors import (
    AccessRefused,
    BadResponse,
    FetchError,
    NotFound,
    RateLimited,
    ServerFault,
    TimedOut,
    TooLarge,
)
from doorward.records import dataclass
from doorward.sources.addresses import shown
from doorward.sources.retries import asked_wait, limit_wait

#: Bytes of an answer without use that are still read, so that its connection can be used again.
DRAINED = 64 << 10
#: Bytes a second at which a body has to come, over a minute, so as not to hold up what waits for it.
SLOWEST = 1_000
#: A length of this many digits is no length.
SANE_DIGITS = 19

_USABLE = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})
_REFUSALS: Mapping[int, type[FetchError]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: AccessRefused,
        HTTPStatus.FORBIDDEN: AccessRefused,
        HTTPStatus.NOT_FOUND: NotFound,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: AccessRefused,
        HTTPStatus.REQUEST_TIMEOUT: TimedOut,
        HTTPStatus.GONE: NotFound,
        HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: AccessRefused,
    }
)


@dataclass(frozen=True, slots=True)
class Document:
    """A metadata document as it came."""

    #: Address that answered in the end, without user information.
    url: str
    status: int
    #: By lower-case name.
    headers: Mapping[str, str]
    #: Decoded.
    body: bytes
    #: When the server last said that this is the document.
    fetched: datetime
    #: True where the cache answered without asking the server.
    cached: bool


@dataclass(frozen=True, slots=True)
class Download:
    """What was written into the sink."""

    #: As in :class:`Document`.
    url: str
    #: Bytes.
    size: int
    #: "sha256:HEX" ..., in the order asked for.
    digests: tuple[str, ...]
    #: The server's entity tag for it, "" where there is none.
    tag: str = ""
    #: True where nothing came: the document that is known is still the one.
    unchanged: bool = False

    @property
    def sha256(self) -> str:
        """The SHA-256 in hex; "" where it was not asked for."""
        return next((value[7:] for value in self.digests if value.startswith("sha256:")), "")


class Transient(Exception):
    """A failure that another try may mend."""

    def __init__(self, error: FetchError, wait: float | None = None) -> None:
        """Keep what becomes of it without another try, and the seconds that the server asks to wait."""
        super().__init__()
        self.error = error
        self.wait = wait


class Response(Protocol):
    """What is used of the HTTP client's response."""

    @property
    def status_code(self) -> int:
        """The status."""

    @property
    def headers(self) -> Any:
        """The headers, a mapping that ignores case."""

    def iter_raw(self) -> Iterator[bytes]:
        """Yield the body as it is on the wire."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body is still to come."""

    url: str
    response: Response
    #: By ``time.monotonic``.
    deadline: float
    #: Seconds in each of which it has to bring :data:`SLOWEST` bytes on average.
    patience: float

    @property
    def where(self) -> str:
        """The address for people."""
        return shown(self.url)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it is on the wire; TimedOut once the deadline has passed, or where it hardly moves."""
        since, came = time.monotonic(), 0
        for chunk in self.response.iter_raw():
            now = time.monotonic()
            if now > self.deadline:
                raise TimedOut(f"{self.where} did not come whole in the time that one document may take")
            came += len(chunk)
            if now - since > self.patience:
                if came < SLOWEST * self.patience:
                    raise TimedOut(f"{self.where} comes at less than {SLOWEST:,} bytes a second")
                since, came = now, 0
            yield chunk

    def drain(self) -> None:
        """Read a short body that nobody wants: its connection can then be used again."""
        received = 0
        for chunk in self.chunks():
            received += len(chunk)
            if received > DRAINED:
                return

    def length(self, most: int) -> int:
        """Return the announced length of the body, 0 where there is none; TooLarge where it is more than ``most``."""
        text = self.response.headers.get("content-length", "")
        length = int(text) if text.isascii() and text.isdigit() and len(text) < SANE_DIGITS else 0
        if length > most:
            raise TooLarge(f"{self.where} is larger than {most} bytes")
        return length

    @property
    def framed(self) -> bool:
        """Whether the protocol itself tells where the body ends, so that a truncated one does not pass for whole."""
        return "content-length" in self.response.headers or "transfer-encoding" in self.response.headers

    def check_status(self, conditional: Container[int] = ()) -> None:
        """Raise what an answer other than success means, or one of those to a ``conditional`` question."""
        status = self.response.status_code
        if status in _USABLE or status in conditional:
            return
        self.drain()
        said = f"{self.where} answered {status}"
        wait = self._asked_wait()
        # Forges refuse with 403 what is over their limit, and say so in its headers alone.
        limited = status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.FORBIDDEN and wait is not None)
        if status in _REFUSALS and not limited:
            raise _REFUSALS[status](said)
        if not is_passing(status) and not limited:
            raise BadResponse(said)
        if wait is not None:
            said += f" and asks to wait {wait:.0f} s"
        raise Transient(RateLimited(said, wait) if limited else ServerFault(said), wait)

    def _asked_wait(self) -> float | None:
        """Return the seconds that the server asks to wait; None where it asks for none."""
        headers, now = self.response.headers, datetime.now(UTC)
        asked = asked_wait(headers.get("retry-after"), now)
        limit = limit_wait(headers.get("x-ratelimit-remaining"), headers.get("x-ratelimit-reset"), now)
        return limit if asked is None else asked


def is_passing(status: int) -> bool:
    """Whether a failure may be another one, or none, the next time."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
