"""Finds what is installed in a folder, and reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase, translate
from functools import cache
from pathlib import Path
from types import ModuleType

from doorward.discovery import members
from doorward.errors import ManifestError, SourceError
from doorward.model.dependency import Dependency, Inventory, InventoryGap
from doorward.records import dataclass
from doorward.sources.installed._files import Disk
from doorward.sources.manifests._entries import merge

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
    modules = members("doorward.sources.installed").values()
    formats = tuple((pattern, pattern.count("/") + 1, module) for module in modules for pattern in module.FILES)
    names = "|".join(sorted({translate(pattern.rpartition("/")[2]) for pattern, _, _ in formats}))
    magic = tuple((first, module) for module in modules for first in getattr(module, "MAGIC", ()))
    return _Patterns(re.compile(names), formats, magic)


def readable(folder: Path, exclude: Callable[[str], bool] = lambda _: False) -> tuple[Path, Callable[[str], bool]]:
    """Return where a folder is read from, and what is left out there beside what ``exclude`` leaves out below it.

    What lies in ``node_modules`` is only known by that name, so such a folder is read from where its name is seen.
    """
    if "node_modules" not in folder.parts:
        return folder, exclude
    root = Path(*folder.parts[: folder.parts.index("node_modules")])
    wanted = f"{folder.relative_to(root).as_posix()}/"

    def left_out(path: str) -> bool:
        if f"{path}/".startswith(wanted):
            return path != wanted[:-1] and exclude(path.removeprefix(wanted))
        return not wanted.startswith(f"{path}/")

    return root, left_out


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
        files += inventory.files if inventory.packages else ()
    return Inventory(merge(_settled(packages)), tuple(dict.fromkeys((*gaps, *disk.gaps))), tuple(dict.fromkeys(files)))


def _settled(packages: Sequence[Dependency]) -> Iterator[Dependency]:
    """Yield the packages, but none as a release of the registry that a file above says came from elsewhere.

    A package in ``node_modules`` does not say where it came from; npm's own list there does.
    """
    elsewhere: dict[tuple[str, str, str], list[str]] = {}
    for package in packages:
        if package.source in {"git", "url"}:
            key = package.type, package.name, package.version
            elsewhere.setdefault(key, []).append(package.path.rpartition("/")[0] + "/")
    for package in packages:
        folders = elsewhere.get((package.type, package.name, package.version), ())
        if package.source != "registry" or not any(package.path.startswith(folder) for folder in folders):
            yield package


def read_one(folder: Path, name: str) -> Inventory:
    """Return what one file tells of what is installed; raise ManifestError where it is none that does."""
    disk = Disk(folder)
    module = format_of(name) or _by_magic(disk, name, _patterns().magic) or format_of(f"{folder.resolve()}/{name}")
    if module is None:
        raise ManifestError(f"{name}: nothing that tells what is installed")
    inventory: Inventory = module.parse(disk, name)
    return inventory


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
