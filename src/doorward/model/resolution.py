"""What package managers fetched during a run."""

from __future__ import annotations

from datetime import datetime

from doorward.model.purl import make_purl
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class Download:
    """One artifact that a package manager fetched."""

    time: datetime
    #: purl type.
    ecosystem: str
    #: Name as the registry knows it.
    package: str
    version: str
    #: Where it came from, without user information and query; the index, where only that is told.
    url: str
    #: "sha256:HEX" and the like, as the manager or its log states them.
    digests: tuple[str, ...] = ()
    #: What tells of it: "pip's log", "node_modules/.package-lock.json".
    told_by: str = ""
    #: The index page that named it, "" where that is not told: what an index lists may lie on another host.
    index: str = ""
    #: Digests that the manager demanded and that the bytes did not have.
    demanded: tuple[str, ...] = ()
    #: Whether it was fetched into an isolated build environment, of which lock files do not speak.
    build: bool = False

    @property
    def purl(self) -> str:
        """The release, as a package URL."""
        return str(make_purl(self.ecosystem, self.package, self.version))
