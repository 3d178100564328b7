"""The server of a feed, and what opens it: one setting of the environment, or the user's netrc file.

``DOORWARD_AUTHORIZATION_<HOST>`` holds the value of the Authorization header for one host, in capitals, with one
underscore for a dot and two for a hyphen: ``Bearer TOKEN`` for a TAXII server, the bare key for MISP.
A feed whose user names another header (``Auth-Key``) and a variable gets that one's value in its place. It goes to
that host alone, never to where it redirects, and is written nowhere. Where anybody on the way could read it, over http
to a host that has a name, it is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import IO

from doorward.errors import AccessRefused, UsageError
from doorward.model.addresses import address_of, is_private, variable_of
from doorward.model.intelligence import FeedAddress
from doorward.records import dataclass
from doorward.sources.addresses import shown_host, split
from doorward.sources.answers import Document, Download
from doorward.sources.http import Http
from doorward.sources.indexes import Credentials, Index

_VARIABLE = "DOORWARD_AUTHORIZATION_"


@dataclass(frozen=True, slots=True)
class FeedServer:
    """A client for one feed, with its credentials."""

    http: Http
    index: Index

    def get(self, url: str, *, accept: str = "*/*", cap: int) -> Document:
        """Fetch a document as it is on the server now: "unchanged" must not be the word of a cache."""
        return self.http.get(url, index=self.index, accept=accept, cap=cap, anew=True)

    def download(self, url: str, sink: IO[bytes], *, cap: int) -> Download:
        """Fetch past the cache, as :meth:`Http.download` does."""
        return self.http.download(url, sink, index=self.index, cap=cap, algorithms=())

    def renew(self, url: str, sink: IO[bytes], note: Path, *, cap: int, known: str) -> Download:
        """Go on with a download, as :meth:`Http.renew` does."""
        return self.http.renew(url, sink, note, index=self.index, cap=cap, known=known)


def feed_server(http: Http, feed: FeedAddress, environ: Mapping[str, str]) -> FeedServer:
    """Return the server of a feed; raise UsageError where its credentials cannot be sent.

    Raise AccessRefused where the variable that its user names is not set: without it the server would refuse, or
    answer with something else.
    """
    host = split(feed.url).hostname or ""
    own = variable_of(host)
    name = feed.variable or (_VARIABLE + own if own else "")
    value = environ.get(name, "").strip()
    if feed.variable and not value:
        raise AccessRefused(f"{shown_host(feed.url)} wants {feed.header}, and {name} is not set")
    try:
        credentials = Credentials(value, feed.header or "authorization") if value else _of_netrc(host, environ)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None
    if credentials is not None and not _is_sealed(feed.url):
        raise UsageError(f"{shown_host(feed.url)} has credentials, which are sent by https alone: {feed.url} is not")
    return FeedServer(http, Index(feed.url, credentials=credentials, origin=shown_host(feed.url)))


def _is_sealed(url: str) -> bool:
    """Whether nobody on the way reads what is sent: by https, or to this machine or its private network by address."""
    parts = split(url)
    host = address_of(parts.hostname or "")
    return parts.scheme == "https" or parts.hostname == "localhost" or bool(host and is_private(host))


def _of_netrc(host: str, environ: Mapping[str, str]) -> Credentials | None:
    home = environ.get("HOME", "")
    path = Path(environ.get("NETRC") or Path(home, ".netrc"))
    if not (environ.get("NETRC") or home):
        return None
    try:
        entry = netrc(str(path)).hosts.get(host)
    except (OSError, NetrcParseError, UnicodeDecodeError):
        return None
    return Credentials.basic(entry[0], entry[2] or "") if entry else None
