"""pip's cache: what it fetched, by the digest of the address, and the wheels that it built.

The files of the HTTP cache do not tell their package by name, so the archives in them are asked: a wheel by the folder
of its metadata, a source distribution by its first folder.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from doorward.errors import SourceError
from doorward.sources.archives.source import Blob, open_blob
from doorward.sources.archives.zipdirectory import read_directory
from doorward.sources.caches._entries import Cached, modified, user_cache, walk

NAME = "pip"
TYPE = "pypi"

_WHEEL = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)-(?:\d[^-]*-)?[^-]+-[^-]+-[^-]+\.whl\Z")
_METADATA = re.compile(rb"(?P<name>[^/-]+)-(?P<version>[^/-]+)\.dist-info/METADATA\Z")
_ROOT = re.compile(rb"(?P<name>[^/\0]+)-(?P<version>\d[^/\0-]*)/")
_GZIP, _ZIP = b"\x1f\x8b\x08", b"PK\x03\x04"
#: Bytes in which an archive begins behind the headers of its answer, and entries of a wheel.
_HEAD, _MOST = 1 << 16, 200_000
#: Bytes of a tar file in which its first folder is looked for: extended headers may stand before it.
_FRONT, _BLOCK = 16_384, 512


def folders(environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:  # noqa: ARG001 - one a user
    """Return where the cache may lie."""
    set_folder = environ.get("PIP_CACHE_DIR")
    return [Path(set_folder)] if set_folder else user_cache(environ, home, "pip")


def entries(folder: Path) -> Iterator[Cached]:
    """Yield the releases of the HTTP cache and the built wheels."""
    for part in ("http", "http-v2", "wheels"):
        if not (folder / part).is_dir():
            continue
        for path, entry in walk(folder / part):
            if entry.is_file(follow_symlinks=False):
                yield from _wheel(f"{part}/{path}", entry) if part == "wheels" else _answer(f"{part}/{path}", entry)


def _wheel(path: str, entry: os.DirEntry[str]) -> Iterator[Cached]:
    named = _WHEEL.match(entry.name)
    if named:
        yield Cached((named["name"],), named["version"], path, modified(entry))


def _answer(path: str, entry: os.DirEntry[str]) -> Iterator[Cached]:
    """Yield the release that a kept answer is of, nothing where it is a page of the index."""
    try:
        with open_blob(Path(entry.path)) as blob:
            found = release_in(blob)
    except SourceError as error:
        yield Cached((), "", path, unread=f"an archive that cannot be read: {error}")
        return
    if found is not None:
        yield Cached((found[0],), found[1], path, modified(entry))


def release_in(blob: Blob) -> tuple[str, str] | None:
    """Return name and version of the archive in an answer, None where there is none; raise ArchiveError."""
    head = blob.at(0, _HEAD)
    zipped, packed = head.find(_ZIP), head.find(_GZIP)
    if zipped >= 0 and not 0 <= packed < zipped:
        _, records = read_directory(blob, _MOST, [])
        match = next((match for record in records if (match := _METADATA.match(record.name))), None)
    elif packed >= 0:
        match = _first_folder(head[packed:])
    else:
        return None
    if match is None:
        return None
    return match["name"].decode("utf-8", "replace"), match["version"].decode("utf-8", "replace")


def _first_folder(data: bytes) -> re.Match[bytes] | None:
    """Return name and version of a source distribution's folder; a compressed page of the index has none."""
    try:
        front = zlib.decompressobj(31).decompress(data, _FRONT)
    except zlib.error:
        return None
    for at in range(0, len(front), _BLOCK):
        header = front[at : at + _BLOCK]
        if header[257:262] == b"ustar" and header[156:157] in b"05\0":
            return _ROOT.match(header)
    return None
