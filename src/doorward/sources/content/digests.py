"""Digests of artifacts and of their members, side by side on threads where the data is worth it.

Hashing releases the interpreter, so that a second processor can hash while the first reads on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import Protocol

from doorward.sources.archives import Blob, chunks

#: Bytes that are worth handing over to a thread, which costs about as much as hashing 64 kB.
WORTH_A_THREAD = 1 << 18

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


def member_digests(data: bytes, pool: Executor) -> Iterable[bytes]:
    """Return SHA-1, MD5 and SHA-1 as a git blob of a member; iterate as late as possible."""
    blob = _sha1(b"blob %d\0" % len(data))
    if len(data) < WORTH_A_THREAD:
        blob.update(data)
        return _sha1(data).digest(), _md5(data).digest(), blob.digest()
    return pool.map(lambda hash_: _hashed(hash_, data).digest(), (_sha1(), _md5(), blob))


def large_member_digests(size: int, pieces: Iterator[bytes], pool: Executor) -> tuple[bytes, ...]:
    """Return SHA-256, SHA-1, MD5 and SHA-1 as a git blob of a member of ``size`` bytes that comes in pieces."""
    hashes: list[_Hash] = [hashlib.sha256(), _sha1(), _md5(), _sha1(b"blob %d\0" % size)]
    for piece in pieces:
        _update(hashes, piece, pool)
    return tuple(hash_.digest() for hash_ in hashes)


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
