"""Julia's ``Manifest.toml``, formats 1 and 2. Packages are pinned by the hash of a tree, not of a file.

Parts of Julia's own standard library have no such hash, and are no packages.
"""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_toml, shaped
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._values import git_address

NAME = "Manifest.toml"
FILES = ("Manifest.toml", "Manifest-v*.toml", "JuliaManifest.toml")
TYPE = "julia"


class _Package(msgspec.Struct):
    version: str = ""
    uuid: str = ""
    tree: str = msgspec.field(default="", name="git-tree-sha1")
    path: str = ""
    repository: str = msgspec.field(default="", name="repo-url")
    deps: list[str] | dict[str, str] = []


class _Project(msgspec.Struct):
    deps: dict[str, str] = {}
    weak: dict[str, str] = msgspec.field(default_factory=dict, name="weakdeps")


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a ``Manifest.toml``; raise ManifestError where it is none."""
    document = load_toml(text, path)
    tables = document.get("deps", {}) if "manifest_format" in document else document
    if not isinstance(tables, dict) or not (tables or "julia_version" in document):
        raise ManifestError(f"{path}: no packages: not a manifest of Julia")
    entries = Entries(path)
    nodes = []
    for name, _, packages in entries.each(tables.items(), list[Any]):
        for _, _, package in entries.each(((name, item) for item in packages), _Package):
            wants = list(package.deps)
            if package.tree or package.path or package.repository:
                nodes.append(Node(_dependency(name, package, entries), (name,), wants))
    starts = _starts(read, entries)
    entries.packages = [node.package for node in nodes] if starts is None else placed(nodes, starts)
    return entries.inventory()


def _starts(read: Read, entries: Entries) -> dict[str, list[str]] | None:
    try:
        text = read("Project.toml")
        project = None if text is None else shaped(load_toml(text, "Project.toml"), "Project.toml", _Project)
    except ManifestError as error:
        entries.gap(f"what the project itself asks for is not known: {error}")
        return None
    return None if project is None else {"": list(project.deps), "optional": list(project.weak)}


def _dependency(name: str, package: _Package, entries: Entries) -> Dependency:
    source = "git" if package.repository else "path" if package.path else "registry"
    if source == "git":
        entries.gap("a git dependency that is not pinned to a commit", name)
    url = git_address(package.repository) if source == "git" else ""
    return Dependency(TYPE, name, package.version, source, entries.path, url=url)
