"""The objects of a repository, one after the other; each is checked against its id: a pack can be written by hand."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from doorward.errors import RepositoryError, UnreadableObject
from doorward.sources.repositories.process import Git, Running

#: A commit or tag larger than this is refused.
_MAX_OBJECT = 64 << 20
#: Bytes of a refused object that are thrown away at once.
_CHUNK = 1 << 20
#: Objects at which git itself may give up before it is not asked again.
_DEATHS = 64


class ObjectStream:
    """The output of ``git cat-file --batch`` for ids that are known beforehand, in their order."""

    def __init__(self, git: Git, ids: Sequence[str], object_format: str) -> None:
        """Start git; :func:`object_stream` also ends it."""
        self.format = object_format
        self._git, self._ids, self._at, self._deaths = git, ids, 0, 0
        self._hash = hashlib.sha256 if object_format == "sha256" else hashlib.sha1
        self._batch = self._start()
        self._output = self._batch.output

    def read(self, wanted: str, kind: bytes) -> bytes:
        """Return the bytes of the next object, which must be ``wanted``.

        Raises :class:`UnreadableObject` where it is not there, is not whole, or is another one.
        """
        self._at += 1
        words = self._output.readline().split()
        if not words:
            raise self._passed_over(wanted)
        if words[-1] == b"missing":
            raise UnreadableObject(f"the repository does not hold the object {wanted}")
        size = int(words[2])
        if words[1] != kind:
            self._skip(size)
            raise UnreadableObject(f"{wanted} is not a {kind.decode()}")
        if size > _MAX_OBJECT:
            self._skip(size)
            raise UnreadableObject(f"the {kind.decode()} {wanted} is larger than {_MAX_OBJECT >> 20} MB")
        content = self._output.read(size)
        if len(content) < size:
            raise self._passed_over(wanted)
        self._output.read(1)
        if self._hash(b"%s %d\0%s" % (kind, size, content), usedforsecurity=False).hexdigest() != wanted:
            raise UnreadableObject(f"the object {wanted} does not match its id")
        return content

    def close(self) -> None:
        """End git."""
        self._batch.close()

    def _start(self) -> Running:
        with tempfile.TemporaryFile() as ids:
            ids.write("".join(f"{one}\n" for one in self._ids[self._at :]).encode())
            ids.seek(0)
            return self._git.start("cat-file", "--batch", "--buffer", stdin=ids)

    def _passed_over(self, wanted: str) -> RepositoryError:
        """Go on behind an object at which git itself gave up, and return what to raise for that one."""
        failure = self._batch.failure()
        self._deaths += 1
        if self._deaths > _DEATHS:
            return failure
        self._batch.close()
        self._batch = self._start()
        self._output = self._batch.output
        return UnreadableObject(f"{wanted}: {failure}")

    def _skip(self, size: int) -> None:
        left = size + 1
        while left:
            passed = len(self._output.read(min(left, _CHUNK)))
            if not passed:
                raise self._batch.failure()
            left -= passed


@contextmanager
def object_stream(git: Git, ids: Iterable[str], object_format: str) -> Iterator[ObjectStream]:
    """Read objects in the order of ``ids``."""
    stream = ObjectStream(git, list(ids), object_format)
    try:
        yield stream
    finally:
        stream.close()
