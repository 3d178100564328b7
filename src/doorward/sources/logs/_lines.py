"""Lines out of bytes that come in pieces, numbered, none longer than it may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from doorward.sources.logs._events import Event, Refused

#: Bytes of the longest line that is read. Pieces of what is longer come one by one, the last of them ends the line.
LONGEST = 1 << 20
TOO_LONG = "the line is longer than 1 MiB"

#: Bytes that tell one kind of a format from another.
_HEAD = 4096
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
#: What CI services write before each line of a job's output: an ISO 8601 time, and GitLab a stream's name behind it.
_STAMP = re.compile(r"\ufeff?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) (?:\d\d[OE][ +]?)?")


def numbered(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line with its number, the first being 1, and None in place of one that is too long."""
    number, inside = 1, False
    for piece in pieces:
        if piece.endswith(b"\n"):
            yield number, None if inside else piece
            number, inside = number + 1, False
        elif len(piece) >= LONGEST:
            inside = True
        else:
            yield number, None if inside else piece
            return
    if inside:
        yield number, None


def each(
    pieces: Iterable[bytes], parse_line: Callable[[bytes], Iterable[Event]], *, ignore_blank: bool = True
) -> Iterator[Event | Refused]:
    """Yield what ``parse_line`` makes of each line, a Refused for a line of which it raises ValueError."""
    for number, line in numbered(pieces):
        if line is None:
            yield Refused(number, TOO_LONG)
            continue
        if ignore_blank and line.isspace():
            continue
        try:
            yield from parse_line(line)
        except RecursionError:
            yield Refused(number, "it is nested too deeply")
        except ValueError as error:
            yield Refused(number, str(error))


def headed(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes of a log, enough to tell one of its kinds from another, and all of its pieces."""
    first: list[bytes] = []
    size = 0
    while size < _HEAD and (piece := next(pieces, b"")):
        first.append(piece)
        size += len(piece)
    return b"".join(first), chain(first, pieces)


def plain(line: bytes) -> str:
    """Return a line of a program's output as text, without colours and the line's end."""
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    return _ESCAPES.sub("", text) if "\x1b" in text else text


def unstamped(text: str) -> tuple[str, str]:
    """Split the time that stands before a line of output from the line; "" where there is none."""
    match = _STAMP.match(text) if text[:1] in "12\ufeff" else None
    return (match[1].replace(",", "."), text[match.end() :]) if match else ("", text)
