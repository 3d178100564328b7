"""Where an image is saved: the blobs of a tar file, met one after another, or the files of a folder."""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Protocol

from doorward.errors import ArchiveTooLarge, DamagedArchive, ManifestError
from doorward.model.limits import ArchiveLimits
from doorward.records import replace
from doorward.sources.archives import CHUNK, Blob, Entry, open_archive, open_blob
from doorward.sources.archives.source import FileBlob, chunks
from doorward.sources.archives.tarfiles import Feed

#: Images are larger than packages: 64 GB in a file, an hour, two million files. The ratio stays that of a package.
LIMITS = ArchiveLimits(entry_bytes=64 << 30, total_bytes=64 << 30, entries=2_000_000, seconds=3_600.0)
#: What layers are saved in has a file a layer, and few more.
_CONTAINER = replace(LIMITS, entries=20_000)
#: Bytes of one manifest or configuration, and of all that are kept.
DOCUMENT, DOCUMENTS = 4 << 20, 64 << 20
#: Bytes that tell how a layer is compressed.
_HEAD = 512
#: Bytes of the longest path that Linux takes (limits.h): a longer one never was a file.
_LONGEST = 4_096


def inside(path: str) -> str:
    """Return a path relative to the root that it is in, "" for the root and for what leads out or is too long."""
    if len(path) > _LONGEST:
        return ""
    plain = posixpath.normpath(path.lstrip("/"))
    return "" if plain in {".", ".."} or plain.startswith("../") else plain


class Stream:
    """A blob that is read once, from front to back, and its digest."""

    in_memory = False

    def __init__(self, name: str, size: int, pieces: Iterator[bytes]) -> None:
        """Begin to read."""
        self.name = name
        self.size = size
        self._feed = Feed(pieces)
        self._hash = hashlib.sha256()
        self._at = 0
        self.head = self._feed.take(_HEAD)
        self._hash.update(self.head)

    def at(self, offset: int, length: int) -> bytes:
        """Return the next bytes: ``offset`` must be where the last call ended."""
        if offset != self._at:
            raise DamagedArchive("read out of order")
        begin = b"" if offset else self.head
        more = self._feed.take(length - len(begin))
        self._hash.update(more)
        self._at += len(begin) + len(more)
        return begin + more

    def digest(self) -> str:
        """Read to the end, and return the SHA-256 of the whole."""
        while piece := self._feed.take(CHUNK):
            self._hash.update(piece)
        return f"sha256:{self._hash.hexdigest()}"


class Container(Protocol):
    """What holds the blobs of an image."""

    #: Why something of it is not known.
    gaps: list[str]

    def document(self, name: str) -> bytes | None:
        """Return a small document, None where it is not there."""

    def resolved(self, name: str) -> str:
        """Return the name of the blob that a name leads to, by itself or by a link; "" where there is none."""

    def streams(self, names: Collection[str]) -> Iterator[Stream]:
        """Yield these blobs, each once, in any order; each is read before the next is asked for."""


@contextmanager
def open_container(path: Path) -> Iterator[Container]:
    """Open a tar file or a folder; raise NotAnArchive, DamagedArchive, ArchiveTooLarge or ManifestError."""
    if path.is_dir():
        yield Folder(path)
        return
    with open_blob(path) as blob:
        yield Packed(blob, path.name)


class Packed:
    """A tar file, read twice: for its documents, and for its layers."""

    def __init__(self, blob: Blob, name: str) -> None:
        self._blob = blob
        self._name = name
        self.gaps: list[str] = []
        self._documents: dict[str, bytes] = {}
        self._names: set[str] = set()
        #: Older versions of Docker link to a layer that is there already.
        self._links: dict[str, str] = {}
        kept = 0
        for entry in open_archive(blob, name, _CONTAINER):
            path = self._noted(entry)
            if path and entry.size <= DOCUMENT and entry.data.lstrip()[:1] in {b"{", b"["}:
                kept += entry.size
                self._documents[path] = entry.data
            if kept > DOCUMENTS:
                raise ArchiveTooLarge(f"more than {DOCUMENTS:,} bytes of manifests")
            _drain(entry)

    def _noted(self, entry: Entry) -> str:
        """Return the path of a file, "" for what is none; two of one name are told."""
        path = inside(entry.path)
        if not path or entry.kind not in {"file", "symlink", "hardlink"}:
            return ""
        if path in self._names or path in self._links:
            self.gaps.append(f"{path} stands twice in it: which of the two counts, nobody can tell")
        if entry.kind != "file":
            folder = posixpath.dirname(path) if entry.kind == "symlink" else ""
            self._links[path] = inside(posixpath.join(folder, entry.target))
            return ""
        self._names.add(path)
        return path

    def document(self, name: str) -> bytes | None:
        """Return a small document, None where it is not there."""
        return self._documents.get(name)

    def resolved(self, name: str) -> str:
        """Return the name of the blob that a name leads to, "" where there is none."""
        found = name if name in self._names else self._links.get(name, "")
        return found if found in self._names else ""

    def streams(self, names: Collection[str]) -> Iterator[Stream]:
        """Yield these blobs in the order of the file."""
        wanted = set(names)
        for entry in open_archive(self._blob, self._name, _CONTAINER):
            name = inside(entry.path) if entry.kind == "file" else ""
            if name in wanted:
                wanted.remove(name)
                yield Stream(name, entry.size, chain((entry.data,), entry.rest or ()))
            _drain(entry)


def _drain(entry: Entry) -> None:
    for _ in entry.rest or ():
        pass


class Folder:
    """A folder of blobs."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.realpath(root)
        self.gaps: list[str] = []

    def document(self, name: str) -> bytes | None:
        """Return a small document, None where it is not there."""
        if not self.resolved(name):
            return None
        with self._opened(name) as blob:
            return blob.at(0, DOCUMENT) if blob.size <= DOCUMENT else None

    def resolved(self, name: str) -> str:
        """Return the name of the file that a name leads to, "" where there is none, or it lies elsewhere."""
        real = "" if "\0" in name else os.path.realpath(f"{self._root}/{name}")
        # Older versions of Docker link to a layer that is there already.
        within = real.startswith(f"{self._root}/") and os.path.isfile(real)  # noqa: PTH113 - of a string
        return real[len(self._root) + 1 :] if within else ""

    def streams(self, names: Collection[str]) -> Iterator[Stream]:
        """Yield these blobs."""
        for name in sorted(names):
            with self._opened(name) as blob:
                yield Stream(name, blob.size, chunks(blob))

    @contextmanager
    def _opened(self, name: str) -> Iterator[Blob]:
        try:
            number = os.open(
                f"{self._root}/{self.resolved(name)}", os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
            )
        except OSError as error:
            raise ManifestError(f"{name}: cannot be read: {error.strerror}") from error
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise ManifestError(f"{name}: not a regular file")
            yield FileBlob(file)
