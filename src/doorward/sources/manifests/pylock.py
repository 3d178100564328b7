"""PEP 751's ``pylock.toml`` and ``pylock.<name>.toml``, whichever tool wrote it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.records import replace
from doorward.sources.manifests._documents import load_toml, shaped, table_lines
from doorward.sources.manifests._entries import Entries, Read, named
from doorward.sources.manifests._pyproject import requested
from doorward.sources.manifests._python import Locked, Want, placed
from doorward.sources.manifests._values import (
    archive_path,
    file_name,
    git_address,
    is_commit,
    labelled_digests,
    public_url,
)

NAME = "pylock.toml"
FILES = ("pylock.toml", "pylock.*.toml")
TYPE = "pypi"

_MEMBERSHIP = re.compile(r"""["']([^"']*)["'] in (extras|dependency_groups)\b""")


class _File(msgspec.Struct):
    name: str = ""
    url: str = ""
    path: str = ""
    hashes: dict[str, str] = {}


class _Vcs(msgspec.Struct):
    type: str = "git"
    url: str = ""
    path: str = ""
    commit: str = msgspec.field(default="", name="commit-id")


class _Directory(msgspec.Struct):
    path: str


class _Edge(msgspec.Struct):
    name: str
    version: str = ""


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    marker: str = ""
    index: str = ""
    dependencies: list[_Edge] = []
    vcs: _Vcs | None = None
    directory: _Directory | None = None
    archive: _File | None = None
    sdist: _File | None = None
    wheels: list[_File] = []


class _Lock(msgspec.Struct):
    packages: list[Any]
    version: str = msgspec.field(name="lock-version")
    default: list[str] = msgspec.field(default_factory=list, name="default-groups")


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a ``pylock.toml``; raise ManifestError where it is none."""
    lock = shaped(load_toml(text, path), path, _Lock)
    entries = Entries(path)
    locked, stated = [], []
    lines = table_lines(text, "packages", len(lock.packages))
    for name, line, package in entries.each(named(lock.packages), _Package, lines):
        dependency = _dependency(package, line, entries)
        if not dependency.version and dependency.source == "registry":
            entries.gap("no version", name, line)
            continue
        stated.append(_groups(package.marker, lock.default))
        edges = [Want(normalise_name(TYPE, edge.name), (), edge.version) for edge in package.dependencies]
        locked.append(Locked(dependency, edges))
    starts = requested(read, entries)
    found = [item.package for item in locked] if starts is None else placed(locked, starts)
    entries.packages = [replace(item, groups=groups or item.groups) for item, groups in zip(found, stated, strict=True)]
    return entries.inventory()


def _dependency(package: _Package, line: int | None, entries: Entries) -> Dependency:
    name = normalise_name(TYPE, package.name)
    source, url, commit = _origin(package)
    if source == "git" and not is_commit(commit):
        entries.gap("a source repository that is not pinned to a commit", name, line)
        commit = ""
    files = [file for file in (package.archive, package.sdist, *package.wheels) if file]
    digests = (
        (f"{algorithm}:{value}", file.name or file_name(file.url or file.path))
        for file in files
        for algorithm, value in file.hashes.items()
    )
    return Dependency(
        TYPE,
        name,
        package.version,
        source,
        entries.path,
        line,
        entries.digests(name, labelled_digests, digests),
        commit,
        url,
    )


def _origin(package: _Package) -> tuple[str, str, str]:
    """Return source, address and commit."""
    if package.vcs:
        address = package.vcs.url
        return ("git", git_address(address), package.vcs.commit) if address else ("path", "", "")
    if package.directory:
        return ("workspace" if package.directory.path in {"", ".", "./"} else "path"), "", ""
    if package.archive:
        packed = package.archive
        return ("url", public_url(packed.url), "") if packed.url else ("path", archive_path(packed.path), "")
    return "registry", public_url(package.index), ""


def _groups(marker: str, default: Sequence[str]) -> tuple[str, ...]:
    """Return the groups and extras that the marker names; none where one of them is installed by default."""
    found = _MEMBERSHIP.findall(marker)
    if any(kind == "dependency_groups" and name in default for name, kind in found):
        return ()
    return tuple(dict.fromkeys(f"extra:{name}" if kind == "extras" else name for name, kind in found))
