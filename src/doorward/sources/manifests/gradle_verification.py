"""Gradle's dependency verification: every component that a build may use, with digests of its files."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._values import labelled_digests
from doorward.sources.manifests._xml import Element, load_xml

NAME = "verification-metadata.xml"
FILES = ("gradle/verification-metadata.xml",)
TYPE = "maven"

_ALGORITHMS = ("sha256", "sha512", "sha1", "md5")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read the components; raise ManifestError where it is none."""
    root = load_xml(text, path)
    if root.name != "verification-metadata":
        raise ManifestError(f"{path}: not a file of Gradle's verification")
    entries = Entries(path)
    for item in root.all("components", "component"):
        told = item.attributes
        name = f"{told.get('group', '')}:{told.get('name', '')}"
        if name.startswith(":") or name.endswith(":") or not told.get("version"):
            entries.gap("a component without group, name or version", name.strip(":"), item.line)
            continue
        digests = entries.digests(name, labelled_digests, _stated(item))
        entries.packages.append(Dependency(TYPE, name, told["version"], path=path, line=item.line, digests=digests))
    return entries.inventory()


def _stated(component: Element) -> list[tuple[str, str]]:
    """Return the digests of a component's files, those that are also trusted included."""
    found = []
    for artifact in component.all("artifact"):
        for digest in artifact.children:
            if digest.name in _ALGORITHMS:
                values = [digest.attributes.get("value", "")]
                values += [other.attributes.get("value", "") for other in digest.all("also-trust")]
                found += [(f"{digest.name}:{value}", artifact.attributes.get("name", "")) for value in values]
    return found
