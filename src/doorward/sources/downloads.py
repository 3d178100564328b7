"""One download over several tries: it goes on where the last one broke off, if the server still has the same document.

Ranges and validators are those of RFC 9110: a part is only asked for with ``If-Range`` and a strong entity tag, so that
a document that changed in the meantime comes whole, from its beginning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import IO

from doorward.errors import BadResponse, TooLarge
from doorward.sources.answers import Download, Reply, Transient
from doorward.sources.bodies import Account, Digester

#: Statuses that answer a condition of ours.
CONDITIONAL = frozenset(
    {HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
)
#: Longest entity tag that is kept.
_LONGEST_TAG = 300
#: A moment as ``Last-Modified`` has it (RFC 9110, 5.6.7; older forms are not asked with).
_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT\Z")


class Incoming:
    """What came so far of one download into a seekable file."""

    def __init__(self, sink: IO[bytes], account: Account, *, most: int, size: int, algorithms: tuple[str, ...]) -> None:
        """Begin at the sink's position. ``size`` is what is promised, 0 where nothing is."""
        self._sink = sink
        self._account = account
        self._start = sink.tell()
        self._most = most
        self._size = size
        self._algorithms = algorithms
        self._digester = Digester(algorithms)
        self._received = 0
        #: Strong entity tag of what came; "" where there is none.
        self._tag = ""
        self._known = ""
        self._note: Path | None = None

    def resume(self, note: Path, known: str) -> None:
        """Go on with what an earlier run left in the sink, and keep its entity tag beside it, in the file ``note``.

        ``known`` is the validator of the document that the user has: where the server still has it, nothing comes.
        """
        self._note, self._known = note, known
        self._tag = note.read_text("utf-8") if note.exists() else ""
        self._received = self._sink.seek(0, 2) - self._start if self._tag else 0

    def conditions(self) -> dict[str, str]:
        """Return the headers of the next request."""
        if self._received and self._tag:
            return {"range": f"bytes={self._received}-", "if-range": self._tag}
        if _DATE.match(self._known):
            return {"if-modified-since": self._known}
        return {"if-none-match": self._known} if self._known else {}

    def read(self, reply: Reply) -> Download:
        """Take in an answer. Transient where another try may mend what is wrong with it."""
        status = reply.response.status_code
        if status == HTTPStatus.NOT_MODIFIED and self._known:
            return Download(reply.url, 0, (), self._known, unchanged=True)
        if status == HTTPStatus.PARTIAL_CONTENT and self._goes_on(reply):
            self._sink.seek(self._start + self._received)
            self._sink.truncate()
        elif status in CONDITIONAL:
            self._forget()
            raise Transient(BadResponse(f"{reply.where} answered {status}, to what was not asked"))
        else:
            self._forget()
            self._keep_tag(reply)
        self._account.expect(reply.length(self._most - self._received))
        for chunk in reply.chunks():
            self._take(chunk, reply)
        if not reply.framed and self._received < self._size:
            raise Transient(BadResponse(f"{reply.where} came truncated: {self._received} of {self._size} bytes"))
        return Download(reply.url, self._received, self._digester.values(), _validator(reply.response.headers))

    def _take(self, chunk: bytes, reply: Reply) -> None:
        if self._received + len(chunk) > self._most:
            raise TooLarge(f"{reply.where} is larger than {self._most} bytes")
        self._account.count(len(chunk))
        self._digester.update(chunk)
        self._sink.write(chunk)
        self._received += len(chunk)

    def _goes_on(self, reply: Reply) -> bool:
        """Whether a part begins where the last one ended, and is not by its own word of another document."""
        headers = reply.response.headers
        begins = str(headers.get("content-range", "")).startswith(f"bytes {self._received}-")
        return begins and bool(self._tag) and headers.get("etag", self._tag) == self._tag

    def _forget(self) -> None:
        """Begin anew."""
        self._sink.seek(self._start)
        self._sink.truncate()
        self._received, self._tag = 0, ""
        self._digester = Digester(self._algorithms)
        if self._note is not None:
            self._note.unlink(missing_ok=True)

    def _keep_tag(self, reply: Reply) -> None:
        tag = str(reply.response.headers.get("etag", ""))
        if _is_tag(tag) and tag.startswith('"'):
            self._tag = tag
            if self._note is not None:
                self._note.write_text(tag, "utf-8")


def is_validator(text: str) -> bool:
    """Whether a text tells a server which version of a document somebody has: an entity tag, or a date."""
    return _is_tag(text) or _DATE.match(text) is not None


def _validator(headers: Mapping[str, str]) -> str:
    """Return what tells the version of a document that came: its entity tag, else when it was changed."""
    known = (headers.get("etag", ""), headers.get("last-modified", ""))
    return next(filter(is_validator, known), "")


def _is_tag(text: str) -> bool:
    return (
        len(text) <= _LONGEST_TAG and text.removeprefix("W/").startswith('"') and text.isascii() and text.isprintable()
    )
