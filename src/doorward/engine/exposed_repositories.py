"""The repositories whose history may tell what a folder's lock files had: the one it lies in, and those below it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from doorward.errors import RepositoryError
from doorward.sources.manifests._trees import VENDORED, is_vendored
from doorward.sources.repositories.location import folders_of

#: Where git keeps the repositories of submodules, also of those that are not checked out any more.
_MODULES = "modules"


def repositories(folder: Path) -> Iterator[Path]:
    """Yield the repository that a folder lies in, or is (without a work tree), and each that lies below it.

    Those of submodules that are gone from the work tree are among them. Folders of other people's code are left out, as
    they are where lock files are looked for.
    """
    seen: set[Path] = set()
    found = list(_by_place(folder))
    for path in (*found, *(module for top in found if top.is_relative_to(folder) for module in _modules(top))):
        place = _git_dir(path)
        if place not in seen:
            seen.add(place)
            yield path


def _by_place(folder: Path) -> Iterator[Path]:
    top = _top(folder)
    if top is not None:
        yield top
    for parent, folders, files in os.walk(folder):
        path = Path(parent)
        bare = _is_bare(folders, files)
        if path != top and (bare or ".git" in folders or ".git" in files):
            yield path
        folders[:] = [] if bare else sorted(set(folders) - VENDORED)


def _modules(top: Path) -> Iterator[Path]:
    """Yield the repositories that git keeps for the submodules of one, and for theirs."""
    kept = _git_dir(top) / _MODULES
    for parent, folders, files in os.walk(kept):
        path = Path(parent)
        if _is_bare(folders, files):
            folders[:] = [_MODULES] if _MODULES in folders else []
            # A submodule has the name of the path where it was first.
            if not is_vendored(f"{path.relative_to(kept).as_posix()}/"):
                yield path


def _git_dir(path: Path) -> Path:
    try:
        return folders_of(path)[0].resolve()
    except RepositoryError:  # told when it is opened
        return path


def _is_bare(folders: list[str], files: list[str]) -> bool:
    return "HEAD" in files and "objects" in folders


def _top(folder: Path) -> Path | None:
    if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        return folder
    return next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
