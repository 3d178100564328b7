"""Whether a feed that came is the one that its publisher put out: the checksum and the signature beside it.

A checksum beside the feed shows that it came whole; who can change one can change both. A detached OpenPGP signature
shows who made it, and counts only where the user named the certificate: then a feed without one, or with one of another
key, is refused.
"""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from doorward.errors import AccessRefused, FeedError, NotFound
from doorward.model.facts import Known, Missing
from doorward.model.signature import SignatureState, SignedObject
from doorward.sources.feed_server import FeedServer
from doorward.sources.trust.claims import parse_signatures
from doorward.sources.trust.keyring import Keys
from doorward.sources.trust.verifier import Verifier

#: Bytes of a list of checksums and of a signature, and of a feed whose signature is verified (it is read as a whole).
LIST_BYTES, SIGNATURE_BYTES, SIGNED_BYTES = 4 << 20, 256 << 10, 1 << 30
#: What lies beside a feed, by how its own address goes on, or in its folder.
_SUMS = (".sha256", ".sha256sum")
_SIGNATURES = (".asc", ".sig")
#: A line as ``sha256sum`` writes it, and with ``--tag``; and one that means to be the first.
_LINE = re.compile(r"(?P<sum>[0-9a-fA-F]{64})(?:[ \t]+\*?(?P<name>\S.{0,500}))?\s*\Z")
_TAGGED = re.compile(r"SHA2?-?256 ?\((?P<name>\S.{0,500}?)\) ?= ?(?P<sum>[0-9a-fA-F]{64})\s*\Z")
_DAMAGED = re.compile(r"[0-9a-fA-F]+[ \t]+\*?(?P<name>\S.{0,500}?)\s*\Z")


def check_sum(server: FeedServer, url: str, path: Path) -> None:
    """Compare a feed with the SHA-256 that its server states of it, where it states one.

    Raise :class:`FeedError` where they differ, FetchError where the server fails to answer.
    """
    stated = _stated(server, url)
    if stated is None:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != stated:
        raise FeedError(f"its SHA-256 is {found}, and its server states {stated}")


def check_signature(server: FeedServer, url: str, path: Path, certificate: bytes) -> None:
    """Verify the detached signature of a feed; raise :class:`FeedError` where none of this certificate fits."""
    keys = Keys(certificates=(certificate,))
    verifier = Verifier(keys)
    if not isinstance(verifier.keyring, Known):
        raise FeedError(f"its signature cannot be verified: {verifier.keyring.reason}")
    signature = _signature(server, url)
    if path.stat().st_size > SIGNED_BYTES:
        raise FeedError(f"a signed feed of more than {SIGNED_BYTES:,} bytes")
    parsed = parse_signatures(signature)
    signed = SignedObject(path.read_bytes(), tuple(one.data for one in parsed), None)
    checks = verifier.check(tuple(one.claim for one in parsed), signed)
    if not any(check.trusted and check.state == Known(SignatureState.VALID) for check in checks):
        said = [c.state.reason if isinstance(c.state, Missing) else c.state.value.value for c in checks]
        raise FeedError(f"no signature of it is by the certificate that it has to be signed with ({'; '.join(said)})")


def _stated(server: FeedServer, url: str) -> str | None:
    """Return the SHA-256 that stands beside a feed, None where none does."""
    folder, _, name = url.rpartition("/")
    if urlsplit(url).query or not name:
        return None
    for address in (*(url + ending for ending in _SUMS), f"{folder}/SHA256SUMS"):
        body = _beside(server, address, LIST_BYTES)
        if body is None:
            continue
        own = address.startswith(url)
        found = _line_of(body.decode("utf-8", "replace"), unquote(name), own=own)
        if found is not None or own:
            return found
    return None


def _line_of(text: str, name: str, *, own: bool) -> str | None:
    """Return the digest of a name in a list as ``sha256sum`` writes it; a list of the feed's ``own`` need not name it.

    Raise :class:`FeedError` where it means to say one and does not. A page of the web is no list: some servers answer
    with one in place of "not found".
    """
    others = []
    for line in text.splitlines():
        found = _LINE.match(line) or _TAGGED.match(line)
        told = found or _DAMAGED.match(line)
        of = (told["name"] or "").strip().rpartition("/")[2] if told else ""
        if found and of == name:
            return found["sum"].lower()
        if told and of == name:
            raise FeedError("its server states a SHA-256 of it that is not 64 hex digits")
        others += [found["sum"].lower()] if found else []
    if own and len(others) == 1:
        return others[0]
    if own and not text.lstrip().startswith("<"):
        raise FeedError("its server states no SHA-256 of it in the file that is there for it")
    return None


def _signature(server: FeedServer, url: str) -> bytes:
    for ending in _SIGNATURES:
        signature = _beside(server, url + ending, SIGNATURE_BYTES)
        if signature is not None:
            return signature
    raise FeedError("it is not signed: beside it lies neither an .asc nor a .sig")


def _beside(server: FeedServer, url: str, most: int) -> bytes | None:
    """Return a small file, None where there is none. Past the cache: it speaks of the feed that lies there now."""
    sink = io.BytesIO()
    try:
        server.download(url, sink, cap=most)
    except (NotFound, AccessRefused):  # which of the two, storage services do not tell strangers
        return None
    return sink.getvalue()
