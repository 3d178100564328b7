"""The repositories whose history may tell what a folder's lock files had: the one it lies in, and those below it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from doorward.sources.manifests._trees import VENDORED


def repositories(folder: Path) -> Iterator[Path]:
    """Yield the repository that a folder lies in, or is (without a work tree), and each that lies below it.

    Folders of other people's code are left out, as they are where lock files are looked for.
    """
    top = _top(folder)
    if top is not None:
        yield top
    for parent, folders, files in os.walk(folder):
        path = Path(parent)
        bare = "HEAD" in files and "objects" in folders
        if path != top and (bare or ".git" in folders or ".git" in files):
            yield path
        folders[:] = [] if bare else sorted(set(folders) - VENDORED)


def _top(folder: Path) -> Path | None:
    if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        return folder
    return next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
