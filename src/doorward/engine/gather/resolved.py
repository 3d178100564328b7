"""What package managers fetched during a run, as far as they leave word of it.

npm writes what it installed, with address and digest, into ``node_modules/.package-lock.json``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from doorward.errors import ManifestError
from doorward.model.resolution import Download
from doorward.sources.manifests import npm_lock

_NPM = "node_modules/.package-lock.json"
_LARGEST = 256 << 20
#: What a file system's clock may lag behind.
_SLACK = timedelta(seconds=2)


def downloads(project: Path, since: datetime) -> tuple[tuple[Download, ...], str]:
    """Return what npm installed into the project after ``since``, and why that cannot be told, "" where it can."""
    path = project / _NPM
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
        if written < since - _SLACK:
            return (), ""
        with path.open(encoding="utf-8") as file:
            text = file.read(_LARGEST)
        inventory = npm_lock.parse(text, _NPM, lambda _name: None)
    except FileNotFoundError:
        return (), ""
    except (OSError, UnicodeDecodeError, ManifestError) as error:
        return (), f"what npm installed cannot be told: {error}"
    return tuple(
        Download(
            written,
            item.type,
            item.name,
            item.version,
            f"{item.url.rstrip('/')}/{item.name}/-/{item.digests[0].filename}" if item.digests else item.url,
            tuple(map(str, item.digests)),
            _NPM,
        )
        for item in inventory.packages
        if item.source == "registry" and item.version and item.url
    ), ""
