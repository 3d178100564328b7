"""What one layer holds: packages that are installed, lock files, and what it deletes of those below it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import ModuleType

from doorward.errors import ArchiveError, ArchiveTooLarge, ManifestError, NotAnArchive, SourceError
from doorward.model.content import Anomaly
from doorward.model.dependency import Dependency, Inventory
from doorward.model.exposure import SYSTEMS
from doorward.records import dataclass, field
from doorward.sources import manifests
from doorward.sources.archives import Blob, Entry, Spent
from doorward.sources.archives.entry import Meter
from doorward.sources.archives.source import MemoryBlob
from doorward.sources.archives.streams import MAGIC, ZSTD, ZSTD_MAGIC, uncompressed
from doorward.sources.archives.tarfiles import TarArchive
from doorward.sources.images._containers import LIMITS, Stream, inside
from doorward.sources.installed import program
from doorward.sources.installed._files import LARGEST
from doorward.sources.installed._reading import format_of
from doorward.sources.manifests._trees import is_vendored

#: Bytes of the files of one layer that are kept until they are read together with those beside them.
HELD = 1 << 30
#: Bytes of paths, databases and packages that all layers together may keep, and what one path and one package take.
KEPT, _PATH, _PACKAGE = 2 << 30, 100, 500
#: Bytes of the largest program that is read, and below which a file is none.
_PROGRAM, _SMALLEST = 256 << 20, 4_096
#: Files that the readers of others ask for.
_BESIDE = frozenset({
    "os-release", "direct_url.json", "REQUESTED", "composer.json", "go.sum", "package.json", "Project.toml", "Pipfile",
    "pyproject.toml", "rpmdb.sqlite-wal",
})  # fmt: skip
#: Characters of a path that nothing can have.
_SHOWN = 200
#: How a layer says that something below it is gone, and that all of a folder is.
_GONE, _ALL_GONE = ".wh.", ".wh..wh..opq"


@dataclass(frozen=True, slots=True)
class Seen:
    """A package of which a file of a layer tells."""

    path: str
    package: Dependency
    #: Whether the file is a lock file, which asks for the package; else it is installed.
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read of a layer."""

    #: "" for the layer itself.
    path: str
    reason: str
    #: What of a lock file it is about; "" for all of the file.
    entry: str = ""
    #: Whether that is a requirement without a version: what was installed for it, other files tell.
    loose: bool = False


@dataclass(slots=True)
class Layer:
    """What one layer holds."""

    #: Of the bytes as they are stored, "sha256:HEX"; "" where they could not be read.
    digest: str = ""
    #: Whether it is compressed, so that this is not the digest of what it unpacks to.
    packed: bool = False
    seen: list[Seen] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    #: Its files and links, and what it deletes: files or folders, and the contents of folders.
    paths: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    emptied: set[str] = field(default_factory=set)
    #: Databases of operating systems, which are read when it is known of which; and what tells that.
    databases: dict[str, bytes] = field(default_factory=dict)
    systems: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Kept:
    """What the layers of one file keep in memory until the last of them is read."""

    size: int = 0

    def add(self, count: int) -> None:
        """Count some bytes; raise ArchiveTooLarge where they are too many."""
        self.size += count
        if self.size > KEPT:
            raise ArchiveTooLarge(f"more than {KEPT:,} bytes of paths, databases and packages would have to be kept")


