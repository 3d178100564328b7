"""What package managers fetched during a run, as far as they leave word of it.

pip writes a log where ``PIP_LOG`` names a file, and npm what it installed, with address and digest, into
``node_modules/.package-lock.json``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.errors import ManifestError
from doorward.model.resolution import Download
from doorward.records import dataclass

if TYPE_CHECKING:
    from doorward.engine.gather import fetched
else:
    fetched = Late("doorward.engine.gather.fetched")

#: Where npm says what it installed.
NPM_RECORD = "node_modules/.package-lock.json"
_PIP_LOG = "PIP_LOG"


@dataclass(slots=True)
class Traces:
    """Where package managers write what they fetch during one run."""

    project: Path
    #: The file of pip's log; None where the user has named one.
    log: Path | None
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
        return tuple(dict.fromkeys(found))


@contextmanager
def traces(project: Path, environ: Mapping[str, str]) -> Iterator[Traces]:
    """Give package managers a place to write to while a command runs. What the user has set stays."""
    if environ.get(_PIP_LOG):
        yield Traces(project, None)
        return
    with TemporaryDirectory(prefix="guard-", ignore_cleanup_errors=True) as folder:
        yield Traces(project, Path(folder) / "pip.log")
