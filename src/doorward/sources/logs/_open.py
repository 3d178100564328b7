"""Open a log, tell its formats, and read it line by line."""

from __future__ import annotations

import errno
import gzip
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import IO, cast

from doorward.discovery import members
from doorward.errors import SourceError
from doorward.sources.logs._join import Log
from doorward.sources.logs._lines import LONGEST

#: Bytes that are looked at to tell the format of a log.
HEAD = 256 << 10
_FAMILY = "doorward.sources.logs"
_GZIP = b"\x1f\x8b"


def formats(head: bytes, name: str) -> list[ModuleType]:
    """Return the formats of a log by its first bytes and its name: several for a CI job's log with several tools."""
    return [module for module in members(_FAMILY).values() if module.sniff(head, name)]


def open_log(path: Path) -> tuple[bytes, list[Log]]:
    """Open a log, compressed with gzip or not; return its first bytes, and it once for each of its formats.

    Raises SourceError where it cannot be opened, and where no format is known.
    """
    try:
        with _open(path) as stream:
            head = stream.read(HEAD)
    except (OSError, EOFError) as error:
        raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if not head.strip():
        raise SourceError(f"{path}: it is empty")
    found = formats(head, path.name)
    if not found:
        raise SourceError(f"{path}: no log of a format that doorward knows")
    return head, [Log(str(path), module, module.parse(_lines(path), path.name)) for module in found]


def _open(path: Path) -> IO[bytes]:
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "no such file")
    with path.open("rb") as stream:
        compressed = stream.read(len(_GZIP)) == _GZIP
    return cast("IO[bytes]", gzip.open(path)) if compressed else path.open("rb")


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a log."""
    with _open(path) as stream:
        yield from iter(partial(stream.readline, LONGEST), b"")
