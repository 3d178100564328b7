"""Files of an installed tree, read so that nothing in it leads outside, blocks, or costs more than its bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from doorward.errors import ManifestError, SourceError
from doorward.model.dependency import InventoryGap
from doorward.sources.archives.source import Blob, FileBlob

#: Bytes of the largest file that is read into memory: an rpm or dpkg database of a full machine has some 150 MB.
LARGEST = 512_000_000
#: Entries that a walk looks at before it stops and says so.
_MOST = 5_000_000
#: Folders of a whole machine that are no files of anybody.
_UNREAL = frozenset({"proc", "sys", "dev", "run"})
_RUNS = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


class Files(Protocol):
    """Somewhere that an installed tree is read from, by paths relative to its root."""

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is none; raise ManifestError where it cannot be read."""

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted, none where it is not there."""

    def blob(self, path: str) -> AbstractContextManager[Blob]:
        """Give random access to a file; raise ManifestError where it cannot be read."""


def text_of(files: Files, path: str) -> str:
    """Return a file's text; raise ManifestError where it is absent. Bytes that are not UTF-8 become replacements."""
    content = files.content(path)
    if content is None:
        raise ManifestError(f"{path}: not there")
    return content.decode("utf-8-sig", "replace")


class Disk:
    """A folder on disk. Links are not followed: what they lead to is met where it lies."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise ManifestError(f"{root}: not a folder")
        self._root = os.path.realpath(root)
        #: What the walk could not look at.
        self.gaps: list[InventoryGap] = []

    def walk(self, exclude: Callable[[str], bool]) -> Iterator[tuple[str, bool, int]]:
        """Yield every regular file with whether it is executable, and its size."""
        waiting, seen = [""], 0
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(self._full(folder)) as entries:
                    for entry in entries:
                        seen += 1
                        path = f"{folder}/{entry.name}" if folder else entry.name
                        if exclude(path) or (self._root == "/" and path in _UNREAL):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(path)
                        elif entry.is_file(follow_symlinks=False):
                            about = entry.stat(follow_symlinks=False)
                            yield path, bool(about.st_mode & _RUNS), about.st_size
            except OSError as error:
                self.gaps.append(InventoryGap(folder, f"the folder cannot be read: {error.strerror}"))
            if seen > _MOST:
                self.gaps.append(InventoryGap(folder, f"more than {_MOST} files and folders: the rest was not read"))
                return

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is none; raise ManifestError where it cannot be read."""
        try:
            with self._opened(path) as file:
                content = os.read(file, 1 << 16)
                if len(content) == 1 << 16:
                    content += self._rest(file, path)
                return content
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise ManifestError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error

    def head(self, path: str, length: int) -> bytes:
        """Return the first bytes of a file, none where it cannot be read."""
        try:
            with self._opened(path) as file:
                return os.read(file, length)
        except (OSError, ValueError, SourceError):
            return b""

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted, none where it is not there."""
        try:
            return sorted(entry.name for entry in Path(self._full(folder)).iterdir())
        except (OSError, ValueError):
            return []

    @contextmanager
    def blob(self, path: str) -> Iterator[Blob]:
        """Give random access to a file; raise ManifestError where it cannot be read."""
        try:
            file = os.fdopen(self._open(path), "rb")
        except (OSError, ValueError) as error:
            raise ManifestError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
        with file:
            yield FileBlob(file)

    def _full(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}" if path else self._root

    @contextmanager
    def _opened(self, path: str) -> Iterator[int]:
        file = self._open(path)
        try:
            yield file
        finally:
            os.close(file)

    def _open(self, path: str) -> int:
        """Open a regular file, without waiting for the writer of a pipe that may have taken its place."""
        file = os.open(self._full(path), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            os.close(file)
            raise ManifestError(f"{path}: not a regular file")
        if about.st_size > LARGEST:
            os.close(file)
            raise ManifestError(f"{path}: larger than {LARGEST} bytes")
        return file

    @staticmethod
    def _rest(file: int, path: str) -> bytes:
        pieces, total = [], 0
        while piece := os.read(file, 1 << 20):
            pieces.append(piece)
            total += len(piece)
            if total > LARGEST:
                raise ManifestError(f"{path}: larger than {LARGEST} bytes")
        return b"".join(pieces)
