"""Read commit and tag objects byte for byte: headers as git reads them, and the part that a signature covers."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import NamedTuple

from doorward.model.repository import Ident
from doorward.model.signature import SignatureClaim, SignedObject
from doorward.sources.trust.claims import signed_object

#: The header of a signature in repositories of each object format.
_SIGNATURE_HEADER = {"sha1": b"gpgsig", "sha256": b"gpgsig-sha256"}
_ALL_HEADERS = frozenset(_SIGNATURE_HEADER.values())
_OTHER_FORMAT = SignatureClaim("other")
#: The key of a trailer: hyphenated words, before a colon.
_TRAILER = re.compile(rb"[A-Za-z]{1,32}(?:-[A-Za-z]{1,32}){1,4}")
#: Bytes at the end of a message in which trailers are looked for.
_TAIL = 4_096
#: Encodings that commits are written in. Only these: a codec may cost more than the text is long.
_ENCODING = re.compile(
    r"utf-?8|us-ascii|(?:iso-?8859|latin)[-_]?\d{1,2}|(?:windows|cp)[-_]?\d{3,4}|koi8-[ru]|euc-?(?:jp|kr)"
    r"|iso-?2022-?jp|s(?:hift)?[-_]?jis|gb(?:k|2312|18030)|big5",
    re.IGNORECASE,
)
_LAST_TIME = 253_402_300_799  # the end of the year 9999, beyond which no calendar of ours reaches
_MAX_OFFSET = 14 * 60
_TAG_SIGNATURE = re.compile(
    rb"^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----", re.MULTILINE
)


class ParsedObject(NamedTuple):
    """The headers of a commit or tag. ``links`` are a commit's parents, or the one object of a tag."""

    links: tuple[str, ...]
    author: Ident
    committer: Ident
    trailers: tuple[str, ...] = ()
    claims: tuple[SignatureClaim, ...] = ()
    signed: SignedObject | None = None
    #: Type of a tag's object.
    type: str = "commit"


def parse_commit(content: bytes, object_format: str = "sha1") -> ParsedObject:
    """Read a commit. Headers in another order than git writes are not looked for: git does not either."""
    head, _, message = content.partition(b"\n\n")
    lines = head.split(b"\n")
    at, parents = 1, []
    while at < len(lines) and lines[at].startswith(b"parent "):
        parents.append(lines[at][7:].decode("ascii", "backslashreplace"))
        at += 1
    author = committer = b""
    if at < len(lines) and lines[at].startswith(b"author "):
        author, at = lines[at][7:], at + 1
    if at < len(lines) and lines[at].startswith(b"committer "):
        committer, at = lines[at][10:], at + 1
    encoding = ""
    signature = False
    for line in lines[at:]:
        if line.startswith(b"encoding "):
            encoding = line[9:].decode("ascii", "replace")
        elif line.startswith(b"gpgsig"):
            signature = True
    made = ident(committer, encoding)
    return ParsedObject(
        tuple(parents),
        made if author == committer else ident(author, encoding),
        made,
        trailers(message),
        *(_commit_signature(content, made.time, object_format) if signature else ((), None)),
    )


def _commit_signature(
    content: bytes, time: int | None, object_format: str
) -> tuple[tuple[SignatureClaim, ...], SignedObject | None]:
    """Take the signature out of the headers. Neither header of a signature is part of what the other one covers."""
    own = _SIGNATURE_HEADER[object_format]
    head, blank, message = content.partition(b"\n\n")
    payload, signature, inside = [], [], b""
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if not key and inside:
            signature += [value] if inside == own else []
            continue
        inside = key if key in _ALL_HEADERS else b""
        if not inside:
            payload.append(line)
        elif inside == own:
            signature.append(value)
    if not signature:
        return (_OTHER_FORMAT,), None
    return signed_object(b"\n".join(payload) + blank + message, b"\n".join(signature) + b"\n", time)


def parse_tag(content: bytes) -> ParsedObject:
    """Read a tag object. Its signature follows its message and covers everything before."""
    head, _, _ = content.partition(b"\n\n")
    lines = head.split(b"\n")
    fields = dict(reversed([(key, value) for key, _, value in (line.partition(b" ") for line in lines)]))
    made = ident(fields.get(b"tagger", b""), "")
    starts = [match.start() for match in _TAG_SIGNATURE.finditer(content)]
    claims, signed = signed_object(content[: starts[-1]], content[starts[-1] :], made.time) if starts else ((), None)
    return ParsedObject(
        (fields.get(b"object", b"").decode("ascii", "backslashreplace"),),
        made,
        made,
        (),
        claims,
        signed,
        fields.get(b"type", b"").decode("ascii", "backslashreplace"),
    )


def ident(line: bytes, encoding: str) -> Ident:
    """Read ``Name <address> time offset``: the address ends at the first ``>``, the time begins after the last."""
    end = line.rfind(b">")
    name, email = _who(line[: end + 1], encoding)
    when = line[end + 1 :].split()
    time = int(when[0]) if when and when[0].isdigit() and len(when[0]) <= 12 else None  # noqa: PLR2004 - year 9999
    if time is not None and time > _LAST_TIME:
        time = None
    return Ident(name, email, time, _offset(when[1]) if len(when) > 1 else None)


@lru_cache(maxsize=1 << 14)
def _who(text: bytes, encoding: str) -> tuple[str, str]:
    name, _, email = text.partition(b"<")
    return decode(name.strip(), encoding), decode(email.partition(b">")[0].strip(), encoding)


@lru_cache(maxsize=1 << 10)
def _offset(text: bytes) -> int | None:
    digits = text[1:]
    if text[:1] not in {b"+", b"-"} or len(digits) != 4 or not digits.isdigit():  # noqa: PLR2004 - "+hhmm"
        return None
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes > _MAX_OFFSET:
        return None
    return -minutes if text[:1] == b"-" else minutes


def decode(text: bytes, encoding: str) -> str:
    """Decode by the commit's own encoding where people use it; bytes that do not decode are shown as escapes."""
    if encoding and _ENCODING.fullmatch(encoding):
        try:
            return text.decode(codecs.lookup(encoding).name, "backslashreplace")
        except LookupError:
            pass
    return text.decode("utf-8", "backslashreplace")


def trailers(message: bytes) -> tuple[str, ...]:
    """Return the keys of the trailers in the last paragraph of a message, each once."""
    tail = message[-_TAIL:].rstrip()
    start = tail.rfind(b"\n\n")
    found: tuple[str, ...] = ()
    if start < 0 or tail.find(b"-", start) < 0:
        return found
    for line in tail[start + 2 :].split(b"\n"):
        end = line.find(b": ")
        key = _trailer(line[:end]) if end > 0 else ""
        if key and key not in found:
            found += (key,)
    return found


@lru_cache(maxsize=1 << 10)
def _trailer(key: bytes) -> str:
    """Return a trailer's key as text; "" where it is none."""
    return key.decode() if _TRAILER.fullmatch(key) else ""
