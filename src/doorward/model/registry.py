"""What a package index says of a package, as it said it.

These are records of documents: a value that the document does not carry is None, and ``carries`` names the kinds of
value that it is known to carry, so that gathering can tell "absent" from "this index does not tell" once it has seen
all documents of that host.
"""

from __future__ import annotations

from datetime import datetime

from doorward.model.content import Requirement
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class ArtifactRecord:
    """One file that an index offers."""

    filename: str
    url: str
    #: "sdist", "wheel", "npm", or "other" (eggs, installers): listed, never read.
    kind: str
    #: Comparable kind across releases: "sdist", "npm", or "wheel:<os family>:<arch>:<python tag>:<abi>", such as
    #: "wheel:any::py3:none".
    platform: str
    #: Bytes; None where the index does not tell.
    size: int | None = None
    #: "sha256:HEX", "sha512:HEX", "sha1:HEX" ...; strongest first.
    digests: tuple[str, ...] = ()
    #: Upload time, with time zone.
    uploaded: datetime | None = None
    #: Reason of a yank ("" where none is given); None where it is not yanked.
    yanked: str | None = None
    #: Address of its attestations; None where the index names none.
    provenance: str | None = None
    #: Bytes that it unpacks to, where the index states that (npm does, in place of the size).
    unpacked: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who published, as the index states it."""

    #: "person", "workflow", "token".
    kind: str
    #: Account name, or "github:owner/repo/workflow.yml".
    name: str


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """One version of a package, as the index states it."""

    version: str
    files: tuple[ArtifactRecord, ...] = ()
    published: datetime | None = None
    publisher: Identity | None = None
    #: True or False where the index tells whether there is provenance, else None.
    provenance: bool | None = None
    #: Install scripts by name and command; None where the document does not carry them.
    scripts: tuple[tuple[str, str], ...] | None = None
    requirements: tuple[Requirement, ...] | None = None
    repository: str = ""
    #: Reason of a deprecation or yank; None where there is none.
    withdrawn: str | None = None


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """One package, as an index states it, versions in no particular order."""

    #: purl type.
    type: str
    #: Name as the ecosystem normalises it, scope included.
    name: str
    #: Address of the index, without user information.
    index: str
    fetched: datetime
    versions: tuple[VersionRecord, ...]
    #: Owners and maintainers; None where the index does not tell.
    owners: tuple[str, ...] | None = None
    repository: str = ""
    #: Which of "times", "sizes" (or unpacked ones), "publisher", "provenance", "owners", "scripts", "requirements"
    #: this document carries.
    carries: frozenset[str] = frozenset()
    #: Facts that would be there but could not be had, and why ("owners", "the index answered 500").
    failed: tuple[tuple[str, str], ...] = ()
    #: True where the document's times contradict each other so that they cannot be the times of publication.
    times_rewritten: bool = False
    #: When versions were published that the index tells of, and no longer has.
    removed: tuple[tuple[str, datetime], ...] = ()
