"""Lock files and manifests: what a project depends on, read from the files that say so.

One file of this folder is one format: it is found by walking the folder, and gives ``NAME``, ``FILES`` (patterns of the
last parts of a path), ``TYPE`` (the purl type of its packages) and ``parse(text, path, read)``, which does no input or
output of its own: ``read`` gives it the files beside the one that it reads. It may have ``EXCEPT`` (file names that are
none of its own after all) and ``ON_REQUEST`` (true where the file is not about what the project installs, so that a
folder is read without it unless everything is asked for), and ``UNREAD`` (names that are known and not read: the name
that is read in their place, and the reason).

One bad entry costs that entry, one bad file that file; both are gaps with their reason. Of an entry, a bad part costs
that part, unless it says which package it is.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase, translate
from functools import cache, partial
from pathlib import Path
from types import ModuleType

from doorward.discovery import members
from doorward.errors import ManifestError, RepositoryError
from doorward.model.dependency import Dependency, Inventory, InventoryGap
from doorward.records import dataclass, replace
from doorward.sources.manifests._documents import key_twice
from doorward.sources.manifests._entries import merge
from doorward.sources.manifests._git import Objects, commit_of
from doorward.sources.manifests._trees import Revision, Tree, WorkTree, is_vendored

#: The folder of the formats that pin nothing: it is loaded when such a file is named, or everything is asked for.
_DECLARED = "doorward.sources.declared"
#: Characters of a key that a gap shows.
_KEY = 100


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The patterns of all formats, arranged so that most paths are dismissed by one look."""

    #: What stands behind the last dot of a file that some format may know.
    endings: frozenset[str]
    #: How those begin that have no dot, or anything behind it.
    beginnings: tuple[str, ...]
    #: Fits the name of every file that some format may know.
    names: re.Pattern[str]
    #: Pattern, how many parts of the path it is about, and its format.
    formats: tuple[tuple[str, int, ModuleType], ...]


def format_of(path: str, *, declared: bool = False) -> ModuleType | None:
    """Return the format of a file by its path, None where doorward knows none.

    With ``declared`` the files count too in which a project declares what it wants, without pinning it.
    """
    return _format(path, __name__) or (_format(path, _DECLARED) if declared else None)


def _format(path: str, package: str) -> ModuleType | None:
    patterns = _patterns(package)
    if path.rpartition(".")[2] not in patterns.endings:
        beginnings = patterns.beginnings
        if not beginnings or not path.rpartition("/")[2].startswith(beginnings):
            return None
    if not patterns.names.match(path.rpartition("/")[2]):
        return None
    parts = path.split("/")
    for pattern, count, module in patterns.formats:
        if fnmatchcase("/".join(parts[-count:]), pattern):
            excepted = any(fnmatchcase(parts[-1], name) for name in getattr(module, "EXCEPT", ()))
            return None if excepted else module
    return None


@cache
def _patterns(package: str) -> _Patterns:
    formats = tuple(
        (pattern, pattern.count("/") + 1, module) for module in members(package).values() for pattern in module.FILES
    )
    lasts = [pattern.rpartition("/")[2] for pattern, _, _ in formats]
    endings = frozenset(name.rpartition(".")[2] for name in lasts)
    beginnings = tuple({name.removesuffix(".*") for name in lasts if name.endswith(".*") or "." not in name})
    return _Patterns(endings, beginnings, re.compile("|".join(sorted(map(translate, {*lasts})))), formats)


def read_file(root: Path, relative: str) -> Inventory:
    """Read one lock file below ``root``; raise ManifestError, with path and reason, where it cannot be read.

    Where the path alone does not tell its format, the folders above ``root`` may: ``.github/workflows``.
    """
    return _read(WorkTree(root), relative, _named(root, relative))


def find_files(
    root: Path, exclude: Sequence[str] = (), *, everything: bool = False, untracked: bool = False
) -> list[str]:
    """Return the lock files below ``root`` that git tracks, all where there is no git, sorted.

    Vendored folders are left out, and what ``exclude`` names: shell patterns of a path or of a folder, relative to
    ``root``; a pattern without a slash fits a name at any depth. With ``everything`` the files count too that are read
    on request only: the workflows of a forge, and manifests that pin nothing; with ``untracked`` those too that git
    does not track.
    """
    return _find(WorkTree(root, untracked=untracked), exclude, everything=everything)[0]


def read_project(root: Path, exclude: Sequence[str] = (), *, everything: bool = False) -> Inventory:
    """Read every lock file of :func:`find_files`, each purl once. A file that cannot be read is a gap."""
    return _read_all(WorkTree(root), exclude, everything=everything)


