"""Objects out of JSON documents of any size, without holding a document.

A log that is one document (a result, an attestation) may be one line of 1 GB. Only the values that are wanted, such as
the elements of one array, are held one by one; msgspec decodes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from doorward.records import dataclass, field
from doorward.sources.logs._events import Event, Refused

T = TypeVar("T")

#: Bytes of the largest value, and of the longest string.
LONGEST = 16 << 20
#: Levels above a wanted value.
DEEPEST = 64
#: Bytes of the longest key that is kept.
LONGEST_KEY = 256
TOO_LONG = "a value is longer than 16 MiB"
UNFINISHED = "it ends in the middle of a value"

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR = _STRING + rb"(?=\s*+[,}\]])|(?:-?[0-9][0-9.eE+-]*+|true|false|null)(?=[\s,}\]])"
#: Scalars up to the next key or bracket, and that.
_STEP = re.compile(rb"[\s,]*+(?:(?:" + _SCALAR + rb")[\s,]*+)*+(?:(" + _STRING + rb")\s*+:|([{}\[\]])|)", re.DOTALL)
#: All of a value up to its next bracket: whole strings and what is between them.
_INSIDE = re.compile(rb"[^{}\[\]\"]*+(?:" + _STRING + rb"[^{}\[\]\"]*+)*+", re.DOTALL)
#: The rest of a string.
_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
#: What may go on in the next piece: a string that is open, one with only space behind it, the beginning of a word.
_BEGUN = re.compile(
    rb'(?:(?P<open>"[^"\\]*+(?:\\.[^"\\]*+)*+\\?)|' + _STRING + rb"\s*+|[-+.0-9a-zA-Z]{1,64})\Z", re.DOTALL
)
_CLOSES = {b"{": b"}", b"[": b"]"}

#: Keys on the way to a value, "*" for an element of an array.
Path = tuple[str, ...]
#: Line, path and bytes of a value.
Found = tuple[int, Path, bytes]
#: The path in place of a value's where a document has ended.
END: Path = ("",)


class _Damaged(Exception):
    """The document cannot be followed any further."""


@dataclass(slots=True)
class _Held:
    """The wanted value that is being read."""

    line: int
    path: Path
    longest: int
    depth: int = 1
    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def hold(self, part: bytes) -> None:
        """Keep the next bytes, or none at all once they are too many."""
        self.size += len(part)
        if self.size > self.longest:
            self.parts = []
        else:
            self.parts.append(part)

    def result(self) -> Found | Refused:
        """Return the value, which is whole."""
        return (
            Refused(self.line, TOO_LONG) if self.size > self.longest else (self.line, self.path, b"".join(self.parts))
        )


@dataclass(slots=True)
class _Scanner:
    """Where a document has been read to."""

    wanted: Callable[[Path], bool]
    longest: int
    #: The key that each level is at: "*" in an array, "" before the first key of an object.
    keys: list[str] = field(default_factory=list)
    closers: list[bytes] = field(default_factory=list)
    line: int = 1
    held: _Held | None = None
    #: Whether a string is passed over that is too long.
    passing: bool = False
    #: What goes on in the next piece, and whether it is a string that has not ended.
    carry: bytes = b""
    growing: bool = False

    def feed(self, piece: bytes) -> Iterator[Found | Refused]:
        """Take the next bytes and yield what ends in them."""
        buffer = self.carry + piece
        if self.growing and b'"' not in piece and len(buffer) <= self.longest:
            self.carry = buffer  # a long string goes on: it is not looked at before it may end
            return
        self.carry, self.growing = b"", False
        at = counted = self._pass(buffer)
        while at < len(buffer) and not self.passing:
            if self.held is not None:
                at = self._inside(self.held, buffer, at)
                if self.held.depth:
                    break
                found, self.held = self.held.result(), None
                yield found
                continue
            at, sign = self._step(buffer, at)
            if not sign:
                break
            self.line += buffer.count(b"\n", counted, at)
            counted = at
            if self._bracket(sign):
                yield self.line, END, b""
        self.line += buffer.count(b"\n", counted, at)
        if at < len(buffer):
            yield from self._postpone(buffer, at)

    def _step(self, buffer: bytes, at: int) -> tuple[int, bytes]:
        """Go on to the next bracket above the wanted values; b"" where there is none that can be seen yet."""
        while True:
            match = _STEP.match(buffer, at)
            assert match is not None, "it matches nothing, too"
            at = match.end()
            key, sign = match.groups()
            if key is None:
                return at, sign or b""
            self._name(key)

    def _pass(self, buffer: bytes) -> int:
        """Go on in the string that is passed over, where one is; return where to read on."""
        if not self.passing:
            return 0
        match = _REST.match(buffer)
        self.passing = match is None
        end = match.end() if match else len(buffer)
        self.line += buffer.count(b"\n", 0, end)
        if match is None:
            self._keep_backslash(buffer)
        return end

    def _keep_backslash(self, buffer: bytes) -> None:
        """Keep a backslash whose character comes with the next piece."""
        if (len(buffer) - len(buffer.rstrip(b"\\"))) % 2:
            self.carry = b"\\"

    def _postpone(self, buffer: bytes, at: int) -> Iterator[Refused]:
        """Leave what has not ended to the next piece, or pass it over where it is too long to wait for."""
        begun = _BEGUN.match(buffer, at)
        if begun is None:
            raise _Damaged("it is no JSON")
        if len(buffer) - at <= self.longest:
            self.carry, self.growing = buffer[at:], begun["open"] is not None
            return
        if self.held is None:
            yield Refused(self.line, TOO_LONG)
        else:
            self.held.hold(buffer[at:])
        self.passing = True
        self.line += buffer.count(b"\n", at)
        self._keep_backslash(buffer)

    def _inside(self, held: _Held, buffer: bytes, start: int) -> int:
        """Follow the value that is held; return where it has ended, or where it cannot be followed further yet."""
        at = start
        while held.depth and (match := _INSIDE.match(buffer, at)) is not None:
            at = match.end()
            sign = buffer[at : at + 1]
            if sign in (b"", b'"'):
                break
            at += 1
            held.depth += 1 if sign in b"{[" else -1
        held.hold(buffer[start:at])
        return at

    def _name(self, key: bytes) -> None:
        """Take a key for that of what follows."""
        if not self.closers or self.closers[-1] != b"}":
            raise _Damaged("it is no JSON: a key outside of an object")
        self.keys[-1] = key[1:-1][:LONGEST_KEY].decode("utf-8", "replace")

    def _bracket(self, sign: bytes) -> bool:
        """Begin an object or an array: hold it where it is wanted, else go into it; or leave the innermost one.

        Return whether the document has ended with that.
        """
        if sign not in _CLOSES:
            if not self.closers or self.closers.pop() != sign:
                raise _Damaged("it is no JSON: a bracket too many")
            self.keys.pop()
            return not self.keys
        path = tuple(self.keys)
        if self.wanted(path):
            self.held = _Held(self.line, path, self.longest, parts=[sign], size=1)
            return False
        if len(self.keys) >= DEEPEST:
            raise _Damaged("it is nested too deeply")
        self.keys.append("*" if sign == b"[" else "")
        self.closers.append(_CLOSES[sign])
        return False

    @property
    def unfinished(self) -> bool:
        """Whether a value has begun that has not ended."""
        return bool(self.keys or self.held or self.passing or self.carry.strip())


def values(
    pieces: Iterable[bytes], wanted: Callable[[Path], bool], *, lines: bool = False, longest: int = LONGEST
) -> Iterator[Found | Refused]:
    """Yield (line, path, bytes) of every object and array whose path is wanted; what is above them is not held.

    A document that is not wanted as a whole ends with the path :data:`END`. Documents may follow each other, each on a
    line of its own where ``lines`` says so. One that cannot be followed is refused with its line, and reading goes on
    behind it.
    """
    scanner, line, lost = _Scanner(wanted, longest), 1, False
    for piece in pieces:
        if not lost:
            try:
                yield from scanner.feed(piece)
            except _Damaged as error:
                yield Refused(scanner.line, str(error))
                lost = True
        line += piece.count(b"\n")
        if not lost and lines and scanner.unfinished and piece.endswith(b"\n"):
            yield Refused(line - 1, UNFINISHED)
            lost = True
        if lost and piece.endswith(b"\n"):
            scanner, lost = _Scanner(wanted, longest, line=line), False
    if not lost:
        yield from _ended(scanner)


def is_whole(line: bytes) -> bool:
    """Whether a line looks like an object of its own."""
    text = line.strip()
    return text[:1] == b"{" and text[-1:] == b"}" and len(text) > len(b"{}")


def _ended(scanner: _Scanner) -> Iterator[Found | Refused]:
    line = scanner.line
    try:
        yield from scanner.feed(b"\n")
    except _Damaged as error:
        yield Refused(line, str(error))
        return
    if scanner.unfinished:
        yield Refused(line, UNFINISHED)


def decoded(
    found: Found | Refused, decoder: msgspec.json.Decoder[T], tell: Callable[[T], Iterable[Event]]
) -> Iterator[Event | Refused]:
    """Yield what ``tell`` makes of a value, a Refused where it is not what the decoder expects."""
    if isinstance(found, Refused):
        yield found
        return
    line, path, value = found
    if path == END:
        return
    try:
        yield from tell(decoder.decode(value))
    except RecursionError:
        yield Refused(line, "it is nested too deeply")
    except ValueError as error:
        yield Refused(line, str(error))
