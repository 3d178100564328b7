"""How much doorward reads before it stops and says so. Sizes in bytes, times in seconds."""

from __future__ import annotations

from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Caps on one artifact. The defaults leave honest packages alone: the largest wheels unpack to about 3 GB."""

    #: Uncompressed size of one entry, and of all together.
    entry_bytes: int = 1 << 30
    total_bytes: int = 4 << 30
    entries: int = 200_000
    #: Uncompressed over compressed size of the whole, checked once more than 64 MB came out.
    ratio: int = 200
    #: Archives inside archives that are opened, one inside the other. What is inside has the caps on bytes and entries
    #: for itself, all such archives of an artifact together, and the ratio is of each one to its own size.
    nesting: int = 3
    #: Seconds of reading.
    seconds: float = 120.0
    #: Compressed bytes above which an artifact spools to a private temporary file.
    spool_bytes: int = 64 << 20
    #: Bytes of code of which digests are taken that tell how alike files are: 0.3 us each, so only where a feed has
    #: some.
    similar_bytes: int = 0
    #: Whether MD5 and SHA-1 of every member are taken: a fifth of the time of reading, so only where a feed has some.
    weak_digests: bool = False


@dataclass(frozen=True, slots=True)
class NetworkLimits:
    """Caps on fetching."""

    #: Bytes of one metadata document, of one artifact, and of all artifacts of one scan.
    document_bytes: int = 64 << 20
    artifact_bytes: int = 1 << 30
    budget_bytes: int = 500_000_000
    #: Seconds to connect, between two reads, and for one document in all.
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 300.0
    #: Seconds for one metadata document in all, redirects and retries included: one that drips holds up a whole scan.
    document_seconds: float = 30.0
    #: Seconds after which a body that comes by drops, whatever its size, is given up.
    patience_seconds: float = 60.0
    retries: int = 3
    redirects: int = 5
    #: Requests at the same time.
    concurrency: int = 16


@dataclass(frozen=True, slots=True)
class RepositoryLimits:
    """Caps on fetching one repository."""

    #: Bytes of the list of refs, and of the clone's objects.
    listing_bytes: int = 128 << 20
    clone_bytes: int = 64 << 30
    #: Seconds for either.
    listing_seconds: float = 120.0
    clone_seconds: float = 3_600.0


#: The same for a repository that only a package names.
UNTRUSTED_REPOSITORY = RepositoryLimits(clone_bytes=1 << 30, listing_seconds=60.0, clone_seconds=300.0)
