"""CycloneDX bills of materials in XML."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.manifests._cyclonedx import Component, Hash, take
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._xml import Element, load_xml

NAME = "CycloneDX XML"
FILES = ("bom.xml", "*.cdx.xml", "*.cyclonedx.xml")
#: A bill of materials names packages of any type.
TYPE = ""


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - a bill of materials stands alone
    """Read a bill of materials; raise ManifestError where it is none."""
    bom = load_xml(text, path)
    if bom.name != "bom":
        raise ManifestError(f"{path}: not CycloneDX")
    entries = Entries(path)
    edges = {
        item.attributes.get("ref", ""): [child.attributes.get("ref", "") for child in item.children]
        for item in bom.all("dependencies", "dependency")
    }
    root = next(bom.all("metadata", "component"), None)
    take(_components(bom), edges, root.attributes.get("bom-ref", "") if root else "", entries)
    return entries.inventory()


def _components(bom: Element) -> Iterator[Component]:
    """Yield the components, and those within them."""
    waiting = list(bom.all("components", "component"))
    while waiting:
        element = waiting.pop()
        waiting += element.all("components", "component")
        yield Component(
            name=element.text("name"),
            type=element.attributes.get("type", "library"),
            version=element.text("version"),
            purl=element.text("purl"),
            scope=element.text("scope"),
            ref=element.attributes.get("bom-ref", ""),
            hashes=[Hash(item.attributes.get("alg", ""), item.content) for item in element.all("hashes", "hash")],
        )
