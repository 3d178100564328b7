"""Java archives: ``pom.properties`` of each artifact in them, also in archives within archives."""

from __future__ import annotations

import hashlib
import posixpath
import struct
import zlib
from collections.abc import Iterator

from doorward.errors import ArchiveError, ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.release import LockedDigest
from doorward.records import dataclass, replace
from doorward.sources.archives.source import Blob, MemoryBlob, chunks
from doorward.sources.archives.zipdirectory import Record, read_directory
from doorward.sources.installed._files import Files
from doorward.sources.manifests._entries import Entries

NAME = "Java archives"
FILES = ("*.jar", "*.war", "*.ear", "*.par")
TYPE = "maven"

_ENDINGS = (".jar", ".war", ".ear", ".par")
#: Entries of an archive; bytes of properties; of an archive within one, and of all of them together; how deep they go.
_MOST, _SMALL, _NESTED, _TOTAL, _DEEPEST = 200_000, 65_536, 256 << 20, 1 << 30, 4
_LOCAL, _STORED, _DEFLATED, _ENCRYPTED = 30, 0, 8, 1


@dataclass(slots=True)
class _Budget:
    left: int = _TOTAL


def parse(files: Files, path: str) -> Inventory:
    """Read one archive; raise ManifestError where it is none."""
    entries = Entries(path)
    with files.blob(path) as blob:
        try:
            _archive(entries, blob, path, 0, _Budget())
        except ArchiveError as error:
            raise ManifestError(f"{path}: {error}") from error
    return entries.inventory()


def _archive(entries: Entries, blob: Blob, path: str, depth: int, budget: _Budget) -> None:
    _, records = read_directory(blob, _MOST, [])
    found = list(_artifacts(blob, records, path))
    if len(found) == 1:
        found = [replace(found[0], digests=(_digest(blob),))]
    entries.packages += found
    nested = [record for record in records if record.path.endswith(_ENDINGS)]
    if not found and not nested and any(record.path.endswith(".class") for record in records):
        entries.gap("an archive that does not say which artifact it is", posixpath.basename(path), path=path)
    for record in nested:
        inner = f"{path}!/{record.path}"
        if depth >= _DEEPEST:
            entries.gap("nested too deeply", path=inner)
            continue
        try:
            data = _content(blob, record, min(_NESTED, budget.left))
            budget.left -= len(data)
            _archive(entries, MemoryBlob(data), inner, depth + 1, budget)
        except ArchiveError as error:
            entries.gap(str(error), path=inner)


def _artifacts(blob: Blob, records: list[Record], path: str) -> Iterator[Dependency]:
    for record in records:
        if record.path.startswith("META-INF/maven/") and record.path.endswith("/pom.properties"):
            text = _content(blob, record, _SMALL).decode("utf-8", "replace")
            pairs = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
            told = {key.strip(): value.strip() for key, _, value in pairs}
            if told.get("groupId") and told.get("artifactId"):
                name = f"{told['groupId']}:{told['artifactId']}"
                yield Dependency(TYPE, name, told.get("version", ""), path=path)


def _digest(blob: Blob) -> LockedDigest:
    digest = hashlib.sha256()
    for piece in chunks(blob):
        digest.update(piece)
    return LockedDigest("sha256", digest.hexdigest(), "")


def _content(blob: Blob, record: Record, most: int) -> bytes:
    """Return an entry's bytes; raise ArchiveError where it is larger than ``most``, or cannot be unpacked."""
    if record.size > most or record.packed > most:
        raise ArchiveError(f"{record.path}: larger than {most:,} bytes")
    if record.flags & _ENCRYPTED or record.method not in {_STORED, _DEFLATED}:
        raise ArchiveError(f"{record.path}: encrypted, or packed in a way that is not read")
    head = blob.at(record.offset, _LOCAL)
    if len(head) < _LOCAL:
        raise ArchiveError(f"{record.path}: cut off")
    name, extra = struct.unpack_from("<HH", head, 26)
    data = blob.at(record.offset + _LOCAL + name + extra, record.packed)
    if record.method == _STORED:
        return data
    try:
        return zlib.decompressobj(-15).decompress(data, most)
    except zlib.error as error:
        raise ArchiveError(f"{record.path}: {error}") from error
