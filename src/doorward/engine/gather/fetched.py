"""What pip's log and npm's own record say was fetched: read once a command that ran a package manager has ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from doorward.model.resolution import Download
from doorward.sources.logs import pip
from doorward.sources.logs._events import Fetched
from doorward.sources.logs._lines import LONGEST
from doorward.sources.manifests import npm_lock
from doorward.sources.settings import configured

#: What npm writes below the project, as reports name it.
_RECORD = "node_modules/.package-lock.json"
_LARGEST = 256 << 20
#: What a file system's clock may lag behind.
_SLACK = timedelta(seconds=2)
#: A folder without settings.
_NOWHERE = Path("/nonexistent")


def by_npm(path: Path, since: datetime) -> Iterator[Download]:
    """Yield what npm installed after ``since``. Raises OSError, ManifestError."""
    written = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    if written < since - _SLACK:
        return
    with path.open(encoding="utf-8") as file:
        inventory = npm_lock.parse(file.read(_LARGEST), _RECORD, lambda _name: None)
    for item in inventory.packages:
        if item.source == "registry" and item.version and item.url:
            tarball = f"{item.url.rstrip('/')}/{item.name}/-/{item.digests[0].filename}" if item.digests else item.url
            digests = tuple(map(str, item.digests))
            yield Download(written, item.type, item.name, item.version, tarball, digests, _RECORD)


def by_pip(log: Path, since: datetime) -> Iterator[Download]:
    """Yield what pip's log of a run tells of. Raises OSError."""
    with log.open("rb") as stream:
        for event in pip.parse(iter(partial(stream.readline, LONGEST), b""), log.name):
            if isinstance(event, Fetched) and event.owner is not None:
                yield Download(
                    event.time or since,
                    event.owner.ecosystem,
                    event.owner.package,
                    event.owner.version,
                    event.url or _public_index(event.owner.ecosystem),
                    event.digests,
                    "pip's log",
                    event.index,
                    event.demanded,
                    event.build,
                )


def _public_index(type_: str) -> str:
    """Return the public index of a purl type: pip names a file alone where it came from that one's own storage."""
    return next((index.url for index in configured(type_, {}, _NOWHERE, root=_NOWHERE).indexes), "")
