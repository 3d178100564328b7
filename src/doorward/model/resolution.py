"""What package managers fetched during a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from doorward.model.purl import make_purl


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

    @property
    def purl(self) -> str:
        """The release, as a package URL."""
        return str(make_purl(self.ecosystem, self.package, self.version))
