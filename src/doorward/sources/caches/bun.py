"""bun's cache: a folder of every package that it unpacked, ``NAME@VERSION`` with its registry and layout behind it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from doorward.sources.caches._entries import Cached, children, modified

NAME = "bun"
TYPE = "npm"

#: Bytes of a manifest that are read.
_MOST = 4 << 20
#: In place of what stands behind "-" or "+" in a version, the name has a digest.
_FOLDER = re.compile(r"(?P<name>[^@/]+)@(?P<version>\d+\.\d+\.\d+)(?P<hashed>[-+][^@/]*)?(?:@@[^/]*)?\Z")


class _Manifest(msgspec.Struct):
    version: str


_decode = msgspec.json.Decoder(_Manifest).decode


def folders(environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:  # noqa: ARG001 - one a user
    """Return where the cache may lie."""
    if environ.get("BUN_INSTALL_CACHE_DIR"):
        return [Path(environ["BUN_INSTALL_CACHE_DIR"])]
    own, cache = environ.get("BUN_INSTALL"), environ.get("XDG_CACHE_HOME")
    roots = [*([Path(own)] if own else []), *([Path(cache, ".bun")] if cache else []), home / ".bun"]
    return [root / "install" / "cache" for root in (*roots, home / ".cache" / ".bun")]


def entries(folder: Path) -> Iterator[Cached]:
    """Yield the packages of the cache: its folders, and those of each scope."""
    for entry in children(folder):
        if not entry.is_dir(follow_symlinks=False):
            continue
        if entry.name.startswith("@") and "@" not in entry.name[1:]:
            for inner in children(Path(entry.path)):
                if inner.is_dir(follow_symlinks=False):
                    yield from _package(f"{entry.name}/", inner)
        else:
            yield from _package("", entry)


def _package(scope: str, entry: os.DirEntry[str]) -> Iterator[Cached]:
    match = _FOLDER.match(entry.name)
    if match is None:
        return
    path, version = f"{scope}{entry.name}", match["version"]
    if match["hashed"]:
        try:
            with Path(entry.path, "package.json").open("rb") as file:
                version = _decode(file.read(_MOST)).version
        except (OSError, msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            yield Cached((), "", path, unread=f"the manifest of a package cannot be read: {error}"[:200])
            return
    yield Cached((f"{scope}{match['name']}",), version, path, modified(entry))
