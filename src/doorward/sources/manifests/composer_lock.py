"""Composer's ``composer.lock``. What the project itself asks for stands in ``composer.json``."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read, named
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests

NAME = "composer.lock"
FILES = ("composer.lock",)
TYPE = "composer"


class _Origin(msgspec.Struct):
    type: str = ""
    url: str = ""
    reference: str | None = None
    shasum: str | None = None


class Package(msgspec.Struct):
    """One package, as the lock writes it and the list of what is installed."""

    name: str
    version: str
    source: _Origin | None = None
    dist: _Origin | None = None
    #: PHP writes an empty table as a list.
    require: dict[str, Any] | list[Any] = {}


class _Lock(msgspec.Struct):
    packages: list[Any]
    development: list[Any] | None = msgspec.field(default=None, name="packages-dev")


class _Manifest(msgspec.Struct):
    require: dict[str, Any] | list[Any] = {}
    development: dict[str, Any] | list[Any] = msgspec.field(default_factory=dict, name="require-dev")


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a ``composer.lock``; raise ManifestError where it is none."""
    lock = load_json(text, path, _Lock)
    entries = Entries(path)
    nodes = []
    for items, groups in ((lock.packages, ()), (lock.development or [], ("dev",))):
        for _, _, package in entries.each(named(items), Package):
            found = dependency(package, groups, entries)
            nodes.append(Node(found, (found.name,), _names(package.require)))
    starts = _starts(read, entries)
    entries.packages = [node.package for node in nodes] if starts is None else placed(nodes, starts, grouped=False)
    return entries.inventory()


def _starts(read: Read, entries: Entries) -> dict[str, list[str]] | None:
    try:
        text = read("composer.json")
        manifest = None if text is None else load_json(text, "composer.json", _Manifest)
    except ManifestError as error:
        entries.gap(f"what the project itself asks for is not known: {error}")
        return None
    if manifest is None:
        return None
    tables = (("", manifest.require), ("dev", manifest.development))
    return {group: _names(table) for group, table in tables}


def _names(table: dict[str, Any] | list[Any]) -> list[str]:
    """Return the packages of a table of requirements; names are compared without case."""
    return [name.lower() for name in table] if isinstance(table, dict) else []


def dependency(package: Package, groups: tuple[str, ...], entries: Entries) -> Dependency:
    """Take over a package. A branch (``dev-main``) is a git dependency, whatever registry led to it."""
    origin, dist = package.source or _Origin(), package.dist or _Origin()
    branch = package.version.startswith("dev-") or package.version.endswith("-dev")
    source = "path" if dist.type == "path" else "git" if branch and origin.type == "git" else "registry"
    commit = origin.reference or dist.reference or ""
    if source == "git" and not is_commit(commit):
        entries.gap("a git dependency that is not pinned to a commit", package.name)
    digests = [(f"sha1:{dist.shasum}", "")] if dist.shasum and source == "registry" else []
    return Dependency(
        TYPE,
        package.name.lower(),
        package.version,
        source,
        entries.path,
        digests=entries.digests(package.name, labelled_digests, digests),
        commit=commit if is_commit(commit) else "",
        url=git_address(origin.url) if source == "git" else "",
        groups=groups,
    )
