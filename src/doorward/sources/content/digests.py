"""Digests of artifacts and of their members, side by side on threads where the data is worth it.

Hashing releases the interpreter, so that a second processor can hash while the first reads on.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from typing import Protocol, TypeAlias

from doorward.sources.archives import Blob, chunks
from doorward.sources.content.memory import Memory

#: Bytes that are worth handing over to a thread, which costs about as much as hashing 64 kB.
WORTH_A_THREAD = 1 << 18
#: Bytes of members that wait for their digests at most.
_HELD = 32 << 20

#: SHA-1, MD5, SHA-1 as a git blob.
Weak: TypeAlias = tuple[bytes, bytes, bytes]

#: SHA-1 and MD5 are names of things in other people's records, not protection: some builds refuse them otherwise.
_sha1 = partial(hashlib.sha1, usedforsecurity=False)
_md5 = partial(hashlib.md5, usedforsecurity=False)
_ARTIFACT: dict[str, Callable[[], _Hash]] = {
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "sha1": _sha1,
    "md5": _md5,
    "blake2b_256": partial(hashlib.blake2b, digest_size=32),
}


class _Hash(Protocol):
    """What hashlib's objects have in common."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""

    def digest(self) -> bytes:
        """Return the digest."""

    def hexdigest(self) -> str:
        """Return the digest in hex."""


def artifact_digests(blob: Blob, pool: Executor) -> Iterable[str]:
    """Return "algorithm:hex" of the artifact as a whole, strongest first; iterate as late as possible."""
    if not blob.in_memory:
        hashes = {name: new() for name, new in _ARTIFACT.items()}
        for chunk in chunks(blob):
            _update(list(hashes.values()), chunk, pool)
        return [f"{name}:{hash_.hexdigest()}" for name, hash_ in hashes.items()]
    data = blob.at(0, blob.size)
    digest = map if blob.size < WORTH_A_THREAD else pool.map
    return digest(lambda name: f"{name}:{_hashed(_ARTIFACT[name](), data).hexdigest()}", _ARTIFACT)


class MemberDigests:
    """SHA-1, MD5 and SHA-1 as a git blob of the members of one artifact, by their SHA-256.

    They are taken in batches on a thread while the reading goes on; nothing but records of others needs them before its
    end. ``memory`` holds those of files seen before.
    """

    def __init__(self, memory: Memory[bytes, Weak], pool: Executor) -> None:
        self._memory = memory
        self._pool = pool
        self._known: dict[bytes, Weak] = {}
        self._batch: dict[bytes, bytes] = {}
        self._size = 0
        self._waiting: deque[tuple[Future[dict[bytes, Weak]], int]] = deque()
        self._held = 0

    def want(self, sha256: bytes, data: bytes) -> None:
        """Take the digests of a whole file."""
        if sha256 in self._known or sha256 in self._batch:
            return
        known = self._memory.recall(sha256)
        if known is not None:
            self._known[sha256] = known
            return
        self._batch[sha256] = data
        self._size += len(data)
        if self._size >= WORTH_A_THREAD:
            self._hand_over()

    def note(self, sha256: bytes, digests: Weak) -> None:
        """Note the digests of a file that was hashed in pieces."""
        self._known[sha256] = digests

    def all(self) -> Mapping[bytes, Weak]:
        """Return the digests of all files, once the last is taken in."""
        self._keep(_weak_digests(self._batch))
        self._batch = {}
        while self._waiting:
            self._collect()
        return self._known

    def _hand_over(self) -> None:
        self._waiting.append((self._pool.submit(_weak_digests, self._batch), self._size))
        self._held += self._size
        self._batch, self._size = {}, 0
        while self._held > _HELD:
            self._collect()

    def _collect(self) -> None:
        future, size = self._waiting.popleft()
        self._held -= size
        self._keep(future.result())

    def _keep(self, found: Mapping[bytes, Weak]) -> None:
        self._known.update(found)
        for sha256, digests in found.items():
            self._memory.keep(sha256, digests)


def _weak_digests(files: Mapping[bytes, bytes]) -> dict[bytes, Weak]:
    found = {}
    for sha256, data in files.items():
        blob = _sha1(b"blob %d\0" % len(data))
        blob.update(data)
        found[sha256] = _sha1(data).digest(), _md5(data).digest(), blob.digest()
    return found


def large_member_digests(size: int, pieces: Iterator[bytes], pool: Executor) -> tuple[bytes, Weak]:
    """Return SHA-256, and SHA-1, MD5 and SHA-1 as a git blob, of a member of ``size`` bytes that comes in pieces."""
    hashes: list[_Hash] = [hashlib.sha256(), _sha1(), _md5(), _sha1(b"blob %d\0" % size)]
    for piece in pieces:
        _update(hashes, piece, pool)
    sha256, sha1, md5, blob = (hash_.digest() for hash_ in hashes)
    return sha256, (sha1, md5, blob)


def _update(hashes: list[_Hash], piece: bytes, pool: Executor) -> None:
    if len(piece) < WORTH_A_THREAD:
        for hash_ in hashes:
            hash_.update(piece)
    else:
        for _ in pool.map(lambda hash_: hash_.update(piece), hashes):
            pass


def _hashed(hash_: _Hash, data: bytes) -> _Hash:
    hash_.update(data)
    return hash_
