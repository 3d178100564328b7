"""The subjects Release and ReleaseChange: one version of a package, and the step from the version before it."""

from __future__ import annotations

from datetime import datetime, timedelta

from doorward.model.content import ArtifactContent, Hook, Requirement
from doorward.model.facts import Fact, Known, Missing
from doorward.model.intelligence import Intelligence
from doorward.model.purl import Purl
from doorward.model.registry import ArtifactRecord, Identity
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of a release: what the index says of it, and what it contains where doorward read it."""

    record: ArtifactRecord
    #: ``Missing`` where it was not chosen for reading, or could not be read.
    content: Fact[ArtifactContent]
    #: Whether doorward meant to read it. A chosen artifact without content makes the release's content facts Missing.
    chosen: bool = False
    #: "sha256:HEX" of the bytes that came, where they differ from every stated digest; "" otherwise.
    differs: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a package."""

    purl: Purl
    artifacts: Fact[tuple[Artifact, ...]]
    #: First upload of the release; ``Missing`` where the index does not tell.
    published: Fact[datetime]
    publisher: Fact[Identity | None]
    #: Whether the index states provenance for it.
    provenance: Fact[bool]
    #: Union over the artifacts that were read; ``Missing`` where one that was chosen could not be read.
    contents: Fact[tuple[ArtifactContent, ...]]
    hooks: Fact[tuple[Hook, ...]]
    requirements: Fact[tuple[Requirement, ...]]
    repository: Fact[str]
    #: Reason of a yank or deprecation, Known(None) where there is none.
    withdrawn: Fact[str | None]
    #: The subject's id where it is not the purl: "file:NAME@sha256:HEX".
    file_id: str = ""

    @property
    def subject(self) -> str:
        """The subject's id in reports."""
        return self.file_id or str(self.purl)

    @property
    def version(self) -> str:
        """The version as the index writes it."""
        return self.purl.version


@dataclass(frozen=True, slots=True)
class PastRelease:
    """An earlier release, by metadata (and by stored contents, where doorward has read it before)."""

    version: str
    published: datetime | None
    publisher: Identity | None
    provenance: bool | None
    #: Size in bytes by comparable kind of artifact.
    sizes: tuple[tuple[str, int], ...]
    #: Comparable kinds of all its artifacts.
    platforms: frozenset[str]
    #: Names of install hooks ("npm:postinstall"); None where not known.
    hooks: frozenset[str] | None
    #: Names of dependencies of any group; None where not known.
    requirements: frozenset[str] | None
    #: True where the version is in the same major line as the new one.
    same_line: bool


@dataclass(frozen=True, slots=True)
class SizeStep:
    """The size of a release against the one before it, and against the package's habit (reference, section 5)."""

    #: Median over artifact kinds in both releases of ln(new size / old size).
    step: float
    #: The same for the steps of the last 20 releases, oldest first.
    history: tuple[float, ...]
    #: (step - median) / max(1.4826 * MAD, 0.05); None with fewer than five values of history.
    z: float | None
    #: Bytes of new and old artifact of the kind that stands for the release (sdist, else the largest).
    new_bytes: int
    old_bytes: int
    #: Sizes in bytes of that kind in the last releases, oldest first, for the evidence and the sparkline.
    usual: tuple[int, ...]
    #: That kind, as :attr:`ArtifactRecord.platform` writes it.
    kind: str = ""


@dataclass(frozen=True, slots=True)
class NewDependency:
    """A dependency that the new release declares and the old one does not."""

    requirement: Requirement
    #: First publication of that package, ``Missing`` where unknown; Known(None) where it is not of a registry.
    first_published: Fact[datetime | None]
    #: Whether the release's own code imports it; ``Missing`` where that cannot be told.
    imported: Fact[bool]
    #: Whether its document could be had at all. An index that has it may still not tell when it was first published.
    looked_up: Fact[bool] = Known(value=True)


@dataclass(frozen=True, slots=True)
class LockedDigest:
    """A digest that a lock file declares."""

    #: "sha256", "sha512", "sha1", "md5" ...
    algorithm: str
    #: Lower-case hex.
    value: str
    #: The file it is of, "" where the lock does not tell.
    filename: str = ""

    def __str__(self) -> str:
        """Return ``algorithm:hex``."""
        return f"{self.algorithm}:{self.value}"


NO_FEED = Missing("no feed is imported")
#: Why a bare file has no facts of a registry.
BARE_FILE = Missing("it is a file, not a release on an index")
_NO_OTHERS: Fact[tuple[str, ...]] = Known(())


@dataclass(frozen=True, slots=True)
class ReleaseChange:
    """The step from one release to the next, with the history that says what is usual."""

    new: Release
    #: Known(None): there is no earlier release, so rules that compare rest.
    old: Fact[Release | None]
    #: Every earlier release that is known, newest first.
    history: Fact[tuple[PastRelease, ...]]
    #: Known(None) where nothing can be compared.
    size: Fact[SizeStep | None]
    new_dependencies: Fact[tuple[NewDependency, ...]]
    #: When the facts were gathered: the only clock of the rules.
    observed_at: datetime
    #: When this store first saw the release.
    first_seen: datetime
    #: The policy's minimum age of a release.
    cooldown: timedelta = timedelta(days=3)
    #: What the lock file declares for this release.
    locked: tuple[LockedDigest, ...] = ()
    #: Where the lock file takes the release from, if that is none of the configured indexes; else "".
    elsewhere: str = ""
    #: Other versions of the package that were published within an hour of this one.
    burst: Fact[tuple[str, ...]] = _NO_OTHERS
    #: What imported feeds say of the new release.
    intelligence: Fact[Intelligence] = NO_FEED
    #: Digests of the files that it installed, where it is installed and lists them.
    installed: tuple[LockedDigest, ...] = ()

    @property
    def subject(self) -> str:
        """The subject's id in reports."""
        return self.new.subject

    @property
    def age(self) -> Fact[timedelta]:
        """Time from publication to observation."""
        if isinstance(self.new.published, Missing):
            return self.new.published
        return Known(self.observed_at - self.new.published.value)
