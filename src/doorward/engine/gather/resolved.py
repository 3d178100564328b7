"""What package managers fetched during a run, as far as they leave word of it.

pip writes a log where ``PIP_LOG`` names a file, and npm what it installed, with address and digest, into
``node_modules/.package-lock.json``. Of what npm refused for its digest only its debug log tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.model.resolution import Download
from doorward.records import dataclass, field

if TYPE_CHECKING:
    from doorward.engine.gather import fetched
else:
    fetched = Late("doorward.engine.gather.fetched")

#: Where npm says what it installed.
NPM_RECORD = "node_modules/.package-lock.json"
_PIP_LOG = "PIP_LOG"
_NOTHING = Inventory()
#: Seconds that a file system's clock may lag behind.
_SLACK = 2.0


@dataclass(slots=True)
class Traces:
    """Where package managers write what they fetch during one run."""

    project: Path
    #: The file of pip's log; None where the user has named one.
    log: Path | None
    #: The folder of npm's debug logs.
    npm_logs: Path | None = None
    #: What the lock files name.
    inventory: Inventory = _NOTHING
    #: Why something cannot be told.
    unread: list[str] = field(default_factory=list)

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of the command."""
        return {**environ, _PIP_LOG: str(self.log)} if self.log else dict(environ)

    def downloads(self, since: datetime) -> tuple[Download, ...]:
        """Return what was fetched after ``since``."""
        found: list[Download] = []
        for path, read in ((self.project / NPM_RECORD, "by_npm"), (self.log, "by_pip")):
            try:
                if path is not None and path.exists():
                    found += getattr(fetched, read)(path, since)
            except (OSError, UnicodeDecodeError, ManifestError) as error:
                self.unread.append(f"what was fetched cannot be told: {error}")
        if self.npm_logs is not None and _has_changed(self.npm_logs, since):
            found += fetched.refused_by_npm(self.npm_logs, since, self.inventory)
        return tuple(dict.fromkeys(found))


@contextmanager
def traces(
    project: Path, environ: Mapping[str, str], home: Path | None = None, inventory: Inventory = _NOTHING
) -> Iterator[Traces]:
    """Give package managers a place to write to while a command runs. What the user has set stays."""
    npm_logs = _npm_logs(environ, home) if home else None
    if environ.get(_PIP_LOG):
        yield Traces(project, None, npm_logs, inventory)
        return
    with TemporaryDirectory(prefix="guard-", ignore_cleanup_errors=True) as folder:
        yield Traces(project, Path(folder) / "pip.log", npm_logs, inventory)


def _npm_logs(environ: Mapping[str, str], home: Path) -> Path:
    logs, cache = environ.get("npm_config_logs_dir"), environ.get("npm_config_cache")
    return Path(logs) if logs else (Path(cache) if cache else home / ".npm") / "_logs"


def _has_changed(folder: Path, since: datetime) -> bool:
    """Whether a file was made in a folder since then: most runs are not npm's, and load nothing for it."""
    with suppress(OSError):
        return folder.stat().st_mtime >= since.timestamp() - _SLACK
    return False
