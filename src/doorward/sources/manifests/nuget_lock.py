"""NuGet's ``packages.lock.json``.

Its content hashes are left out: they are of the package without the signature that the registry adds to the file.
"""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed

NAME = "packages.lock.json"
FILES = ("packages.lock.json", "packages.*.lock.json")
TYPE = "nuget"


class _Package(msgspec.Struct):
    type: str
    resolved: str = ""
    dependencies: dict[str, str] = {}


class _Lock(msgspec.Struct):
    version: int
    #: Target framework -> name -> package.
    dependencies: dict[str, Any]


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock names what the project asks for
    """Read a ``packages.lock.json``; raise ManifestError where it is none."""
    lock = load_json(text, path, _Lock)
    entries = Entries(path)
    for _, _, framework in entries.each(lock.dependencies.items(), dict[str, Any]):
        nodes = []
        asked = []
        for name, _, package in entries.each(framework.items(), _Package):
            own = package.type == "Project"
            if not own and not package.resolved:
                entries.gap("no version", name)
                continue
            found = Dependency(TYPE, name, package.resolved, "workspace" if own else "registry", path)
            wants = [wanted.lower() for wanted in package.dependencies]
            nodes.append(Node(found, (name.lower(),), wants))
            asked += wants if own else [name.lower()] if package.type == "Direct" else []
        entries.packages += placed(nodes, {"": asked})
    return entries.inventory()
