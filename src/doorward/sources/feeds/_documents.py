"""The documents of a feed: one file, the files of a folder, or the members of an archive."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, TypeAlias, TypeVar, cast

from doorward.errors import FeedError
from doorward.sources.feeds._encodings import data_in_utf8, stream_in_utf8
from doorward.sources.feeds._packed import (
    FIRST,
    Broken,
    Spooled,
    compression,
    is_tar,
    plain_name,
    tar_members,
    unpacked,
)
from doorward.sources.feeds._zip import END, LOCAL, Archive, Member, Small

#: Bytes by which a format is recognised.
HEAD = 64 << 10
#: Most bytes of a document that is read as a whole, and of one among others.
DOCUMENT_BYTES = 512 << 20
MEMBER_BYTES = 64 << 20
#: Files of a folder.
MAX_FILES = 5_000_000
#: What reading a stream to its end may raise.
_ENDED = (OSError, EOFError, zlib.error)
#: Bytes that are read of a file at a time.
_BUFFER = 1 << 17
#: Bytes of lines that are taken together: these, and what is made of them, stay in a processor's own cache.
_BLOCK = 1 << 16
#: Endings of documents that are data: one among others that no format knows is refused, another is no part of the feed.
DATA = (".json", ".jsonl", ".csv", ".tsv", ".txt", ".yaml", ".yml", ".xml", ".ioc", ".toml")
#: Endings of archives, which are read by themselves and not as a part of a feed.
PACKED = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz", ".zst", ".7z")
NO_HINTS: Mapping[str, str] = MappingProxyType({})


class Document:
    """One document. ``name`` is its place in reports: a path in a folder, a member's name in an archive.

    ``hints`` is what the user says of it: its "ecosystem", or its "columns". ``alone`` is whether it is the whole feed.
    """

    __slots__ = ("_head", "_most", "_open", "alone", "data", "hints", "name")

    def __init__(self, name: str, open_: Callable[[], BinaryIO], most: int, data: bytes | None = None) -> None:
        """Name a document that ``open_`` opens; it is read as a whole up to ``most`` bytes, or already there."""
        self.name = name
        self._open = open_
        self._most = most
        #: All of it, where it is in memory already.
        self.data = data
        self._head = data
        self.hints = NO_HINTS
        self.alone = False

    @classmethod
    def of(cls, name: str, data: bytes, hints: Mapping[str, str] = NO_HINTS) -> Document:
        """Return a document in memory."""
        text = data_in_utf8(data)
        made = cls(name, lambda: io.BytesIO(text), len(text), text)
        made.hints = hints
        return made

    def head(self) -> bytes:
        """Return its first bytes."""
        if self._head is None:
            with self.open() as stream:
                self._head = _guarded(lambda: stream.read(HEAD))
        return self._head

    def read(self) -> bytes:
        """Return all of it; raise :class:`FeedError` where it is too large or cannot be read."""
        if self.data is not None:
            return self.data
        with self.open() as stream:
            # What a file holds is known beforehand, so that one too large takes no memory.
            large = stream.seekable() and _left(stream) > self._most
            if not large:
                data = _guarded(lambda: stream.read(self._most + 1))
        if large or len(data) > self._most:
            raise FeedError(f"larger than {self._most:,} bytes")
        return data

    def open(self) -> BinaryIO:
        """Return a stream of it, for what may be too large to be read at once."""
        stream = self._open()
        return _guarded(lambda: stream_in_utf8(stream))

    def lines(self, most: int) -> Iterator[tuple[int, bytes]]:
        """Yield its lines with their numbers. One longer than ``most`` bytes comes cut off, its rest is skipped."""
        number = 0
        with self.open() as stream:
            try:
                while line := stream.readline(most):
                    number += 1
                    yield number, line
                    while len(line) == most and not line.endswith(b"\n"):
                        line = stream.readline(most)
            except _ENDED as error:
                raise Broken(f"cannot be read: {error}") from error

    def blocks(self, most: int) -> Iterator[tuple[range, bytes]]:
        """Yield its lines several at a time, with their numbers.

        One longer than ``most`` bytes is the last of its block and comes cut off, its rest is skipped.
        """
        first = 1
        with self.open() as stream:
            while begun := _guarded(lambda: stream.read(_BLOCK)):
                last = _guarded(lambda: stream.readline(most))
                text = begun + last
                numbers = range(first, first + _ends(text) + (not text.endswith(b"\n")))
                yield numbers, text
                first = numbers.stop
                while len(last) == most and not last.endswith(b"\n"):
                    last = _guarded(lambda: stream.readline(most))


Answer = TypeVar("Answer")


def _ends(text: bytes) -> int:
    """Return how many lines end in a text. ``bytes.count`` looks at byte by byte, and takes eight times as long."""
    count, at = 0, text.find(b"\n")
    while at >= 0:
        count, at = count + 1, text.find(b"\n", at + 1)
    return count


def _left(stream: BinaryIO) -> int:
    """Return how many bytes a file has from here to its end."""
    here = stream.tell()
    end = stream.seek(0, io.SEEK_END)
    stream.seek(here)
    return end - here


#: Documents that are read together.
Group: TypeAlias = list[Small | Document]


def _guarded(read: Callable[[], Answer]) -> Answer:
    try:
        return read()
    except _ENDED as error:
        raise Broken(f"cannot be read: {error}") from error


def documents(path: Path) -> Iterator[Document]:
    """Yield the documents at ``path``, in the order of their names, or of the archive.

    Files and folders whose name begins with a dot, and links, are left out. Raise :class:`FeedError` where the path
    itself cannot be read.
    """
    for group in groups(path):
        yield from map(opened, group)


def opened(item: Small | Document) -> Document:
    """Return what a group holds as a document."""
    return item if isinstance(item, Document) else Document.of(*item)


def groups(path: Path) -> Iterator[Group]:
    """Yield the same in groups of bounded size, the small ones of an archive as names and contents."""
    if path.is_dir():
        for found in _in_folder(path):
            yield [found]
        return
    first = _guarded(lambda: _first(path))
    if first.startswith((LOCAL, END)):
        with closing(Archive(path)) as archive:
            for batch in archive.batches():
                yield [_document(item) if isinstance(item, Member) else item for item in batch]
    elif _guarded(lambda: is_tar(path, compression(first))):
        for members in tar_members(path, compression(first)):
            yield [_spooled(item) if isinstance(item, Spooled) else item for item in members]
    else:
        document = _file(path, path.name, DOCUMENT_BYTES, first)
        document.alone = True
        yield [document]


def _document(member: Member) -> Document:
    return Document(member.name, member.open, MEMBER_BYTES)


def _spooled(member: Spooled) -> Document:
    return Document(member.name, lambda: member.path.open("rb", _BUFFER), MEMBER_BYTES)


def _in_folder(root: Path) -> Iterator[Document]:
    pending, count = [root], 0
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(folder.iterdir(), reverse=True)
        except OSError as error:
            raise FeedError(f"{folder}: cannot be read: {error.strerror or error}") from error
        shown = [entry for entry in entries if not entry.name.startswith(".") and not entry.is_symlink()]
        pending += [entry for entry in shown if entry.is_dir()]
        for entry in reversed(shown):
            if entry.is_file():
                count += 1
                if count > MAX_FILES:
                    raise FeedError(f"{root}: more than {MAX_FILES:,} files")
                yield _file(entry, str(entry.relative_to(root)), MEMBER_BYTES, _guarded(lambda e=entry: _first(e)))  # type: ignore[misc]


def _file(path: Path, name: str, most: int, first: bytes) -> Document:
    method = compression(first)

    def open_() -> BinaryIO:
        try:
            return unpacked(path, method) if method else path.open("rb", _BUFFER)
        except OSError as error:
            raise FeedError(f"{name}: cannot be read: {error.strerror or error}") from error

    return Document(plain_name(name, method), open_, most)


def fingerprint(path: Path) -> str:
    """Return SHA-256, hex, over the bytes of a file, or over names and bytes of a folder's documents."""
    try:
        if not path.is_dir():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        whole = hashlib.sha256()
        for document in documents(path):
            with document.open() as stream:
                inner = hashlib.file_digest(cast("Any", stream), "sha256").hexdigest()
            whole.update(f"{document.name}\0{inner}\n".encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise FeedError(f"{path.name}: cannot be read: {error.strerror or error}") from error
    return whole.hexdigest()


def _first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FIRST)
