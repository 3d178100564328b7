"""PDM's ``pdm.lock``, lock versions 3 and 4. A package with extras has an entry of its own for each set of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.records import replace
from doorward.sources.manifests._documents import load_toml, shaped, table_lines
from doorward.sources.manifests._entries import Entries, Read, named
from doorward.sources.manifests._pyproject import requested
from doorward.sources.manifests._python import Locked, Want, placed, wants
from doorward.sources.manifests._values import (
    archive_path,
    file_name,
    git_address,
    is_commit,
    labelled_digests,
    public_url,
)

NAME = "pdm.lock"
FILES = ("pdm.lock", "pdm.*.lock")
TYPE = "pypi"


class _File(msgspec.Struct):
    file: str = ""
    url: str = ""
    hash: str = ""


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    groups: list[str] | None = None
    extras: list[str] = []
    dependencies: list[str] = []
    files: list[_File] = []
    git: str = ""
    revision: str = ""
    url: str = ""
    path: str = ""


class _Metadata(msgspec.Struct):
    #: Lock version 3 lists files here, by "name version".
    files: dict[str, Any] = {}


class _Lock(msgspec.Struct):
    metadata: _Metadata
    package: list[Any] = []


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a ``pdm.lock``; raise ManifestError where it is none."""
    lock = shaped(load_toml(text, path), path, _Lock)
    entries = Entries(path)
    files = {name: found for name, _, found in entries.each(lock.metadata.files.items(), list[_File])}
    rows: dict[tuple[str, str], tuple[Dependency, list[Want], dict[str, list[Want]]]] = {}
    stated: dict[tuple[str, str], tuple[str, ...] | None] = {}
    lines = table_lines(text, "package", len(lock.package))
    for name, line, package in entries.each(named(lock.package), _Package, lines):
        if not package.version and not (package.git or package.url or package.path):
            entries.gap("no version", name, line)
            continue
        key = normalise_name(TYPE, package.name), package.version
        if key not in rows:
            listed = package.files or files.get(f"{package.name} {package.version}", [])
            rows[key] = _dependency(package, line, listed, entries), [], {}
            stated[key] = _groups(package)
        for extra in package.extras:
            rows[key][2].setdefault(normalise_name(TYPE, extra), []).extend(wants(package.dependencies))
        if not package.extras:
            rows[key][1].extend(wants(package.dependencies))
    locked = [Locked(*row) for row in rows.values()]
    starts = requested(read, entries)
    found = [item.package for item in locked] if starts is None else placed(locked, starts)
    entries.packages = [
        package if groups is None else replace(package, groups=groups)
        for package, groups in zip(found, stated.values(), strict=True)
    ]
    return entries.inventory()


def _dependency(package: _Package, line: int | None, files: Iterable[_File], entries: Entries) -> Dependency:
    name = normalise_name(TYPE, package.name)
    source = "git" if package.git else "url" if package.url else "path" if package.path else "registry"
    if package.path in {".", "./"}:
        source = "workspace"
    commit = package.revision if is_commit(package.revision) else ""
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name, line)
    digests = ((file.hash, file.file or file_name(file.url)) for file in files if file.hash)
    return Dependency(
        TYPE,
        name,
        package.version,
        source,
        entries.path,
        line,
        entries.digests(name, labelled_digests, digests),
        commit if source == "git" else "",
        git_address(package.git) if package.git else public_url(package.url) or archive_path(package.path),
    )


def _groups(package: _Package) -> tuple[str, ...] | None:
    """Return the groups that the lock names: none where the project itself wants it, None where the lock is silent."""
    if package.groups is None:
        return None
    return () if "default" in package.groups else tuple(package.groups)