class Held:
    """Files in memory, as the readers of installed trees ask for them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is none."""
        return self._files.get(path)

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted."""
        return sorted(posixpath.basename(path) for path in self._files if posixpath.dirname(path) == folder)

    @contextmanager
    def blob(self, path: str) -> Iterator[Blob]:
        """Give random access to a file; raise ManifestError where there is none."""
        if path not in self._files:
            raise ManifestError(f"{path}: not there")
        yield MemoryBlob(self._files[path])


def read_layer(stream: Stream, spent: Spent, kept: Kept) -> Layer:
    """Read a layer. What could not be read of it is told in it, whatever the reason."""
    layer = Layer()
    reading = _Reading(layer, kept)
    for step in (partial(_entries, reading, stream, spent), reading.finish):
        try:
            step()
        except (ArchiveError, MemoryError) as error:
            layer.unread.append(Unread("", f"not read to its end: {error}"))
    try:
        layer.digest = stream.digest()
    except ArchiveError as error:
        layer.unread.append(Unread("", f"not read to its end: {error}"))
    return layer


def _entries(reading: _Reading, stream: Stream, spent: Spent) -> None:
    head, layer = stream.head, reading.layer
    method = next((method for method, magic in (MAGIC | ZSTD).items() if head.startswith(magic)), "")
    layer.packed = bool(method)
    if head.startswith(ZSTD_MAGIC) and not ZSTD:
        raise NotAnArchive("compressed by zstd, which Python reads from 3.14 on")
    meter = Meter(LIMITS, stream.size, spent)
    behind: list[Anomaly] = []
    archive = TarArchive(uncompressed(stream, method, meter, behind), meter, "tar", [])
    for entry in archive:
        reading.take(entry)
        for _ in entry.rest or ():
            pass
    layer.unread += [Unread("", f"{reason}, and not read") for reason in archive.unread]
    layer.unread += [Unread("", f"not read: {anomaly.detail}") for anomaly in behind]


class _Reading:
    """One layer under way."""

    def __init__(self, layer: Layer, kept: Kept) -> None:
        self.layer = layer
        self._kept = kept
        #: Files that are read together with those beside them.
        self._held: dict[str, bytes] = {}
        self._size = 0

    def take(self, entry: Entry) -> None:
        """Take one entry."""
        path = inside(entry.path)
        self._kept.add(len(path) + _PATH)
        folder, name = posixpath.split(path)
        if name == _ALL_GONE:
            self.layer.emptied.add(folder)
        elif name.startswith(_GONE) and name != _GONE:
            self.layer.gone.add(posixpath.join(folder, name.removeprefix(_GONE)))
        elif path and entry.kind != "directory":
            self.layer.paths.add(path)
            if entry.kind in {"file", "hardlink"}:
                self._file(path, entry)
        elif entry.kind == "file":
            self._unread(
                entry.path[-_SHOWN:], "its path leads out of the image, or is longer than any that a system takes"
            )

    def _file(self, path: str, entry: Entry) -> None:
        module = format_of(path)
        if _is_read_with_others(path, module):
            self._hold(path, entry)
        elif entry.kind == "hardlink":
            if module is not None:
                self._unread(path, f"a hard link to {entry.target}, whose bytes are not read twice")
        elif module is not None or (entry.size >= _SMALLEST and entry.data.startswith(program.MAGIC)):
            self._parse(path, module or program, entry)

    def _hold(self, path: str, entry: Entry) -> None:
        if entry.kind == "hardlink":
            content = self._held.get(inside(entry.target))
            if content is None:
                self._unread(path, f"a hard link to {entry.target}, which is not among what was kept")
            else:
                self._held[path] = content
            return
        self._size += entry.size
        if entry.size > LARGEST or self._size > HELD:
            self._size -= entry.size
            self._unread(path, "too large to be read" if entry.size > LARGEST else f"more than {HELD:,} bytes of such")
        else:
            self._held[path] = _whole(entry)

    def _parse(self, path: str, module: ModuleType, entry: Entry) -> None:
        """Read a file that tells all by itself."""
        if entry.size > _PROGRAM:
            self._unread(path, "too large to be read")
        else:
            self._told(path, partial(module.parse, Held({path: _whole(entry)}), path))

    def _told(self, path: str, read: partial[Inventory], *, locked: bool = False) -> None:
        try:
            inventory = read()
        except SourceError as error:
            self._unread(path, str(error).removeprefix(f"{path}: "))
            return
        self._kept.add(_PACKAGE * len(inventory.packages))
        self.layer.seen += [Seen(path, package, locked) for package in inventory.packages]
        loose = {package.name for package in inventory.packages if not package.version}
        self.layer.unread += [Unread(path, gap.reason, gap.entry, gap.entry in loose) for gap in inventory.gaps]

    def _unread(self, path: str, reason: str) -> None:
        self.layer.unread.append(Unread(path, reason))

    def finish(self) -> None:
        """Read what was kept; of databases, when all layers are known."""
        files = Held(self._held)
        for path in sorted(self._held):
            module, lock = format_of(path), _lock_format(path)
            if module is not None and module.TYPE in SYSTEMS:
                self._kept.add(len(self._held[path]))
                self.layer.databases[path] = self._held[path]
            elif module is not None:
                self._told(path, partial(module.parse, files, path))
            elif lock is not None:
                self._told(path, partial(_locked, files, path, lock), locked=True)
            elif posixpath.basename(path) in {"os-release", "rpmdb.sqlite-wal"}:
                self.layer.systems[path] = self._held[path]


def _is_read_with_others(path: str, module: ModuleType | None) -> bool:
    if module is not None:
        return module.TYPE in SYSTEMS or ".dist-info/" in path
    name = posixpath.basename(path)
    return (name in _BESIDE and (".dist-info/" in path or not is_vendored(path))) or _lock_format(path) is not None


def _lock_format(path: str) -> ModuleType | None:
    return None if is_vendored(path) else manifests.format_of(path)


def _locked(files: Held, path: str, module: ModuleType) -> Inventory:
    def beside(relative: str) -> str | None:
        return _text(files.content(inside(posixpath.join(posixpath.dirname(path), relative))), path)

    inventory: Inventory = module.parse(_text(files.content(path), path), path, beside)
    return inventory


def _text(content: bytes | None, path: str) -> str | None:
    if content is None:
        return None
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path}: not {encoding.removesuffix('-sig').upper()}: {error.reason}") from error


def _whole(entry: Entry) -> bytes:
    return b"".join((entry.data, *entry.rest)) if entry.rest else entry.data
