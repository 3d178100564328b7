"""What artifacts contain. Nothing of them is ever run, imported or unpacked to disk."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from doorward.model.content import ArtifactContent
from doorward.model.limits import ArchiveLimits
from doorward.sources.archives import CHUNK, Blob, Source, chunks, open_archive, open_blob
from doorward.sources.content.assemble import assemble
from doorward.sources.content.filefacts import Memory
from doorward.sources.content.survey import Survey

__all__ = ["ANALYSER", "MEMORY", "analyse"]

#: Version of the analyser: part of the key under which facts are stored. It counts up with every change of a fact.
ANALYSER = "3"

#: Bytes of an artifact whose own digests are taken beside the reading: hashing releases the interpreter.
_WORTH_A_THREAD = 1 << 18

#: Facts of files that this process has seen, shared by all artifacts: both sides of an upgrade have most in common.
MEMORY = Memory()


def analyse(source: Source, filename: str, limits: ArchiveLimits) -> ArtifactContent:
    """Read an artifact once, from front to back, and return what it contains.

    The format is decided by the bytes (zip; tar, plain or with gzip, bzip2 or xz), the kind by content and name.
    A file must be seekable. Raises NotAnArchive, DamagedArchive or ArchiveTooLarge.
    """
    with open_blob(source, limits.spool_bytes) as blob:
        if not blob.in_memory or blob.size < _WORTH_A_THREAD:
            return replace(_read(blob, filename, limits), digests=_digests(blob), size=blob.size)
        with ThreadPoolExecutor(1, "digests") as pool:
            digests = pool.submit(_digests, blob)
            return replace(_read(blob, filename, limits), digests=digests.result(), size=blob.size)


def _read(blob: Blob, filename: str, limits: ArchiveLimits) -> ArtifactContent:
    archive = open_archive(blob, filename, limits)
    survey = Survey(MEMORY)
    for entry in archive:
        survey.add(entry)
    return assemble(archive, survey, filename)


class _Hash(Protocol):
    """What hashlib's objects have in common."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""

    def hexdigest(self) -> str:
        """Return the digest in hex."""


def _digests(blob: Blob) -> tuple[str, ...]:
    """Return the digests of the artifact itself, strongest first."""
    hashes: dict[str, _Hash] = {
        "sha256": hashlib.sha256(),
        "sha512": hashlib.sha512(),
        "sha1": hashlib.sha1(usedforsecurity=False),
        "md5": hashlib.md5(usedforsecurity=False),
        "blake2b_256": hashlib.blake2b(digest_size=32),
    }
    for chunk in chunks(blob, blob.size if blob.in_memory else CHUNK):
        for hash_ in hashes.values():
            hash_.update(chunk)
    return tuple(f"{name}:{hash_.hexdigest()}" for name, hash_ in hashes.items())
