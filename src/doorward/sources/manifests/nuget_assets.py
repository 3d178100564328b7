"""What NuGet restored for a project: ``project.assets.json``."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed

NAME = "project.assets.json"
FILES = ("project.assets.json",)
TYPE = "nuget"


class _Library(msgspec.Struct):
    type: str = ""


class _Target(msgspec.Struct):
    dependencies: dict[str, str] = {}


class _Framework(msgspec.Struct):
    dependencies: dict[str, Any] = {}


class _Project(msgspec.Struct):
    frameworks: dict[str, Any] = {}


class _Assets(msgspec.Struct):
    libraries: dict[str, Any]
    targets: dict[str, Any] = {}
    project: _Project = msgspec.field(default_factory=_Project)


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read what was restored; raise ManifestError where it is none.

    Its digests are of the packages without the signature that the registry adds to the files, so none is taken over.
    """
    assets = load_json(text, path, _Assets)
    entries = Entries(path)
    wants: dict[str, list[str]] = {}
    for _, _, target in entries.each(assets.targets.items(), dict[str, Any]):
        for entry, _, item in entries.each(target.items(), _Target):
            wants.setdefault(entry.lower(), []).extend(name.lower() for name in item.dependencies)
    nodes = []
    for entry, _, library in entries.each(assets.libraries.items(), _Library):
        name, _, version = entry.rpartition("/")
        source = "workspace" if library.type == "project" else "registry"
        found = Dependency(TYPE, name, version, source, path)
        nodes.append(Node(found, (name.lower(),), wants.get(entry.lower(), ())))
    frameworks = entries.each(assets.project.frameworks.items(), _Framework)
    asked = [name.lower() for _, _, framework in frameworks for name in framework.dependencies]
    entries.packages = placed(nodes, {"": asked}, grouped=False) if asked else [node.package for node in nodes]
    return entries.inventory()
