"""SPDX 2 bills of materials in JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._sbom import from_purl

NAME = "SPDX JSON"
FILES = ("*.spdx.json",)
#: A bill of materials names packages of any type.
TYPE = ""


class _Checksum(msgspec.Struct):
    algorithm: str
    value: str = msgspec.field(name="checksumValue")


class _Reference(msgspec.Struct):
    type: str = msgspec.field(default="", name="referenceType")
    locator: str = msgspec.field(default="", name="referenceLocator")


class _Package(msgspec.Struct):
    id: str = msgspec.field(name="SPDXID")
    name: str
    version: str = msgspec.field(default="", name="versionInfo")
    filename: str = msgspec.field(default="", name="packageFileName")
    checksums: list[_Checksum] = []
    references: list[_Reference] = msgspec.field(default_factory=list, name="externalRefs")

    @property
    def purl(self) -> str:
        return next((item.locator for item in self.references if item.type == "purl"), "")


class _Relationship(msgspec.Struct):
    subject: str = msgspec.field(name="spdxElementId")
    kind: str = msgspec.field(name="relationshipType")
    object: str = msgspec.field(name="relatedSpdxElement")


class _Document(msgspec.Struct):
    version: str = msgspec.field(name="spdxVersion")
    packages: list[msgspec.Raw] = []
    relationships: list[msgspec.Raw] = []
    described: list[str] = msgspec.field(default_factory=list, name="documentDescribes")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - a bill of materials stands alone
    """Read a bill of materials; raise ManifestError where it is none."""
    document = load_json(text, path, _Document)
    if not document.version.startswith("SPDX-2"):
        raise ManifestError(f"{path}: not SPDX 2")
    entries = Entries(path)
    edges, described = _edges(document, entries)
    nodes = []
    for _, _, package in entries.each_json((("packages", item) for item in document.packages), _Package):
        if not package.purl:
            if package.id not in described:
                entries.gap("a package without a package URL", f"{package.name} {package.version}".strip())
            continue
        filename = package.filename.rpartition("/")[2]
        digests = [(f"{item.algorithm}:{item.value}", filename) for item in package.checksums]
        if found := from_purl(package.purl, entries, digests):
            nodes.append(Node(found, (package.id,), edges.get(package.id, ())))
    asked = [target for root in described for target in edges.get(root, ())]
    entries.packages = placed(nodes, {"": asked}, grouped=False) if asked else [node.package for node in nodes]
    return entries.inventory()


def _edges(document: _Document, entries: Entries) -> tuple[Mapping[str, list[str]], set[str]]:
    """Return what requires what, and what the document is about."""
    edges: dict[str, list[str]] = defaultdict(list)
    described = set(document.described)
    raw = (("relationships", item) for item in document.relationships)
    for _, _, item in entries.each_json(raw, _Relationship):
        kind = item.kind.upper()
        if kind == "DESCRIBES":
            described.add(item.object)
        elif kind == "DEPENDS_ON":
            edges[item.subject].append(item.object)
        elif kind.endswith("DEPENDENCY_OF"):
            edges[item.object].append(item.subject)
    return edges, described