def read_at(root: Path, revision: str, exclude: Sequence[str] = (), *, everything: bool = False) -> Inventory:
    """Read the project below ``root`` as it stands in a revision of its repository.

    Raises UsageError for a revision that the repository does not have, RepositoryError where there is no repository.
    """
    commit = commit_of(root, revision)
    with Objects(root) as objects:
        return _read_all(Revision(root, commit, objects), exclude, everything=everything)


def read_file_at(root: Path, revision: str, relative: str) -> Inventory:
    """Read one lock file below ``root`` as it stands in a revision; nothing where it was not there, or not readable.

    Raises UsageError for a revision that the repository does not have, RepositoryError where there is no repository.
    """
    commit = commit_of(root, revision)
    with Objects(root) as objects:
        try:
            return _read(Revision(root, commit, objects), relative, _named(root, relative))
        except ManifestError:
            return Inventory()


def text_at(root: Path, revision: str, path: str) -> str | None:
    """Return the text of a file below ``root`` in a revision; None where it is not there. Raises as :func:`read_at`."""
    commit = commit_of(root, revision)
    with Objects(root) as objects:
        return _text(Revision(root, commit, objects), path)


def _named(root: Path, relative: str) -> ModuleType | None:
    """Return the format of a file that is named by itself."""
    whole = f"{root.resolve().as_posix()}/{relative}"
    return format_of(relative, declared=True) or format_of(whole, declared=True)


def _find(tree: Tree, exclude: Sequence[str], *, everything: bool) -> tuple[list[str], list[InventoryGap]]:
    paths, gaps = tree.paths()
    excluded = excluder(exclude)
    known = ((path, module) for path in paths if (module := format_of(path, declared=everything)))
    found = (path for path, module in known if everything or not getattr(module, "ON_REQUEST", False))
    return sorted(path for path in found if not is_vendored(path) and not excluded(path)), gaps


def excluder(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return whether a path, or a folder that it lies in, fits one of the patterns."""
    everywhere: list[str] = []
    anchored: list[str] = []
    for pattern in patterns:
        trimmed = pattern.removeprefix("./").strip("/")
        (anchored if "/" in trimmed else everywhere).append(trimmed)

    def excluded(path: str) -> bool:
        parts = path.split("/")
        heads = ("/".join(parts[: count + 1]) for count in range(len(parts))) if anchored else ()
        return any(fnmatchcase(part, pattern) for part in parts for pattern in everywhere) or any(
            fnmatchcase(head, pattern) for head in heads for pattern in anchored
        )

    return excluded


def _read_all(tree: Tree, exclude: Sequence[str], *, everything: bool) -> Inventory:
    paths, gaps = _find(tree, exclude, everything=everything)
    packages: list[Dependency] = []
    files: list[str] = []
    indexes: list[str] = []
    for path in paths:
        try:
            inventory = _read(tree, path, format_of(path, declared=True))
        except (ManifestError, RepositoryError) as error:
            gaps.append(InventoryGap(path, str(error).removeprefix(f"{path}: ")))
            continue
        packages += inventory.packages
        gaps += inventory.gaps
        files += inventory.files
        indexes += inventory.indexes
    return Inventory(
        merge(packages),
        tuple(dict.fromkeys(gaps)),
        tuple(dict.fromkeys(files)),
        tuple(dict.fromkeys(indexes)),
    )


def _read(tree: Tree, path: str, module: ModuleType | None) -> Inventory:
    if module is None:
        raise ManifestError(f"{path}: not a lock file that doorward knows")
    other, reason = getattr(module, "UNREAD", {}).get(path.rpartition("/")[2], ("", ""))
    if reason:
        if _beside(tree, path, other) is None:
            raise ManifestError(f"{path}: {reason}")
        return Inventory()
    text = _text(tree, path)
    if text is None:
        raise ManifestError(f"{path}: not there")
    inventory: Inventory = module.parse(text, path, partial(_beside, tree, path))
    if text.lstrip()[:1] == "{" and (twice := key_twice(text)):
        gap = InventoryGap(
            path, f"the key {twice[:_KEY]!r} stands twice in one object, and readers differ in which counts"
        )
        return replace(inventory, gaps=(*inventory.gaps, gap))
    return inventory


def _beside(tree: Tree, path: str, relative: str) -> str | None:
    """Return the text of a file that ``path`` names; None where it is absent, or outside the root."""
    full = posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))
    return None if full.startswith(("../", "/")) or full == ".." else _text(tree, full)


def _text(tree: Tree, path: str) -> str | None:
    """Return a file's text: UTF-8, or UTF-16 where it says so (PowerShell writes requirements files so)."""
    content = tree.content(path)
    if content is None:
        return None
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path}: not {encoding.removesuffix('-sig').upper()}: {error.reason}") from error
