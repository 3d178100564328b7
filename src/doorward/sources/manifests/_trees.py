"""The two places that a project is read from: its folder on disk, and a revision of its repository."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from doorward.errors import ManifestError
from doorward.model.dependency import InventoryGap
from doorward.sources.manifests._git import Objects, files_of, tracked

#: Bytes of the largest file that is read. Lock files of very large projects have some 30 MB.
LARGEST = 256_000_000

#: Folders of other people's code, in which a lock file says nothing about what this project installs.
VENDORED = frozenset({
    "node_modules", ".venv", "venv", "site-packages", ".tox", ".git", "dist", "build", "vendor", "third_party",
})  # fmt: skip

#: Entries that a walk without git looks at before it stops and says so.
_MOST = 2_000_000

_LINK = "120000"
#: Links that lead to links, followed so far.
_HOPS = 8


class Tree(Protocol):
    """Somewhere that files are read from, by paths relative to its root."""

    def paths(self) -> tuple[list[str], list[InventoryGap]]:
        """Return the paths of its files, and what could not be looked at."""

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is none; raise ManifestError where it cannot be read."""


class WorkTree:
    """A folder on disk. With ``untracked`` git is not asked which of its files belong to it."""

    def __init__(self, root: Path, *, untracked: bool = False) -> None:
        if not root.is_dir():
            raise ManifestError(f"{root}: not a folder")
        self._root = os.path.realpath(root)
        self._untracked = untracked

    def paths(self) -> tuple[list[str], list[InventoryGap]]:
        """Return what git tracks; every file, where there is no git."""
        listed = None if self._untracked else tracked(Path(self._root))
        return self._walk() if listed is None else (listed, [])

    def _walk(self) -> tuple[list[str], list[InventoryGap]]:
        found: list[str] = []
        gaps: list[InventoryGap] = []
        waiting, seen = [""], 0
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(os.path.join(self._root, folder)) as entries:  # noqa: PTH118 - strings are much faster
                    for entry in entries:
                        seen += 1
                        kept = waiting if entry.is_dir(follow_symlinks=False) else found
                        if kept is found or entry.name not in VENDORED:
                            kept.append(f"{folder}/{entry.name}".lstrip("/"))
            except OSError as error:
                gaps.append(InventoryGap(folder, f"the folder cannot be read: {error.strerror}"))
            if seen > _MOST:
                gaps.append(InventoryGap(folder, f"more than {_MOST} files and folders: the rest was not looked at"))
                break
        return found, gaps

    def content(self, path: str) -> bytes | None:
        """Read a file. A link is followed, but not out of the root; devices and pipes are not read."""
        if "\0" in path:
            return None
        full = os.path.realpath(os.path.join(self._root, path))  # noqa: PTH118 - realpath takes and gives strings
        if full != self._root and not full.startswith(self._root.rstrip("/") + "/"):
            raise ManifestError(f"{path}: leads out of the scanned folder")
        try:
            about = os.lstat(full)
            if not stat.S_ISREG(about.st_mode):
                raise ManifestError(f"{path}: not a regular file")
            _check_size(path, about.st_size)
            with open(full, "rb", opener=_open_at_once) as file:
                content = file.read(LARGEST + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ManifestError(f"{path}: cannot be read: {error.strerror}") from error
        _check_size(path, len(content))
        return content


class Revision:
    """The files of one commit, below the folder ``root``."""

    def __init__(self, root: Path, commit: str, objects: Objects) -> None:
        self._files = files_of(root, commit)
        self._objects = objects

    def paths(self) -> tuple[list[str], list[InventoryGap]]:
        """Return every file of the commit."""
        return list(self._files), []

    def content(self, path: str) -> bytes | None:
        """Read a file of the commit, following links within it."""
        for _ in range(_HOPS):
            if path not in self._files:
                return None
            mode, identifier, size = self._files[path]
            _check_size(path, size)
            content = self._objects.content(identifier)
            if mode != _LINK:
                return content
            target = os.fsdecode(content)
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        raise ManifestError(f"{path}: links that lead to each other")


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting for the writer of a pipe that may have taken its place."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW)


def _check_size(path: str, size: int) -> None:
    if size > LARGEST:
        raise ManifestError(f"{path}: larger than {LARGEST} bytes")


def is_vendored(path: str) -> bool:
    """Whether a path lies in a folder of other people's code."""
    return not VENDORED.isdisjoint(path.split("/")[:-1])


def folders_above(path: str) -> Iterable[str]:
    """Yield the folders that a path lies in, nearest first, the root ("") last."""
    while path:
        path = posixpath.dirname(path)
        yield path
