"""What comes down a connection: decoded and capped, hashed, and counted against a budget."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Self

from doorward.errors import BadResponse, OverBudget, TooLarge

#: Digests of a download, as they are written before the colon. BLAKE2b has 32 bytes, as Python's indexes use it.
ALGORITHMS = ("sha256", "sha512", "sha1", "md5", "blake2b_256")

#: Most bytes that one step of decompression may yield.
_STEP = 1 << 18


def decoded(chunks: Iterable[bytes], encoding: str, cap: int, where: str) -> Iterator[bytes]:
    """Yield a body without its content coding, never more than ``cap`` bytes of it.

    TooLarge beyond the cap, however small the body was on the wire; BadResponse for an unknown coding, and for a
    compressed body that is damaged or ends early.
    """
    if encoding in {"", "identity"}:
        plain: Iterable[bytes] = chunks
    elif encoding in {"gzip", "x-gzip"}:
        plain = _gunzipped(chunks, where)
    else:
        raise BadResponse(f"{where} came in a coding that was not asked for")
    total = 0
    for chunk in plain:
        total += len(chunk)
        if total > cap:
            raise TooLarge(f"{where} is larger than {cap} bytes")
        yield chunk


def _gunzipped(chunks: Iterable[bytes], where: str) -> Iterator[bytes]:
    """Yield what gzip members hold, in steps of bounded size. Bytes after the last member are an error, as in gzip."""
    inflate = zlib.decompressobj(wbits=31)
    fresh = True
    try:
        for chunk in chunks:
            data, more = chunk, True
            while data or more:
                if inflate.eof:
                    inflate = zlib.decompressobj(wbits=31)
                fresh = False
                plain = inflate.decompress(data, _STEP)
                if plain:
                    yield plain
                data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
                # A step that was filled may have left output inside although all input went in.
                more = len(plain) == _STEP and not inflate.eof
    except zlib.error:
        raise BadResponse(f"{where} came damaged: its compression does not decode") from None
    if not inflate.eof and not fresh:
        raise BadResponse(f"{where} came truncated")


class Digester:
    """Several digests of one stream."""

    def __init__(self, algorithms: Iterable[str]) -> None:
        """Take names of :data:`ALGORITHMS`; ValueError for another."""
        self._hashes = [(name, _new_hash(name)) for name in algorithms]

    def update(self, data: bytes) -> None:
        """Take in the next piece."""
        for _, state in self._hashes:
            state.update(data)

    def values(self) -> tuple[str, ...]:
        """Return ``algorithm:hex`` for each, in the order asked for."""
        return tuple(f"{name}:{state.hexdigest()}" for name, state in self._hashes)


def _new_hash(name: str) -> hashlib._Hash:
    if name not in ALGORITHMS:
        raise ValueError(f"{name} is no digest that doorward computes")
    if name == "blake2b_256":
        return hashlib.blake2b(digest_size=32, usedforsecurity=False)  # type: ignore[return-value]
    return hashlib.new(name, usedforsecurity=False)


class Budget:
    """The bytes that all downloads of one scan may bring together."""

    def __init__(self, total: int) -> None:
        """Take the bytes that may come in all."""
        self._left = total
        self._lock = Lock()

    @property
    def left(self) -> int:
        """Bytes that may still be taken."""
        return self._left

    def take(self, size: int, where: str) -> None:
        """Take ``size`` bytes; OverBudget, and none is taken, where fewer are left."""
        with self._lock:
            if size > self._left:
                raise OverBudget(f"{where} does not fit in the byte budget of this scan ({self._left} bytes are left)")
            self._left -= size

    def give_back(self, size: int) -> None:
        """Return bytes that were taken and did not come."""
        with self._lock:
            self._left += size


class Account:
    """What one download takes from a budget: what is expected of it at first, in the end what came, retries included.

    A context manager; used by one thread.
    """

    def __init__(self, budget: Budget, where: str) -> None:
        """Open an account with nothing taken."""
        self._budget = budget
        self._where = where
        self._taken = 0
        self._came = 0

    def expect(self, size: int) -> None:
        """Take what ``size`` more bytes need; OverBudget where they do not fit."""
        missing = self._came + size - self._taken
        if missing > 0:
            self._budget.take(missing, self._where)
            self._taken += missing

    def count(self, size: int) -> None:
        """Count bytes that came, expected or not; OverBudget where they do not fit."""
        self.expect(size)
        self._came += size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._budget.give_back(self._taken - self._came)
