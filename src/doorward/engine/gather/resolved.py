"""What package managers fetched during a run, as far as they leave word of it.

pip writes a log where ``PIP_LOG`` names a file, and npm what it installed, with address and digest, into
``node_modules/.package-lock.json``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from doorward.errors import ManifestError
from doorward.model.resolution import Download
from doorward.records import dataclass
from doorward.sources.logs import pip
from doorward.sources.logs._events import Fetched
from doorward.sources.logs._lines import LONGEST
from doorward.sources.manifests import npm_lock
from doorward.sources.settings import configured

_NPM = "node_modules/.package-lock.json"
_LARGEST = 256 << 20
#: What a file system's clock may lag behind.
_SLACK = timedelta(seconds=2)
_PIP_LOG = "PIP_LOG"
#: A folder without settings.
_NOWHERE = Path("/nonexistent")


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
        for told in (self._npm, self._pip):
            try:
                found += told(since)
            except FileNotFoundError:
                continue
            except (OSError, UnicodeDecodeError, ManifestError) as error:
                self.unread.append(f"what was fetched cannot be told: {error}")
        return tuple(dict.fromkeys(found))

    def _npm(self, since: datetime) -> Iterator[Download]:
        path = self.project / _NPM
        written = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
        if written < since - _SLACK:
            return
        with path.open(encoding="utf-8") as file:
            inventory = npm_lock.parse(file.read(_LARGEST), _NPM, lambda _name: None)
        for item in inventory.packages:
            if item.source == "registry" and item.version and item.url:
                tarball = (
                    f"{item.url.rstrip('/')}/{item.name}/-/{item.digests[0].filename}" if item.digests else item.url
                )
                digests = tuple(map(str, item.digests))
                yield Download(written, item.type, item.name, item.version, tarball, digests, _NPM)

    def _pip(self, since: datetime) -> Iterator[Download]:
        if self.log is None:
            return
        with self.log.open("rb") as stream:
            for event in pip.parse(iter(partial(stream.readline, LONGEST), b""), self.log.name):
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


@contextmanager
def traces(project: Path, environ: Mapping[str, str]) -> Iterator[Traces]:
    """Give package managers a place to write to while a command runs. What the user has set stays."""
    if environ.get(_PIP_LOG):
        yield Traces(project, None)
        return
    with TemporaryDirectory(prefix="guard-", ignore_cleanup_errors=True) as folder:
        yield Traces(project, Path(folder) / "pip.log")
