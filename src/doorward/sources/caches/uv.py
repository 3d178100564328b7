"""uv's cache: wheels and source distributions by index, name and version."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from doorward.sources.caches._entries import Cached, children, modified, user_cache

NAME = "uv"
TYPE = "pypi"

_BUCKET = re.compile(r"(?:wheels|sdists|built-wheels)-v\d+\Z")
#: Files that uv keeps beside what it fetched: they outlive it.
_ENDINGS = (".http", ".msgpack", ".lock", ".rev")
#: Where wheels lie unpacked, each in a folder of its own: they may outlive what points to them.
_ARCHIVE = re.compile(r"archive-v\d+\Z")
_METADATA = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)\.dist-info\Z")
_WHEEL = re.compile(r"(?P<version>[^-]+)-(?:\d[^-]*-)?[^-]+-[^-]+-[^-]+\Z")


def folders(environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:  # noqa: ARG001 - one a user
    """Return where the cache may lie."""
    set_folder = environ.get("UV_CACHE_DIR")
    return [Path(set_folder)] if set_folder else user_cache(environ, home, "uv")


def entries(folder: Path) -> Iterator[Cached]:
    """Yield the releases of every index, and those that lie unpacked.

    ``wheels-v6/pypi/NAME/VERSION-TAGS``, ``sdists-v9/pypi/NAME/VERSION`` and ``archive-v0/ID/NAME-VERSION.dist-info``.
    """
    for bucket in children(folder):
        if not bucket.is_dir(follow_symlinks=False):
            continue
        if _BUCKET.match(bucket.name):
            for package in _packages(Path(bucket.path)):
                yield from _releases(folder, package)
        elif _ARCHIVE.match(bucket.name):
            for archive in children(Path(bucket.path)):
                yield from _unpacked(folder, archive)


def _unpacked(folder: Path, archive: os.DirEntry[str]) -> Iterator[Cached]:
    for entry in children(Path(archive.path)) if archive.is_dir(follow_symlinks=False) else ():
        match = _METADATA.match(entry.name)
        if match:
            yield Cached((match["name"],), match["version"], str(Path(entry.path).relative_to(folder)), modified(entry))


def _packages(bucket: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the folders of packages: below ``pypi``, and below the digest of an index's or a file's address."""
    for kind in children(bucket):
        if not kind.is_dir(follow_symlinks=False):
            continue
        groups = children(Path(kind.path))
        if kind.name != "pypi":
            groups = [package for group in groups if group.is_dir() for package in children(Path(group.path))]
        yield from (package for package in groups if package.is_dir(follow_symlinks=False))


def _releases(folder: Path, package: os.DirEntry[str]) -> Iterator[Cached]:
    seen = set()
    for entry in children(Path(package.path)):
        name = entry.name
        for ending in _ENDINGS:
            name = name.removesuffix(ending)
        wheel = _WHEEL.match(name)
        version = wheel["version"] if wheel else name
        if version[:1].isdigit() and version not in seen:
            seen.add(version)
            path = str(Path(entry.path).relative_to(folder))
            yield Cached((package.name,), version, path, modified(entry))
