"""Go's module cache: what was downloaded of each module, by its escaped path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from doorward.sources.caches._entries import Cached, modified, walk

NAME = "go"
TYPE = "golang"

#: The archive of a module; of those of which only the requirements were read there is none.
_ZIP = re.compile(r"(?P<name>.+)/@v/(?P<version>v[^/]+)\.zip\Z")
#: An upper-case letter is written as a mark and the lower-case one.
_UPPER = re.compile(r"!([a-z])")


def folders(environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:  # noqa: ARG001 - one a user
    """Return where the cache may lie."""
    first = environ.get("GOPATH", "").partition(":")[0]
    cache = environ.get("GOMODCACHE") or Path(first or home / "go") / "pkg" / "mod"
    return [Path(cache) / "cache" / "download"]


def entries(folder: Path) -> Iterator[Cached]:
    """Yield the modules of the cache."""
    for path, entry in walk(folder):
        match = _ZIP.match(path)
        if match:
            name, version = (_UPPER.sub(lambda found: found[1].upper(), match[key]) for key in ("name", "version"))
            yield Cached((name,), version, path, modified(entry))
