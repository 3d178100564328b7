"""What the lenses see in one file: facts of its bytes and its extension alone, so that equal files are looked at once.

This is the one place that calls the lenses. Two releases of a package share most of their files; the memory below makes
the second side of an upgrade cost little more than its hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from threading import Lock

from doorward.sources.content.capabilities import capabilities_of, line_at
from doorward.sources.content.endpoints import PLACES, Found, addresses_in, is_raw, urls_in
from doorward.sources.content.formats import format_of
from doorward.sources.content.languages import expects_text, extension_of, language_of
from doorward.sources.content.opaque import USUAL_LINE, is_high_entropy, longest_line, opaque_kinds

#: Files whose facts are remembered in this process.
_REMEMBERED = 20_000
#: Addresses that are remembered of one file.
_ADDRESSES = 5000
#: Names of things in other people's records, not protection: some builds of Python refuse them otherwise.
_sha1 = partial(hashlib.sha1, usedforsecurity=False)
_md5 = partial(hashlib.md5, usedforsecurity=False)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The facts of one file."""

    size: int
    sha256: bytes
    sha1: bytes
    md5: bytes
    blob: bytes
    format: str
    language: str
    longest_line: int
    opaque: tuple[str, ...]
    #: (capability, line, text of the line), each capability once.
    capabilities: tuple[tuple[str, int, str], ...]
    imports: tuple[str, ...]
    endpoints: tuple[Found, ...]
    #: Whether there were more endpoints than were looked at.
    overflow: bool


class Memory:
    """Facts by digest and extension, the least recently added forgotten first."""

    def __init__(self, capacity: int = _REMEMBERED) -> None:
        self._capacity = capacity
        self._facts: dict[tuple[bytes, str], FileFacts] = {}
        self._lock = Lock()

    def recall(self, key: tuple[bytes, str]) -> FileFacts | None:
        """Return the facts under ``key``, if they are remembered."""
        return self._facts.get(key)

    def keep(self, key: tuple[bytes, str], facts: FileFacts) -> None:
        """Remember facts."""
        with self._lock:
            if len(self._facts) >= self._capacity:
                for old in list(islice(self._facts, self._capacity // 4)):
                    del self._facts[old]
            self._facts[key] = facts

    def forget(self) -> None:
        """Forget everything, for measurements."""
        with self._lock:
            self._facts.clear()


class Examiner:
    """Examines the files of one artifact."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def examine(self, path: str, data: bytes) -> FileFacts:
        """Return the facts of a whole file."""
        extension = extension_of(path)
        sha256 = hashlib.sha256(data).digest()
        key = (sha256, extension)
        facts = self._memory.recall(key)
        if facts is None:
            size = len(data)
            blob = _sha1(b"blob %d\0" % size)
            blob.update(data)
            digests = (sha256, _sha1(data).digest(), _md5(data).digest(), blob.digest())
            facts = self._look(extension, data, size, digests)
            self._memory.keep(key, facts)
        return facts

    def examine_large(self, path: str, size: int, head: bytes, rest: Iterator[bytes]) -> FileFacts:
        """Return the facts of a file that is hashed in pieces, and of which the lenses see the head alone."""
        hashes = (
            hashlib.sha256(),
            _sha1(),
            _md5(),
            _sha1(b"blob %d\0" % size),
        )
        for hash_ in hashes:
            hash_.update(head)
        for piece in rest:
            for hash_ in hashes:
                hash_.update(piece)
        sha256, sha1, md5, blob = (hash_.digest() for hash_ in hashes)
        return self._look(extension_of(path), head, size, (sha256, sha1, md5, blob))

    def _look(self, extension: str, data: bytes, size: int, digests: tuple[bytes, bytes, bytes, bytes]) -> FileFacts:
        form = format_of(data)
        language = language_of(extension, data)
        longest = 0
        opaque: tuple[str, ...] = ()
        if form == "text" or language:
            longest = longest_line(data) if size > USUAL_LINE else 0
            if language or longest:
                opaque = opaque_kinds(data, longest, language)
        elif not form and expects_text(extension) and is_high_entropy(data):
            opaque = ("high-entropy",)
        urls = urls_in(data)
        found: dict[str, int] = {}
        imports: tuple[str, ...] = ()
        if language:
            imports, found = capabilities_of(data, language)
            if "network" in found:
                urls |= addresses_in(data)
            raw = next((place for (scheme, host, _), place in urls.items() if is_raw(scheme, host)), -1)
            if raw >= 0:
                found["raw-ip-url"] = raw
        places = tuple((name, *line_at(data, place)) for name, place in sorted(found.items()))
        endpoints = tuple(urls)[:_ADDRESSES]
        overflow = len(urls) > _ADDRESSES or len(urls) >= PLACES
        return FileFacts(size, *digests, form, language, longest, opaque, places, imports, endpoints, overflow)
