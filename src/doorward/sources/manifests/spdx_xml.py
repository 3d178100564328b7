"""SPDX 2 bills of materials in XML, whose elements are called as the keys of the JSON notation."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._spdx import Package, take
from doorward.sources.manifests._xml import Element, load_xml

NAME = "SPDX XML"
FILES = ("*.spdx.xml",)
#: A bill of materials names packages of any type.
TYPE = ""


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - a bill of materials stands alone
    """Read a bill of materials; raise ManifestError where it is none."""
    root = load_xml(text, path)
    if not root.text("spdxVersion").startswith("SPDX-2"):
        raise ManifestError(f"{path}: not SPDX 2")
    entries = Entries(path)
    relationships = [
        (item.text("spdxElementId"), item.text("relationshipType").upper(), item.text("relatedSpdxElement"))
        for item in root.all("relationships")
    ]
    described = [item.content for item in root.all("documentDescribes")]
    take(map(_package, root.all("packages")), relationships, described, entries)
    return entries.inventory()


def _package(item: Element) -> Package:
    references = item.all("externalRefs")
    return Package(
        item.text("SPDXID"),
        item.text("name"),
        item.text("versionInfo"),
        item.text("packageFileName"),
        next((other.text("referenceLocator") for other in references if other.text("referenceType") == "purl"), ""),
        [f"{checksum.text('algorithm')}:{checksum.text('checksumValue')}" for checksum in item.all("checksums")],
    )
