"""Paths of a stopped caller, as this process can open them."""

from __future__ import annotations

import os

AT_FDCWD = 0xFFFFFF9C


def resolve(pid: int, directory: int | None, path: str) -> str:
    """Return an absolute path for what a caller means by ``path``; ``directory`` is a descriptor of it, or None.

    Symbolic links are left alone. A caller whose own links cannot be read (non-dumpable) gives the path as it is.
    """
    if path.startswith("/"):
        return os.path.normpath(path)
    base = "cwd" if directory is None or directory & 0xFFFFFFFF == AT_FDCWD else f"fd/{directory & 0xFFFFFFFF}"
    try:
        folder = os.readlink(f"/proc/{pid}/{base}")  # noqa: PTH115 - the caller waits
    except OSError:
        return path
    return os.path.normpath(f"{folder}/{path}") if path else folder
