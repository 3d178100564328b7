"""What pip's log and npm's own record say was fetched: read once a command that ran a package manager has ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from doorward.model.dependency import Dependency, Inventory
from doorward.model.resolution import Download
from doorward.sources.logs import npm, pip
from doorward.sources.logs._events import Fetched, Owner
from doorward.sources.logs._lines import LONGEST
from doorward.sources.manifests import npm_lock
from doorward.sources.settings import public_index

#: What npm writes below the project, as reports name it.
_RECORD = "node_modules/.package-lock.json"
_LARGEST = 256 << 20
#: What a file system's clock may lag behind.
_SLACK = timedelta(seconds=2)
#: npm keeps ten.
_NPM_LOGS = 100


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
                    event.url or public_index(event.owner.ecosystem),  # a file alone: of the index's own storage
                    event.digests,
                    "pip's log",
                    event.index,
                    event.demanded,
                    event.build,
                )


def refused_by_npm(folder: Path, since: datetime, inventory: Inventory) -> Iterator[Download]:
    """Yield what npm would not install since ``since``, for its bytes had another digest than was demanded."""
    locked = {str(digest): item for item in inventory.packages for digest in item.digests}
    for log in sorted(folder.glob("*-debug-*.log"))[-_NPM_LOGS:]:
        with suppress(OSError):  # npm clears its old logs away
            if datetime.fromtimestamp(log.stat().st_mtime, tz=UTC) >= since - _SLACK:
                with log.open("rb") as stream:
                    yield from _refused(
                        npm.parse(iter(partial(stream.readline, LONGEST), b""), log.name), since, locked
                    )


def _refused(events: Iterable[object], since: datetime, locked: Mapping[str, Dependency]) -> Iterator[Download]:
    for event in events:
        if isinstance(event, Fetched) and event.demanded:
            item = locked.get(event.demanded[0])
            owner = event.owner or (Owner(item.type, item.name, item.version) if item and item.version else None)
            if owner is not None:
                url = event.url or (item.url if item else "")
                named = (owner.ecosystem, owner.package, owner.version)
                yield Download(since, *named, url, event.digests, "npm's log", demanded=event.demanded)
