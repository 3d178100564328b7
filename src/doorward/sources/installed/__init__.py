"""What is installed: environments, trees of modules, databases of operating systems, and what programs were built from.

One file of this folder is one format: it is found by walking the folder, and gives ``NAME``, ``FILES`` (patterns of the
last parts of a path), ``TYPE`` (the purl type of its packages) and ``parse(files, path)``, which reads the file at
``path`` (and those beside it) through ``files`` and runs nothing. It may have ``MAGIC`` (first bytes of files of any
name: programs) and ``EXCEPT`` (patterns of paths that are none of its own after all).

This is what a machine has, not what a project asks for, so git is not asked and no folder is left out. One bad entry
costs that entry, one bad file that file; both are gaps with their reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase, translate
from functools import cache
from pathlib import Path
from types import ModuleType

from doorward.discovery import members
from doorward.errors import SourceError
from doorward.model.dependency import Dependency, Inventory, InventoryGap
from doorward.records import dataclass
from doorward.sources.installed._files import Disk, Files
from doorward.sources.manifests._entries import merge

__all__ = ["Disk", "Files", "format_of", "read_installed"]

#: Bytes at the start of a program that tell its kind.
_HEAD = 4
#: Bytes below which a file is no program that names its modules.
_SMALLEST = 4_096


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The patterns of all formats, arranged so that most paths are dismissed by one look."""

    names: re.Pattern[str]
    formats: tuple[tuple[str, int, ModuleType], ...]
    magic: tuple[tuple[bytes, ModuleType], ...]


def format_of(path: str) -> ModuleType | None:
    """Return the format of a file by its path, None where no format has such paths."""
    patterns = _patterns()
    if not patterns.names.match(path.rpartition("/")[2]):
        return None
    parts = path.split("/")
    for pattern, count, module in patterns.formats:
        if fnmatchcase("/".join(parts[-count:]), pattern) and not _excepted(module, parts):
            return module
    return None


def _excepted(module: ModuleType, parts: Sequence[str]) -> bool:
    patterns: Sequence[str] = getattr(module, "EXCEPT", ())
    return any(fnmatchcase("/".join(parts[-pattern.count("/") - 1 :]), pattern) for pattern in patterns)


@cache
def _patterns() -> _Patterns:
    modules = members(__name__).values()
    formats = tuple((pattern, pattern.count("/") + 1, module) for module in modules for pattern in module.FILES)
    names = "|".join(sorted({translate(pattern.rpartition("/")[2]) for pattern, _, _ in formats}))
    magic = tuple((first, module) for module in modules for first in getattr(module, "MAGIC", ()))
    return _Patterns(re.compile(names), formats, magic)


def read_installed(root: Path, exclude: Callable[[str], bool] = lambda _: False) -> Inventory:
    """Return everything that is installed below a folder, each purl once; raise ManifestError where there is none.

    ``exclude`` says of a path relative to ``root`` whether it is left out, with all below it.
    """
    disk = Disk(root)
    packages: list[Dependency] = []
    gaps: list[InventoryGap] = []
    files: list[str] = []
    for path, module in _found(disk, exclude):
        try:
            inventory: Inventory = module.parse(disk, path)
        except SourceError as error:
            gaps.append(InventoryGap(path, str(error).removeprefix(f"{path}: ")))
            continue
        packages += inventory.packages
        gaps += inventory.gaps
        files += inventory.files
    return Inventory(merge(packages), tuple(dict.fromkeys((*gaps, *disk.gaps))), tuple(dict.fromkeys(files)))


def _found(disk: Disk, exclude: Callable[[str], bool]) -> Iterator[tuple[str, ModuleType]]:
    """Yield the files that some format reads, sorted, with their formats."""
    magic = _patterns().magic
    found = []
    for path, runs, size in disk.walk(exclude):
        module = format_of(path)
        if module is None and runs and size >= _SMALLEST:
            module = _by_magic(disk, path, magic)
        if module is not None:
            found.append((path, module))
    yield from sorted(found, key=lambda pair: pair[0])


def _by_magic(disk: Disk, path: str, magic: Sequence[tuple[bytes, ModuleType]]) -> ModuleType | None:
    head = disk.head(path, _HEAD)
    return next((module for first, module in magic if head.startswith(first)), None)


def below(inventory: Inventory, folder: str) -> Inventory:
    """Return an inventory of a folder with paths relative to what ``folder`` is relative to."""
    return Inventory(
        tuple(
            replace(p, path=f"{folder}/{p.path}", also_in=tuple(f"{folder}/{other}" for other in p.also_in))
            for p in inventory.packages
        ),
        tuple(replace(gap, path=f"{folder}/{gap.path}") for gap in inventory.gaps),
        tuple(f"{folder}/{file}" for file in inventory.files),
        inventory.indexes,
    )
