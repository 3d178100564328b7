"""Reads an artifact once, from front to back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from doorward.model.content import ArtifactContent
from doorward.model.limits import ArchiveLimits
from doorward.records import replace
from doorward.sources.archives import Source, open_archive, open_blob
from doorward.sources.content.assemble import assemble
from doorward.sources.content.capabilities import forget_lines
from doorward.sources.content.contents import BEHIND_HOOKS
from doorward.sources.content.digests import Weak, WeakDigests, artifact_digests
from doorward.sources.content.executed import CALLS
from doorward.sources.content.filefacts import FactsMemory
from doorward.sources.content.inner import SEEN
from doorward.sources.content.memory import Memory
from doorward.sources.content.survey import Survey

#: Threads that take digests beside the reading; they start with the first large file.
_HASHERS = 2

#: Facts of files that this process has seen, shared by all artifacts: both sides of an upgrade have most in common.
MEMORY: FactsMemory = Memory()
DIGESTS: Memory[bytes, Weak] = Memory()


def analyse(source: Source, filename: str, limits: ArchiveLimits) -> ArtifactContent:
    """Read an artifact once, from front to back, and return what it contains.

    The format is decided by the bytes (zip; tar, plain or with gzip, bzip2 or xz), the kind by content and name.
    A file must be seekable. Raises NotAnArchive, DamagedArchive or ArchiveTooLarge.
    """
    with open_blob(source, limits.spool_bytes) as blob, ThreadPoolExecutor(_HASHERS, "digests") as pool:
        digests = artifact_digests(blob, pool)
        archive = open_archive(blob, filename, limits)
        survey = Survey(MEMORY, WeakDigests(DIGESTS, pool) if limits.weak_digests else None, pool, limits)
        for entry in archive:
            survey.add(entry)
        return replace(assemble(archive, survey, filename), digests=tuple(digests), size=blob.size)


def forget() -> None:
    """Forget all files that this process has seen, for measurements."""
    for memory in (MEMORY, DIGESTS, BEHIND_HOOKS, CALLS, SEEN):
        memory.forget()
    forget_lines()
