"""Cargo's registry cache: one archive of each crate that was fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from doorward.sources.caches._entries import Cached, children, modified

NAME = "cargo"
TYPE = "cargo"

_CRATE = re.compile(r"(?P<name>[A-Za-z0-9_-]+?)-(?P<version>\d+\.\d+\.\d+[0-9A-Za-z.+-]*)\.crate\Z")


def folders(environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:  # noqa: ARG001 - one a user
    """Return where the cache may lie."""
    return [Path(environ.get("CARGO_HOME") or home / ".cargo") / "registry" / "cache"]


def entries(folder: Path) -> Iterator[Cached]:
    """Yield the crates of every registry."""
    for registry in children(folder):
        if registry.is_dir(follow_symlinks=False):
            for entry in children(Path(registry.path)):
                match = _CRATE.match(entry.name)
                if match:
                    path = f"{registry.name}/{entry.name}"
                    yield Cached((match["name"],), match["version"], path, modified(entry))
