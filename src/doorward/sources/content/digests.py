"""Digests of artifacts and of their members, side by side on threads where the data is worth it.

Hashing releases the interpreter, so that a second processor can hash while the first reads on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from typing import Protocol, TypeAlias

from doorward.sources.archives import Blob, chunks
from doorward.sources.content.memory import Memory

#: Bytes that are worth handing over to a thread, which costs about as much as hashing 64 kB.
WORTH_A_THREAD = 1 << 18
#: Bytes of a member whose digests are worth a thread, and of all those that wait for theirs at most.
_LARGE = 1 << 16
_HELD = 32 << 20

#: SHA-1 and MD5.
Weak: TypeAlias = tuple[bytes, bytes]
NOT_TAKEN: Weak = (b"", b"")

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


class WeakDigests:
    """SHA-1 and MD5 of the members of one artifact, by their SHA-256.

    Those of large members are taken on a thread while the reading goes on; a thread that hashes small ones would wait
    for the interpreter longer than it hashes. ``memory`` holds those of files seen before.
    """

    def __init__(self, memory: Memory[bytes, Weak], pool: Executor) -> None:
        self._memory = memory
        self._pool = pool
        self._known: dict[bytes, Weak] = {}
        self._waiting: dict[bytes, tuple[Future[Weak], int]] = {}
        self._held = 0

    def want(self, sha256: bytes, data: bytes) -> None:
        """Take the digests of a whole file."""
        if sha256 in self._known or sha256 in self._waiting:
            return
        known = self._memory.recall(sha256)
        if known is not None:
            self._known[sha256] = known
        elif len(data) < _LARGE:
            self.note(sha256, _weak(data))
        else:
            self._waiting[sha256] = self._pool.submit(_weak, data), len(data)
            self._held += len(data)
            while self._held > _HELD:
                self._collect()

    def note(self, sha256: bytes, digests: Weak) -> None:
        """Note the digests of a file."""
        self._known[sha256] = digests
        self._memory.keep(sha256, digests)

    def all(self) -> Mapping[bytes, Weak]:
        """Return the digests of all files, once the last is taken in."""
        while self._waiting:
            self._collect()
        return self._known

    def _collect(self) -> None:
        sha256 = next(iter(self._waiting))
        future, size = self._waiting.pop(sha256)
        self._held -= size
        self.note(sha256, future.result())


def _weak(data: bytes) -> Weak:
    return _sha1(data).digest(), _md5(data).digest()


def large_member_digests(pieces: Iterator[bytes], pool: Executor, *, weak: bool) -> tuple[bytes, Weak]:
    """Return SHA-256 of a member that comes in pieces, and SHA-1 and MD5 where ``weak`` asks for these, else b""."""
    hashes: list[_Hash] = [hashlib.sha256(), *((_sha1(), _md5()) if weak else ())]
    for piece in pieces:
        _update(hashes, piece, pool)
    sha256, *rest = (hash_.digest() for hash_ in hashes)
    return sha256, (rest[0], rest[1]) if weak else NOT_TAKEN


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
