"""Poetry's ``poetry.lock``, lock versions 1.0 to 2.1. What the project itself asks for stands in ``pyproject.toml``."""

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
from doorward.sources.manifests._python import Locked, placed, poetry_wants, wants
from doorward.sources.manifests._values import (
    archive_path,
    file_name,
    git_address,
    is_commit,
    labelled_digests,
    public_url,
)

NAME = "poetry.lock"
FILES = ("poetry.lock",)
TYPE = "pypi"

#: How Poetry names a source -> one of the model's.
_KINDS = {"legacy": "registry", "git": "git", "url": "url", "file": "path", "directory": "path"}


class _File(msgspec.Struct):
    file: str
    hash: str


class _Source(msgspec.Struct):
    type: str = "legacy"
    url: str = ""
    resolved_reference: str = ""
    reference: str = ""


class _Package(msgspec.Struct):
    name: str
    version: str
    optional: bool = False
    #: Lock versions before 2.0: "main" or "dev".
    category: str = ""
    #: Lock version 2.1.
    groups: list[str] = []
    dependencies: dict[str, Any] = {}
    extras: dict[str, list[str]] = {}
    files: list[_File] = []
    source: _Source = msgspec.field(default_factory=_Source)


class _Metadata(msgspec.Struct):
    #: Lock version 1.1 lists files here, 1.0 bare sha256 digests.
    files: dict[str, Any] = {}
    hashes: dict[str, Any] = {}


class _Lock(msgspec.Struct):
    metadata: _Metadata
    package: list[Any] = []
    extras: dict[str, Any] = {}


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a ``poetry.lock``; raise ManifestError where it is none."""
    lock = shaped(load_toml(text, path), path, _Lock)
    entries = Entries(path)
    files = _files(lock.metadata, entries)
    locked, stated = [], []
    lines = table_lines(text, "package", len(lock.package))
    for _, line, package in entries.each(named(lock.package), _Package, lines):
        key = normalise_name(TYPE, package.name)
        dependency = _dependency(package, line, package.files or files.get(key, ()), entries)
        extras = {normalise_name(TYPE, extra): wants(items) for extra, items in package.extras.items()}
        locked.append(Locked(dependency, poetry_wants(package.dependencies), extras))
        stated.append(_stated(package))
    starts = requested(read, entries)
    found = [item.package for item in locked] if starts is None else placed(locked, starts)
    entries.packages = [_regrouped(*pair) for pair in zip(found, stated, strict=True)]
    return entries.inventory()


def _files(metadata: _Metadata, entries: Entries) -> dict[str, list[_File]]:
    """Return the files of lock versions before 2.0 by package."""
    found = {}
    for name, _, files in entries.each(metadata.files.items(), list[_File]):
        found[normalise_name(TYPE, name)] = files
    for name, _, digests in entries.each(metadata.hashes.items(), list[str]):
        found[normalise_name(TYPE, name)] = [_File("", f"sha256:{digest}") for digest in digests]
    return found


def _dependency(package: _Package, line: int | None, files: Iterable[_File], entries: Entries) -> Dependency:
    name = normalise_name(TYPE, package.name)
    source = _KINDS.get(package.source.type, "")
    if not source:
        entries.gap("a source of an unknown kind", name, line)
        source = "url"
    commit = package.source.resolved_reference or package.source.reference
    if source == "git" and not is_commit(commit):
        entries.gap("a git dependency that is not pinned to a commit", name, line)
        commit = ""
    address = public_url(package.source.url if "://" in package.source.url else "")
    if source == "path":
        address = archive_path(package.source.url)
    return Dependency(
        TYPE,
        name,
        package.version,
        source,
        entries.path,
        line,
        entries.digests(name, labelled_digests, ((item.hash, file_name(item.file)) for item in files)),
        commit if source == "git" else "",
        git_address(package.source.url) if source == "git" else address,
    )


def _stated(package: _Package) -> tuple[str, ...] | None:
    """Return the groups that the lock itself names, "optional" among them; None where it names none."""
    groups = package.groups or ([package.category] if package.category else [])
    optional = ("optional",) if package.optional else ()
    if not groups:
        return optional or None
    return optional if "main" in groups else (*groups, *optional)


def _regrouped(found: Dependency, stated: tuple[str, ...] | None) -> Dependency:
    """Prefer the groups that the lock names to those that its graph leads to; "optional" gives way to the extras."""
    if stated is None:
        return found
    extras = tuple(group for group in found.groups if group.startswith("extra:"))
    if "optional" in stated and extras:
        stated = (*(group for group in stated if group != "optional"), *extras)
    return replace(found, groups=stated)
