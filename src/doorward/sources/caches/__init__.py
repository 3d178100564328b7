"""Caches of package managers: what was ever fetched here, whether or not it was kept anywhere else.

One file of this folder is one manager: it is found by walking the folder, and gives ``NAME``, ``TYPE`` (the purl type),
``folders(environ, home, project)`` (where its caches may lie) and ``entries(folder)``, an iterator of :class:`Cached`.
Nothing in a cache is run, and no link in it is followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol, cast

from doorward.discovery import members
from doorward.sources.caches._entries import Cached

__all__ = ["Cache", "Cached", "caches"]


class Cache(Protocol):
    """What every module of this folder offers."""

    NAME: str
    TYPE: str

    def folders(self, environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:
        """Return where its caches may lie; not all of them exist."""

    def entries(self, folder: Path) -> Iterator[Cached]:
        """Yield what a cache holds; raise SourceError where it cannot be read."""


def caches() -> tuple[Cache, ...]:
    """Return every kind of cache, by name."""
    return tuple(cast("Cache", module) for module in members(__name__).values())
