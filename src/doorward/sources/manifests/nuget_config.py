"""Packages of older .NET projects: ``packages.config``."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._xml import load_xml

NAME = "packages.config"
FILES = ("packages.config", "packages.*.config")
TYPE = "nuget"


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read the packages; raise ManifestError where it is none. It pins every one, and tells none that is direct."""
    root = load_xml(text, path)
    if root.name != "packages":
        raise ManifestError(f"{path}: not a list of packages")
    entries = Entries(path)
    for item in root.all("package"):
        told = item.attributes
        groups = ("dev",) if told.get("developmentDependency", "").lower() == "true" else ()
        if not told.get("id") or not told.get("version"):
            entries.gap("a package without name or version", told.get("id", ""), item.line)
            continue
        entries.packages.append(Dependency(TYPE, told["id"], told["version"], path=path, line=item.line, groups=groups))
    return entries.inventory()
