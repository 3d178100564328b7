"""yarn's caches: folders of version 1, zip files of the later ones (the user's, and the project's own)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from doorward.sources.caches._entries import Cached, children, modified, user_cache

NAME = "yarn"
TYPE = "npm"

#: ``npm-@scope-name-1.0.0-DIGEST-integrity`` of version 1.
_FOLDER = re.compile(
    r"npm-(?P<name>@?[^@/]+?)-(?P<version>\d+\.\d+\.\d+[^/]*?)-(?:[0-9a-f]{40}|[0-9a-f]{8,64})(?:-integrity)?\Z"
)
#: ``@scope-name-npm-1.0.0-DIGEST-KEY.zip`` of the later ones.
_ZIP = re.compile(r"(?P<name>@?[^@/]+)-npm-(?P<version>\d+\.\d+\.\d+[^/]*)-[0-9a-f]{10}(?:-[0-9a-z]+)?\.zip\Z")


def folders(environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:
    """Return where the caches may lie."""
    for name in ("YARN_CACHE_FOLDER", "YARN_GLOBAL_FOLDER"):
        if environ.get(name):
            yield Path(environ[name])
    yield from user_cache(environ, home, "yarn")
    yield home / "Library" / "Caches" / "Yarn"
    yield home / ".yarn" / "berry" / "cache"
    yield project / ".yarn" / "cache"


def entries(folder: Path) -> Iterator[Cached]:
    """Yield the packages of a cache, of either kind."""
    for entry in children(folder):
        if re.match(r"v\d+\Z", entry.name) and entry.is_dir(follow_symlinks=False):
            yield from _read(children(Path(entry.path)), f"{entry.name}/")
    yield from _read(children(folder), "")
    yield from _read(children(folder / "cache"), "cache/")


def _read(found: Iterable[os.DirEntry[str]], below: str) -> Iterator[Cached]:
    for entry in found:
        match = _FOLDER.match(entry.name) or _ZIP.match(entry.name)
        if match:
            yield Cached(_scoped(match["name"]), match["version"], below + entry.name, modified(entry))


def _scoped(name: str) -> tuple[str, ...]:
    """Return what a name may be: where the slash of a scope stood, a dash stands."""
    if not name.startswith("@"):
        return (name,)
    return tuple(f"{name[:at]}/{name[at + 1 :]}" for at, char in enumerate(name) if char == "-" and at > 1)
