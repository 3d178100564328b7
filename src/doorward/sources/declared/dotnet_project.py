"""What .NET projects declare: ``PackageReference`` in project files, ``PackageVersion`` in a central one."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._xml import Element, load_xml

NAME = ".NET projects"
FILES = ("*.csproj", "*.fsproj", "*.vbproj", "Directory.Packages.props", "Directory.Build.props")
TYPE = "nuget"

_REFERENCES = frozenset({"PackageReference", "PackageVersion", "GlobalPackageReference"})


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - what it inherits is not known by its name
    """Read a project file; raise ManifestError where it is none.

    A version is the lowest that will do, and what NuGet takes where nothing asks for more.
    """
    root = load_xml(text, path)
    if root.name != "Project":
        raise ManifestError(f"{path}: not a project")
    entries = Entries(path)
    for group in root.all("ItemGroup"):
        for item in group.children:
            if item.name in _REFERENCES:
                _take(entries, item)
    return entries.inventory()


def _take(entries: Entries, item: Element) -> None:
    told = {key.lower(): value for key, value in item.attributes.items()}
    name = told.get("include") or told.get("update") or ""
    version = (told.get("versionoverride") or told.get("version") or item.text("Version")).strip()
    if not name:
        entries.gap("a reference without a name", "", item.line)
        return
    pinned = (
        version.strip("[]") if version.startswith("[") and version.endswith("]") and "," not in version else version
    )
    exact = "" if any(char in pinned for char in "*[](),$ ") else pinned
    declare(entries, Dependency(TYPE, name, exact, path=entries.path, line=item.line, direct=True), version)
