"""Refuse what is neither a file nor a folder where git expects one: a pipe or a device would make it wait for ever."""

from __future__ import annotations

import os
from pathlib import Path

from doorward.errors import RepositoryError

#: Folders within folders that git itself makes below refs and objects, with room.
_DEPTH = 64


def refuse_special(*folders: Path) -> None:
    """Raise :class:`RepositoryError` where a pipe, a socket or a device lies below one of ``folders``.

    Links to folders are not followed: git reads through one only where a ref's own name leads there.
    """
    left = [(str(folder), 0) for folder in folders if folder.is_dir()]
    while left:
        folder, depth = left.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append((entry.path, depth + 1))
                    elif not (entry.is_file() or entry.is_dir() or _dangles(entry)):
                        raise RepositoryError(f"{entry.path} is not a file")
        except OSError as error:
            raise RepositoryError(f"{folder} cannot be read: {error.strerror or error}") from error
        if depth > _DEPTH:
            raise RepositoryError(f"{folder} lies deeper than git puts anything")


def _dangles(entry: os.DirEntry[str]) -> bool:
    """Whether it is a link that leads nowhere, which git cannot open either."""
    return entry.is_symlink() and not os.path.exists(entry.path)  # noqa: PTH110 - no Path for each of many entries
